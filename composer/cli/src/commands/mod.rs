//! One file for each command, or for several that are one thing seen from several sides.

pub mod build;
pub mod completions;
pub mod graph;
pub mod inspect;
pub mod layer;
pub mod new;
pub mod run;
pub mod swap;
