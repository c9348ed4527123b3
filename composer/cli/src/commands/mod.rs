//! One file for each command, or for several that are one thing seen from several sides.

pub mod add;
pub mod build;
pub mod cache;
pub mod completions;
pub mod graph;
pub mod index;
pub mod info;
pub mod inspect;
pub mod layer;
pub mod new;
pub mod publish;
pub mod pull;
pub mod remove;
pub mod run;
pub mod sbom;
pub mod search;
pub mod swap;
pub mod update;
pub mod yank;
