//! A filesystem of one directory, `/`, that is empty and read-only.
//!
//! It is what a box without files gets: programs find a root to start from, find
//! nothing beneath it, and can make nothing there. Looking a name up is `ENOENT`,
//! making one is `EROFS`, as on any other empty read-only filesystem.

/// The most bytes of a path and of a component.
const PATH_MAX: usize = 4_095;
const NAME_MAX: usize = 255;

/// Why a call on the root fails. The cases carry the names of `boxer:kernel/types`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the POSIX error of its name")]
pub enum Refusal {
    NotPermitted,
    NoEntry,
    Busy,
    Exist,
    IsDirectory,
    Invalid,
    ReadOnly,
    NameTooLong,
    NotEmpty,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The root directory, by way of this last component.
    Root(Last),
    /// A name in the root directory that is not there.
    Missing {
        /// A slash behind the name says that it is a directory.
        directory: bool,
    },
}

/// How a path that leads to the root directory ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Only slashes.
    Slash,
    /// `.`
    Dot,
    /// `..`
    DotDot,
}

/// How `open` is asked to open, as far as it matters here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the flag of `open(2)` of its name")]
pub struct Open {
    pub write: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub directory: bool,
}

/// Resolves a path from the root directory, as `path_resolution(7)` describes;
/// with `beneath` as `openat2(2)` does under `RESOLVE_BENEATH`.
///
/// # Errors
///
/// `Invalid` for a NUL, `NameTooLong`, `NoEntry` for an empty path and for one
/// that goes through a name that is not there, `NotPermitted` for one that leaves
/// a walk `beneath`.
pub fn resolve(path: &str, beneath: bool) -> Result<Target, Refusal> {
    // Bytes: every separator is ASCII, and slices of bytes need no Unicode tables.
    let path = path.as_bytes();
    if path.contains(&0) {
        return Err(Refusal::Invalid);
    }
    if path.len() > PATH_MAX {
        return Err(Refusal::NameTooLong);
    }
    if path.is_empty() {
        return Err(Refusal::NoEntry);
    }
    if beneath && path.first() == Some(&b'/') {
        return Err(Refusal::NotPermitted);
    }
    let mut last = Last::Slash;
    let mut components = path
        .split(|byte| *byte == b'/')
        .filter(|component| !component.is_empty());
    while let Some(component) = components.next() {
        last = match component {
            b"." => Last::Dot,
            b".." if beneath => return Err(Refusal::NotPermitted),
            b".." => Last::DotDot,
            name if name.len() > NAME_MAX => return Err(Refusal::NameTooLong),
            _ if components.next().is_some() => return Err(Refusal::NoEntry),
            _ => {
                return Ok(Target::Missing {
                    directory: path.ends_with(b"/"),
                });
            }
        };
    }
    Ok(Target::Root(last))
}

/// Whether the root itself can be opened so: `open(2)`.
///
/// # Errors
///
/// What `open(2)` says of the target.
pub fn open(target: Target, how: Open) -> Result<(), Refusal> {
    match target {
        _ if how.create && how.directory => Err(Refusal::Invalid),
        Target::Root(_) if how.create && how.exclusive => Err(Refusal::Exist),
        Target::Root(_) if how.write || how.create || how.truncate => Err(Refusal::IsDirectory),
        Target::Root(_) => Ok(()),
        Target::Missing { directory: true } if how.create => Err(Refusal::IsDirectory),
        Target::Missing { .. } if how.create => Err(Refusal::ReadOnly),
        Target::Missing { .. } => Err(Refusal::NoEntry),
    }
}

/// Why no directory can be made: `mkdir(2)`.
#[must_use]
pub fn make_directory(target: Target) -> Refusal {
    match target {
        Target::Root(_) => Refusal::Exist,
        Target::Missing { .. } => Refusal::ReadOnly,
    }
}

/// Why nothing else can be made: `mknod(2)`, `symlink(2)`, the new name of `link(2)`.
#[must_use]
pub fn make(target: Target) -> Refusal {
    match target {
        Target::Root(_) => Refusal::Exist,
        Target::Missing { directory: true } => Refusal::NoEntry,
        Target::Missing { directory: false } => Refusal::ReadOnly,
    }
}

/// Why there is nothing to rename: `rename(2)`.
#[must_use]
pub fn rename(old: Target) -> Refusal {
    match old {
        Target::Root(_) => Refusal::Busy,
        Target::Missing { .. } => Refusal::NoEntry,
    }
}

/// Why there is nothing to unlink: `unlink(2)`.
#[must_use]
pub fn unlink(target: Target) -> Refusal {
    match target {
        Target::Root(_) => Refusal::IsDirectory,
        Target::Missing { .. } => Refusal::NoEntry,
    }
}

