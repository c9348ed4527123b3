//! boxer-tests
