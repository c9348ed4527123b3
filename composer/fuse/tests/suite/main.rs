//! Linked and fused forms of the same components, run side by side: results,
//! traps and the order of host calls have to be equal.

mod cases;
mod exports;
mod generated;
mod graph;
mod harness;
mod hostile;
mod large;
mod programs;
mod refused;
mod strategies;
mod trim;
mod ty;
mod values;
mod world;
