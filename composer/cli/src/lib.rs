//! boxer-cli
