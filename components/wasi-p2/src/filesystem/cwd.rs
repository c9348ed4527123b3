//! A working directory for programs that believe it is `/`.
//!
//! `wasi:cli/environment.initial-cwd` tells a program where it starts, but no C
//! library asks: wasi-libc, and with it Rust's and C's programs, starts at `/`
//! and strips the leading slash of an absolute path, so that `data.txt` and
//! `/data.txt` reach this component as the same words. With `cwd = "/app"` in its
//! Boxfile a program that opens `data.txt` means `/app/data.txt`.
//!
//! So a path on the preopened directory names, when the box starts elsewhere
//! than at `/`:
//!
//! 1. what it names from the working directory, where that exists;
//! 2. else what it names from the root, where that exists;
//! 3. else, for something new: a place in the working directory if the directory
//!    it goes to exists there, and one under the root if not.
//!
//! An absolute path thus means another file only where the working directory has
//! one of the same name below it. `/` itself, listed, shows the working directory.
//! A program that asks for its working directory knows what it is doing: from
//! then on paths mean what they say.

use alloc::borrow::Cow;
use alloc::string::String;
use core::cell::{Cell, OnceCell};

use crate::kernel::environment;

bare_guest::local! {
    static START: OnceCell<String> = const { OnceCell::new() };
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// The program has asked for its working directory, so it resolves paths itself.
pub(crate) fn program_asked() {
    ASKED.set(true);
}

/// What a path on the preopened directory means; see the module's description.
/// `exists` looks a path up from the root.
pub(super) fn resolve<'a>(path: &'a str, exists: impl Fn(&str) -> bool) -> Cow<'a, str> {
    if ASKED.get() {
        return Cow::Borrowed(path);
    }
    START.with(|start| {
        let start = start
            .get_or_init(environment::initial_directory)
            .trim_matches('/');
        if start.is_empty() || path.is_empty() {
            Cow::Borrowed(path)
        } else {
            from(start, path, exists)
        }
    })
}

fn from<'a>(start: &str, path: &'a str, exists: impl Fn(&str) -> bool) -> Cow<'a, str> {
    let here = [start, "/", path].concat();
    if exists(&here) || !exists(path) && exists(parent(&here)) {
        Cow::Owned(here)
    } else {
        Cow::Borrowed(path)
    }
}

/// The directory that the last component of a path is in.
fn parent(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit_once('/')
        .map_or(".", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(path: &str) -> String {
        let tree = [
            "app",
            "app/data.txt",
            "app/src",
            "app/src/main",
            "etc",
            "etc/motd",
            "src",
            "src/lib",
        ];
        let exists = |path: &str| {
            let path = path.trim_end_matches("/.").trim_end_matches('/');
            path == "." || tree.contains(&path)
        };
        from("app", path, exists).into_owned()
    }

    #[test]
    fn the_working_directory_comes_first() {
        assert_eq!(meant("data.txt"), "app/data.txt");
        assert_eq!(meant("."), "app/.");
        assert_eq!(meant("src"), "app/src");
        assert_eq!(meant("src/main"), "app/src/main");
    }

    #[test]
    fn what_only_the_root_has_is_found_there() {
        assert_eq!(meant("etc/motd"), "etc/motd");
        assert_eq!(meant("src/lib"), "src/lib");
        assert_eq!(meant("app/data.txt"), "app/data.txt");
    }

    #[test]
    fn new_files_go_where_their_directory_is() {
        assert_eq!(meant("out.txt"), "app/out.txt");
        assert_eq!(meant("newdir/"), "app/newdir/");
        assert_eq!(meant("etc/new.conf"), "etc/new.conf");
        assert_eq!(meant("src/new"), "app/src/new");
        assert_eq!(meant("nowhere/new"), "nowhere/new");
    }

    #[test]
    fn a_parent_is_all_but_the_last_component() {
        assert_eq!(parent("app/a/b"), "app/a");
        assert_eq!(parent("app/a//"), "app");
        assert_eq!(parent("app"), ".");
    }
}
