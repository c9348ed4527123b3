//! wasi-p2
