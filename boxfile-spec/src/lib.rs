//! boxfile-spec
