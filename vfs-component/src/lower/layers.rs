//! Several lower trees as one: layers with whiteouts, as OCI images have them.
//!
//! A name in an upper layer covers the same name in those below, but for directories, which
//! are merged. A file `.wh.NAME` hides `NAME` below its layer, `.wh..wh..opq` all of its
//! directory (OCI image specification, "Layer filesystem changeset").

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use hashbrown::HashMap;

use super::{Lower, LowerInode, Visit};
use crate::errno::{Errno, Result};
use crate::types::Kind;

const WHITEOUT: &str = ".wh.";
/// Names that begin so mean something to the layer format only.
const RESERVED: &str = ".wh..wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// A layer: a directory of a lower tree.
#[derive(Debug)]
pub struct Layer<L> {
    lower: Rc<L>,
    root: u32,
}

/// Where a file is: layer and number there.
type Place = (u16, u32);

/// Layers as one tree.
#[derive(Debug)]
pub struct Layers<L> {
    /// From the topmost down.
    layers: Vec<Layer<L>>,
    files: RefCell<Files>,
}

/// Files by their number in the merged tree.
#[derive(Debug)]
struct Files {
    list: Vec<Found>,
    by_place: HashMap<Place, u32>,
}

#[derive(Debug, Clone)]
enum Found {
    One(Place),
    /// A directory in several layers, from the topmost down.
    Merged(Box<[Place]>),
}

/// What becomes of a name while layers are read downwards.
struct Name {
    kind: Kind,
    places: Vec<Place>,
    /// Whether directories further down are merged into it.
    open: bool,
}

impl<L: Lower> Layer<L> {
    /// The whole of a tree.
    #[must_use]
    pub fn whole(lower: Rc<L>) -> Self {
        Self { lower, root: 0 }
    }

    /// What is below a directory of a tree. The path has no symbolic links.
    ///
    /// # Errors
    /// `no-entry`, `not-directory`, `io`.
    pub fn at(lower: Rc<L>, path: &str) -> Result<Self> {
        let mut root = 0;
        let names = path.split('/');
        for wanted in names.filter(|name| !name.is_empty() && *name != ".") {
            let mut found = None;
            lower.entries(root, &mut |name, number, kind| {
                if name == wanted {
                    found = Some((number, kind));
                }
                Ok(())
            })?;
            root = match found {
                Some((number, Kind::Directory)) => number,
                Some(_) => return Err(Errno::NotDirectory),
                None => return Err(Errno::NoEntry),
            };
        }
        Ok(Self { lower, root })
    }
}

impl<L: Lower> Layers<L> {
    /// Stacks layers, the topmost first.
    ///
    /// # Errors
    /// `invalid` for none, and for more than 65,535.
    pub fn new(layers: Vec<Layer<L>>) -> Result<Self> {
        if layers.is_empty() || layers.len() > usize::from(u16::MAX) {
            return Err(Errno::Invalid);
        }
        let roots = (0..).zip(&layers).map(|(at, layer)| (at, layer.root));
        let files = RefCell::new(Files {
            list: vec![Found::Merged(roots.collect())],
            by_place: HashMap::new(),
        });
        Ok(Self { layers, files })
    }

    fn found(&self, number: u32) -> Result<Found> {
        let files = self.files.borrow();
        files.list.get(number as usize).cloned().ok_or(Errno::Io)
    }

    fn lower(&self, layer: u16) -> Result<&L> {
        let layer = self.layers.get(usize::from(layer));
        layer.map(|layer| &*layer.lower).ok_or(Errno::Io)
    }

    /// What a directory has, over all layers.
    fn merged(&self, directory: u32) -> Result<BTreeMap<Box<str>, Name>> {
        let found = self.found(directory)?;
        let mut names: BTreeMap<Box<str>, Name> = BTreeMap::new();
        let mut hidden: Vec<Box<str>> = Vec::new();
        for &(layer, number) in found.places() {
            let mut opaque = false;
            let mut whiteouts: Vec<Box<str>> = Vec::new();
            self.lower(layer)?
                .entries(number, &mut |name, number, kind| {
                    if name.starts_with(RESERVED) {
                        opaque |= name == OPAQUE;
                    } else if let Some(name) = name.strip_prefix(WHITEOUT) {
                        whiteouts.push(name.into());
                    } else if let Some(above) = names.get_mut(name) {
                        if above.open && kind == Kind::Directory {
                            above.places.push((layer, number));
                        } else {
                            above.open = false;
                        }
                    } else if !hidden.iter().any(|hidden| **hidden == *name) {
                        let (places, open) = (vec![(layer, number)], kind == Kind::Directory);
                        names.insert(name.into(), Name { kind, places, open });
                    }
                    Ok(())
                })?;
            if opaque {
                break;
            }
            for name in whiteouts {
                match names.get_mut(&name) {
                    Some(above) => above.open = false,
                    None => hidden.push(name),
                }
            }
        }
        Ok(names)
    }
}

impl Files {
    fn number(&mut self, places: Vec<Place>) -> Result<u32> {
        let first = *places.first().ok_or(Errno::Io)?;
        if let Some(&number) = self.by_place.get(&first) {
            return Ok(number);
        }
        let number = u32::try_from(self.list.len()).map_err(|_| Errno::NoMemory)?;
        self.list.push(match places.len() {
            1 => Found::One(first),
            _ => Found::Merged(places.into()),
        });
        self.by_place.insert(first, number);
        Ok(number)
    }
}

impl Found {
    fn places(&self) -> &[Place] {
        match self {
            Self::One(place) => core::slice::from_ref(place),
            Self::Merged(places) => places,
        }
    }
}

impl<L: Lower> Lower for Layers<L> {
    type File = (u16, L::File);

    fn numbers(&self) -> u64 {
        // They are given out as directories are read.
        1 << 32
    }

    fn inode(&self, number: u32) -> Result<LowerInode<Self::File>> {
        let found = self.found(number)?;
        let &(layer, top) = found.places().first().ok_or(Errno::Io)?;
        let inode = self.lower(layer)?.inode(top)?;
        let mut links = inode.links;
        if inode.kind == Kind::Directory {
            // A directory may have lost children to a whiteout, and won some by merging.
            let names = self.merged(number)?;
            let is_directory = |name: &&Name| name.kind == Kind::Directory;
            links = 2 + names.values().filter(is_directory).count() as u32;
        }
        Ok(LowerInode {
            kind: inode.kind,
            mode: inode.mode,
            links,
            user: inode.user,
            group: inode.group,
            times: inode.times,
            size: inode.size,
            device_number: inode.device_number,
            has_xattrs: inode.has_xattrs,
            file: (layer, inode.file),
        })
    }

    fn entries(&self, directory: u32, visit: &mut Visit<'_>) -> Result<()> {
        for (name, found) in self.merged(directory)? {
            let number = self.files.borrow_mut().number(found.places)?;
            visit(&name, number, found.kind)?;
        }
        Ok(())
    }

    fn target(&self, (layer, link): &Self::File) -> Result<String> {
        self.lower(*layer)?.target(link)
    }

    fn xattrs(&self, (layer, file): &Self::File) -> Result<Vec<(String, Vec<u8>)>> {
        self.lower(*layer)?.xattrs(file)
    }

    fn read(&self, (layer, file): &Self::File, offset: u64, length: u32) -> Result<Cow<'_, [u8]>> {
        self.lower(*layer)?.read(file, offset, length)
    }
}
