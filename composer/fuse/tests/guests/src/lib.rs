//! Components that the tests of the fuser build for `wasm32-wasip2`; each is an
//! example of this package, and no library is in it.