/// Why there is no directory to remove: `rmdir(2)`.
#[must_use]
pub fn remove_directory(target: Target) -> Refusal {
    match target {
        Target::Root(Last::Slash) => Refusal::Busy,
        Target::Root(Last::Dot) => Refusal::Invalid,
        Target::Root(Last::DotDot) => Refusal::NotEmpty,
        Target::Missing { .. } => Refusal::NoEntry,
    }
}

/// For calls that need a file that is there, such as `stat(2)`.
///
/// # Errors
///
/// `NoEntry` for anything but the root.
pub fn existing(target: Target) -> Result<(), Refusal> {
    match target {
        Target::Root(_) => Ok(()),
        Target::Missing { .. } => Err(Refusal::NoEntry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Result<Target, Refusal> = Ok(Target::Missing { directory: false });

    #[test]
    fn the_root_has_many_names() {
        assert_eq!(resolve("/", false), Ok(Target::Root(Last::Slash)));
        assert_eq!(resolve("///", false), Ok(Target::Root(Last::Slash)));
        assert_eq!(resolve(".", false), Ok(Target::Root(Last::Dot)));
        assert_eq!(resolve("./.", true), Ok(Target::Root(Last::Dot)));
        assert_eq!(resolve("/../..", false), Ok(Target::Root(Last::DotDot)));
        assert_eq!(resolve("..//./", false), Ok(Target::Root(Last::Dot)));
    }

    #[test]
    fn names_are_missing() {
        assert_eq!(resolve("a", true), MISSING);
        assert_eq!(resolve("/../a", false), MISSING);
        assert_eq!(
            resolve("./a//", false),
            Ok(Target::Missing { directory: true })
        );
        for through in ["a/b", "a/..", "a/.", "/a/../b"] {
            assert_eq!(resolve(through, false), Err(Refusal::NoEntry), "{through}");
        }
    }

    #[test]
    fn bad_paths() {
        assert_eq!(resolve("", false), Err(Refusal::NoEntry));
        assert_eq!(resolve("a\0b", false), Err(Refusal::Invalid));
        assert_eq!(resolve(&"a".repeat(255), false), MISSING);
        assert_eq!(resolve(&"a".repeat(256), false), Err(Refusal::NameTooLong));
        assert_eq!(
            resolve(&"/".repeat(4_095), false),
            Ok(Target::Root(Last::Slash))
        );
        assert_eq!(
            resolve(&"/".repeat(4_096), false),
            Err(Refusal::NameTooLong)
        );
    }

    #[test]
    fn beneath_holds_the_walk() {
        for leaving in ["/", "/a", "..", "./..", "../a"] {
            assert_eq!(
                resolve(leaving, true),
                Err(Refusal::NotPermitted),
                "{leaving}"
            );
        }
    }

    #[test]
    fn only_the_root_opens_and_only_for_reading() {
        let root = Target::Root(Last::Slash);
        let read = Open::default();
        let create = Open {
            create: true,
            ..read
        };
        assert_eq!(open(root, read), Ok(()));
        assert_eq!(
            open(
                root,
                Open {
                    directory: true,
                    ..read
                }
            ),
            Ok(())
        );
        assert_eq!(
            open(
                root,
                Open {
                    write: true,
                    ..read
                }
            ),
            Err(Refusal::IsDirectory)
        );
        assert_eq!(open(root, create), Err(Refusal::IsDirectory));
        assert_eq!(
            open(
                root,
                Open {
                    exclusive: true,
                    ..create
                }
            ),
            Err(Refusal::Exist)
        );
        let missing = Target::Missing { directory: false };
        assert_eq!(open(missing, read), Err(Refusal::NoEntry));
        assert_eq!(open(missing, create), Err(Refusal::ReadOnly));
        assert_eq!(
            open(Target::Missing { directory: true }, create),
            Err(Refusal::IsDirectory)
        );
        assert_eq!(
            open(
                missing,
                Open {
                    directory: true,
                    ..create
                }
            ),
            Err(Refusal::Invalid)
        );
    }

    #[test]
    fn the_root_stays() {
        assert_eq!(remove_directory(Target::Root(Last::Slash)), Refusal::Busy);
        assert_eq!(remove_directory(Target::Root(Last::Dot)), Refusal::Invalid);
        assert_eq!(
            remove_directory(Target::Root(Last::DotDot)),
            Refusal::NotEmpty
        );
        assert_eq!(unlink(Target::Root(Last::Slash)), Refusal::IsDirectory);
        assert_eq!(rename(Target::Root(Last::Slash)), Refusal::Busy);
        assert_eq!(make_directory(Target::Root(Last::Dot)), Refusal::Exist);
        assert_eq!(make(Target::Root(Last::Slash)), Refusal::Exist);
    }

    #[test]
    fn nothing_can_be_made() {
        let missing = Target::Missing { directory: false };
        let slash = Target::Missing { directory: true };
        assert_eq!(make_directory(slash), Refusal::ReadOnly);
        assert_eq!(make(missing), Refusal::ReadOnly);
        assert_eq!(make(slash), Refusal::NoEntry);
    }
}
