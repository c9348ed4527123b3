//! Rust's own tests of `std::fs`, as a program outside of `std`.
//!
//! `STD_FS_TESTS` names their source (`library/std/src/fs/tests.rs`), in which the tests for
//! Unix were opened to WASI. Here is what they expect of the crate around them.

#![feature(core_io_borrowed_buf, io_error_uncategorized, read_buf, wasip2, wasi_ext)]
#![allow(unused, unstable_features, reason = "the source is not ours")]

// Their `rand` is what they use of it.
extern crate self as rand;

pub use std::{fs, io, mem, path, process, str, sync, thread, time};

/// As `rand::RngCore`.
pub trait RngCore {
    fn next_u32(&mut self) -> u32;
    fn fill_bytes(&mut self, bytes: &mut [u8]);
}

pub mod test_helpers {
    use std::hash::{BuildHasher, Hasher, RandomState};

    /// Random numbers, others in each run.
    pub struct TestRng(RandomState, u64);

    pub fn test_rng() -> TestRng {
        TestRng(RandomState::new(), 0)
    }

    impl super::RngCore for TestRng {
        fn next_u32(&mut self) -> u32 {
            self.1 += 1;
            self.0.hash_one(self.1) as u32
        }

        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.next_u32() as u8);
        }
    }
}

pub mod env {
    pub use std::env::*;

    /// That of `std` has none on WASI.
    pub fn temp_dir() -> std::path::PathBuf {
        "/tmp".into()
    }
}

pub mod os {
    pub mod unix {
        pub mod fs {
            pub use std::os::wasi::fs::symlink_path as symlink;
            pub use std::os::wasi::fs::{FileExt, OpenOptionsExt};
        }
    }
}

pub mod sys_common {
    pub mod io {
        pub mod test {
            use std::fs;
            use std::path::{Path, PathBuf};

            use crate::RngCore;

            /// A folder that is removed with all that is in it.
            pub struct TempDir(PathBuf);

            impl TempDir {
                pub fn join(&self, path: &str) -> PathBuf {
                    self.0.join(path)
                }

                pub fn path(&self) -> &Path {
                    &self.0
                }
            }

            impl Drop for TempDir {
                fn drop(&mut self) {
                    fs::remove_dir_all(&self.0).unwrap();
                }
            }

            pub fn tmpdir() -> TempDir {
                let name = format!("rust-{}", crate::test_helpers::test_rng().next_u32());
                let path = crate::env::temp_dir().join(name);
                fs::create_dir(&path).unwrap();
                TempDir(path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    include!(env!("STD_FS_TESTS"));
}
