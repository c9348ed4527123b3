//! The rules of `boxer:loopback`, each a test of its name.
