//! path_resolution(7): from a directory and a path to a file, or to the directory and
//! the name of one.

use alloc::borrow::Cow;
use core::ops::Range;

use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::Filesystem;
use crate::types::{Kind, LINKS_MAX, Lookup, NAME_MAX, PATH_MAX};

/// A walk under way. It stops before its last component, so that the caller can say
/// what becomes of that, and goes on where that is a symbolic link to be followed.
pub(super) struct Walk<'p, N> {
    /// The directory that it has come to.
    pub at: N,
    base: N,
    path: Cow<'p, str>,
    /// Where in `path` the next component begins; its end when there is none.
    position: usize,
    links: u32,
    pub lookup: Lookup,
}

/// The last component of a path.
pub(super) enum Last {
    Name(Name),
    /// `.`, or only slashes.
    Here(Here),
    /// `..`
    Up,
}

#[derive(PartialEq, Eq)]
pub(super) enum Here {
    Dot,
    Root,
}

/// Where in the path a name is, and whether slashes follow it.
#[derive(Clone)]
pub(super) struct Name {
    range: Range<usize>,
    pub slashes: bool,
}

impl<N> Walk<'_, N> {
    pub fn name(&self, name: &Name) -> &str {
        &self.path[name.range.clone()]
    }
}

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// Begins a walk from an open directory.
    pub(super) fn walk<'p>(
        &self,
        base: Handle,
        path: &'p str,
        lookup: Lookup,
    ) -> Result<Walk<'p, F::Node>> {
        let base = self.node(base)?;
        if path.is_empty() {
            return Err(Errno::NoEntry);
        }
        if path.len() > PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        if path.as_bytes().contains(&0) {
            return Err(Errno::Invalid);
        }
        let absolute = path.starts_with('/');
        if !absolute && self.fs.kind(&base) != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        let at = if absolute {
            self.fs.root()
        } else {
            base.clone()
        };
        if absolute && lookup.contains(Lookup::BENEATH) {
            return Err(Errno::NotPermitted);
        }
        let position = skip_slashes(path, 0);
        Ok(Walk {
            at,
            base,
            path: Cow::Borrowed(path),
            position,
            links: 0,
            lookup,
        })
    }

    /// Walks up to the last component.
    pub(super) fn walk_to_last(&mut self, walk: &mut Walk<'_, F::Node>) -> Result<Last> {
        loop {
            let start = walk.position;
            if start == walk.path.len() {
                return Ok(Last::Here(Here::Root));
            }
            let rest = &walk.path.as_bytes()[start..];
            let end = start
                + rest
                    .iter()
                    .position(|&byte| byte == b'/')
                    .unwrap_or(rest.len());
            let next = skip_slashes(&walk.path, end);
            let last = next == walk.path.len();
            match &walk.path[start..end] {
                "." if last => return Ok(Last::Here(Here::Dot)),
                "." => {}
                ".." if last => return Ok(Last::Up),
                ".." => self.up(walk)?,
                _ if last => {
                    return Ok(Last::Name(Name {
                        range: start..end,
                        slashes: end < next,
                    }));
                }
                name => {
                    if name.len() > NAME_MAX {
                        return Err(self.too_long(&walk.at));
                    }
                    let child = self.fs.lookup_directory(&walk.at, name)?;
                    match self.fs.kind(&child) {
                        Kind::Directory => walk.at = child,
                        Kind::SymbolicLink => {
                            self.follow_at(walk, &child, end)?;
                            continue;
                        }
                        Kind::Regular
                        | Kind::CharacterDevice
                        | Kind::BlockDevice
                        | Kind::Fifo
                        | Kind::Socket => return Err(Errno::NotDirectory),
                    }
                }
            }
            walk.position = next;
        }
    }

    /// Goes on behind the symbolic link that the last component is.
    pub(super) fn follow(
        &mut self,
        walk: &mut Walk<'_, F::Node>,
        link: &F::Node,
        name: &Name,
    ) -> Result<()> {
        self.follow_at(walk, link, name.range.end)
    }

    /// Puts a link's target before what is left of the path behind it.
    fn follow_at(
        &mut self,
        walk: &mut Walk<'_, F::Node>,
        link: &F::Node,
        rest: usize,
    ) -> Result<()> {
        walk.links += 1;
        if walk.links > LINKS_MAX {
            return Err(Errno::Loop);
        }
        let mut path = self.fs.read_link(link)?;
        self.accessed_node(link);
        if path.is_empty() {
            return Err(Errno::NoEntry);
        }
        if path.starts_with('/') {
            let root = self.fs.root();
            if walk.lookup.contains(Lookup::BENEATH) && walk.base != root {
                return Err(Errno::NotPermitted);
            }
            walk.at = root;
        }
        path.push_str(&walk.path[rest..]);
        walk.position = skip_slashes(&path, 0);
        walk.path = Cow::Owned(path);
        Ok(())
    }

    /// `..`
    pub(super) fn up(&mut self, walk: &mut Walk<'_, F::Node>) -> Result<()> {
        if walk.lookup.contains(Lookup::BENEATH) && walk.at == walk.base {
            return Err(Errno::NotPermitted);
        }
        walk.at = self.fs.parent(&walk.at)?;
        Ok(())
    }

    /// The child of this name, of any kind.
    pub(super) fn child(&mut self, directory: &F::Node, name: &str) -> Result<F::Node> {
        if name.len() > NAME_MAX {
            return Err(self.too_long(directory));
        }
        self.fs.lookup(directory, name)
    }

    /// Why there is no file of a name that is too long: in a directory that was removed Linux
    /// does not come to look at the name.
    fn too_long(&mut self, directory: &F::Node) -> Errno {
        match self.fs.stat(directory) {
            Ok(stat) if stat.links > 0 => Errno::NameTooLong,
            _ => Errno::NoEntry,
        }
    }

    /// The same, `None` where the name is free.
    pub(super) fn child_or_free(
        &mut self,
        directory: &F::Node,
        name: &str,
    ) -> Result<Option<F::Node>> {
        match self.child(directory, name) {
            Ok(child) => Ok(Some(child)),
            Err(Errno::NoEntry) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Walks a whole path. A symbolic link at its end is followed where `lookup` says
    /// so and where slashes follow it.
    pub(super) fn resolve(&mut self, base: Handle, path: &str, lookup: Lookup) -> Result<F::Node> {
        let mut walk = self.walk(base, path, lookup)?;
        loop {
            let name = match self.walk_to_last(&mut walk)? {
                Last::Name(name) => name,
                Last::Here(_) => return Ok(walk.at),
                Last::Up => {
                    self.up(&mut walk)?;
                    return Ok(walk.at);
                }
            };
            let found = self.child(&walk.at, walk.name(&name))?;
            let kind = self.fs.kind(&found);
            if kind == Kind::SymbolicLink && (name.slashes || lookup.contains(Lookup::FOLLOW)) {
                self.follow(&mut walk, &found, &name)?;
            } else if name.slashes && kind != Kind::Directory {
                return Err(Errno::NotDirectory);
            } else {
                return Ok(found);
            }
        }
    }
}

fn skip_slashes(path: &str, from: usize) -> usize {
    let rest = &path.as_bytes()[from..];
    from + rest
        .iter()
        .position(|&byte| byte != b'/')
        .unwrap_or(rest.len())
}
