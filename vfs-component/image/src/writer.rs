//! Making an image.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::layout::{
    ENTRY_SIZE, HEADER_SIZE, Header, INODE_SIZE, Kind, PACKED_MAX, PAGE, RawEntry, RawInode,
    TARGET_MAX, Time, XATTR_HEADER, XATTR_VALUE_MAX, is_name,
};

/// Why an image could not be made. `path` is always the guest's.
#[derive(Debug)]
pub enum WriteError {
    /// The path has an empty name, `.`, `..`, a NUL, or a name over 255 bytes.
    BadPath {
        /// The path as it was given.
        path: String,
    },
    /// There is a file of this path already.
    Exists {
        /// The path that was added twice.
        path: String,
    },
    /// A parent of the path is not a directory.
    NotDirectory {
        /// The parent's path.
        path: String,
    },
    /// A hard link names no file, or a directory or another hard link.
    BadLink {
        /// The hard link.
        path: String,
        /// What it should have been another name of.
        existing: String,
    },
    /// The target of a symbolic link is empty, over 4,095 bytes or has a NUL.
    BadTarget {
        /// The symbolic link.
        path: String,
    },
    /// The kind can't be added by [`Writer::node`].
    BadKind {
        /// The node.
        path: String,
    },
    /// An extended attribute's name is empty, over 255 bytes or has a NUL, its value
    /// is over 64 KiB, or all of a file's take 4 GiB.
    BadXattr {
        /// The file.
        path: String,
    },
    /// A content has not the size that was announced.
    Size {
        /// The file.
        path: String,
        /// What was announced, in bytes.
        announced: u64,
    },
    /// A content could not be read.
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The image could not be written.
    Write(io::Error),
    /// Sizes or counts do not fit the layout: over 4 Gi links, or 2⁶³ bytes.
    TooLarge,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPath { path } => write!(f, "`{path}` can't be a path in a box"),
            Self::Exists { path } => write!(f, "`{path}` is there already"),
            Self::NotDirectory { path } => write!(f, "`{path}` is not a directory"),
            Self::BadLink { path, existing } => {
                write!(f, "`{path}` can't be another name of `{existing}`")
            }
            Self::BadTarget { path } => {
                write!(f, "the symbolic link `{path}` has no possible target")
            }
            Self::BadKind { path } => write!(f, "`{path}` can't be made as a node"),
            Self::BadXattr { path } => {
                write!(f, "`{path}` has an extended attribute that is not possible")
            }
            Self::Size { path, announced } => {
                write!(
                    f,
                    "the content of `{path}` is not {announced} bytes as announced"
                )
            }
            Self::Read { path, source } => {
                write!(f, "the content of `{path}` can't be read: {source}")
            }
            Self::Write(source) => write!(f, "the image can't be written: {source}"),
            Self::TooLarge => f.write_str("the image is too large"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write(source) => Some(source),
            _ => None,
        }
    }
}

type Result<T> = std::result::Result<T, WriteError>;

/// What a file has besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The twelve permission bits; others are ignored.
    pub mode: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Time of modification; 1970-01-01T00:00:00Z where images must be reproducible.
    pub modified: Time,
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

impl Attributes {
    /// Owned by user 0 and group 0, modified at 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn new(mode: u32) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

type Open<'a> = Box<dyn FnOnce() -> io::Result<Box<dyn Read + 'a>> + 'a>;

/// The content of a regular file: bytes, or a reader that is opened when its turn comes.
pub struct Content<'a>(Inner<'a>);

enum Inner<'a> {
    Bytes(Cow<'a, [u8]>),
    Reader { size: u64, open: Open<'a> },
}

impl<'a> Content<'a> {
    /// `size` bytes that `open` gives; it is called while the image is written.
    #[must_use]
    pub fn reader(size: u64, open: impl FnOnce() -> io::Result<Box<dyn Read + 'a>> + 'a) -> Self {
        Self(Inner::Reader {
            size,
            open: Box::new(open),
        })
    }

    /// What the host's file of this path has; only its size is read now.
    ///
    /// # Errors
    /// Where the file's size can't be read.
    pub fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path: PathBuf = path.as_ref().to_owned();
        let size = std::fs::metadata(&path)?.len();
        Ok(Self::reader(size, move || Ok(Box::new(File::open(path)?))))
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.0 {
            Inner::Bytes(bytes) => bytes.len() as u64,
            Inner::Reader { size, .. } => *size,
        }
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.size())
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Inner::Bytes(Cow::Borrowed(bytes)))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Content<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Vec<u8>> for Content<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Inner::Bytes(Cow::Owned(bytes)))
    }
}

#[derive(Debug)]
enum What<'a> {
    Directory(BTreeMap<String, usize>),
    Regular(Content<'a>),
    SymbolicLink(String),
    Node(Kind, u64),
    /// Another name of the file of this path.
    HardLink(String),
}

#[derive(Debug)]
struct Node<'a> {
    path: String,
    attributes: Attributes,
    what: What<'a>,
    /// A directory that was only met as a parent yet.
    implied: bool,
}

/// Gathers files and writes them as one image.
///
/// Paths are the guest's, with or without a leading `/`. Files may come in any order
/// and the image will be the same; parents that are never added are directories of
/// mode 0755.
#[derive(Debug)]
pub struct Writer<'a> {
    nodes: Vec<Node<'a>>,
}

const ROOT: usize = 0;

impl Default for Writer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Writer<'a> {
    /// With nothing but a root directory of mode 0755.
    #[must_use]
    pub fn new() -> Self {
        let mut writer = Self { nodes: Vec::new() };
        writer.imply(String::from("/"));
        writer
    }

    /// Adds a directory, or gives its attributes to one that was implied; `/` is the root.
    ///
    /// # Errors
    /// [`WriteError::BadPath`], [`WriteError::Exists`], [`WriteError::NotDirectory`],
    /// [`WriteError::BadXattr`].
    pub fn directory(&mut self, path: &str, attributes: Attributes) -> Result<()> {
        if let Some(node) = self.find(path).map(|at| &mut self.nodes[at])
            && node.implied
        {
            check_xattrs(path, &attributes)?;
            node.implied = false;
            node.attributes = attributes;
            return Ok(());
        }
        self.add(path, attributes, What::Directory(BTreeMap::new()))
    }

    /// Adds a regular file.
    ///
    /// # Errors
    /// As [`Writer::directory`].
    pub fn file(
        &mut self,
        path: &str,
        attributes: Attributes,
        content: impl Into<Content<'a>>,
    ) -> Result<()> {
        self.add(path, attributes, What::Regular(content.into()))
    }

    /// Adds a symbolic link; `target` is kept as it is.
    ///
    /// # Errors
    /// As [`Writer::directory`], and [`WriteError::BadTarget`].
    pub fn symlink(&mut self, path: &str, target: &str, attributes: Attributes) -> Result<()> {
        if target.is_empty() || target.len() > TARGET_MAX || target.contains('\0') {
            return Err(WriteError::BadTarget {
                path: path.to_owned(),
            });
        }
        self.add(path, attributes, What::SymbolicLink(target.to_owned()))
    }

    /// Adds another name of the file `existing`, which may come later; it must be a
    /// path that this writer was given, neither a directory nor a hard link itself.
    ///
    /// # Errors
    /// As [`Writer::directory`]; [`WriteError::BadLink`] comes from writing.
    pub fn hard_link(&mut self, path: &str, existing: &str) -> Result<()> {
        let what = What::HardLink(existing.to_owned());
        self.add(path, Attributes::default(), what)
    }

    /// Adds a device, a fifo or a socket. `device` is major << 32 | minor, 0 for a
    /// fifo or a socket.
    ///
    /// # Errors
    /// As [`Writer::directory`], and [`WriteError::BadKind`] for any other kind.
    pub fn node(
        &mut self,
        path: &str,
        kind: Kind,
        device: u64,
        attributes: Attributes,
    ) -> Result<()> {
        match kind {
            Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket => {
                let device = if kind.is_device() { device } else { 0 };
                self.add(path, attributes, What::Node(kind, device))
            }
            Kind::Regular | Kind::Directory | Kind::SymbolicLink => Err(WriteError::BadKind {
                path: path.to_owned(),
            }),
        }
    }

    /// Whether there is a file of this path, implied directories included.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Writes the image front to back, in one pass, and tells its size in bytes.
    /// Contents are opened, copied and closed one after the other.
    ///
    /// # Errors
    /// [`WriteError::BadLink`], [`WriteError::Size`], [`WriteError::Read`],
    /// [`WriteError::Write`], [`WriteError::TooLarge`].
    pub fn write(mut self, out: &mut dyn Write) -> Result<u64> {
        let plan = Plan::new(&self.nodes)?;
        let mut out = Counted { out, position: 0 };
        plan.metadata(&self.nodes, &mut out)?;
        for &(node, at) in &plan.contents {
            out.pad_to(at)?;
            let Node { path, what, .. } = &mut self.nodes[node];
            let What::Regular(content) = what else {
                continue;
            };
            let empty = Content(Inner::Bytes(Cow::Borrowed(&[])));
            out.content(path, std::mem::replace(content, empty))?;
        }
        Ok(out.position)
    }

    /// Writes the image into memory.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    fn imply(&mut self, path: String) -> usize {
        self.nodes.push(Node {
            path,
            attributes: Attributes::new(0o755),
            what: What::Directory(BTreeMap::new()),
            implied: true,
        });
        self.nodes.len() - 1
    }

    fn find(&self, path: &str) -> Option<usize> {
        let mut at = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let What::Directory(children) = &self.nodes[at].what else {
                return None;
            };
            at = *children.get(name)?;
        }
        Some(at)
    }

    fn add(&mut self, path: &str, attributes: Attributes, what: What<'a>) -> Result<()> {
        check_xattrs(path, &attributes)?;
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        if !names.iter().all(|name| is_name(name)) {
            return Err(WriteError::BadPath {
                path: path.to_owned(),
            });
        }
        let Some((last, parents)) = names.split_last() else {
            return Err(WriteError::Exists {
                path: path.to_owned(),
            });
        };
        let mut directory = ROOT;
        for name in parents {
            let known = self.children(directory)?.get(*name).copied();
            directory = match known {
                Some(child) => child,
                None => {
                    let child = self.imply(join(&self.nodes[directory].path, name));
                    self.children(directory)?.insert((*name).to_owned(), child);
                    child
                }
            };
        }
        if self.children(directory)?.contains_key(*last) {
            return Err(WriteError::Exists {
                path: path.to_owned(),
            });
        }
        let path = join(&self.nodes[directory].path, last);
        self.nodes.push(Node {
            path,
            attributes,
            what,
            implied: false,
        });
        let node = self.nodes.len() - 1;
        self.children(directory)?.insert((*last).to_owned(), node);
        Ok(())
    }

    fn children(&mut self, directory: usize) -> Result<&mut BTreeMap<String, usize>> {
        let Node { path, what, .. } = &mut self.nodes[directory];
        match what {
            What::Directory(children) => Ok(children),
            _ => Err(WriteError::NotDirectory { path: path.clone() }),
        }
    }
}

fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.trim_end_matches('/'))
}

fn check_xattrs(path: &str, attributes: &Attributes) -> Result<()> {
    let possible = attributes.xattrs.iter().all(|(name, value)| {
        let name_fits = (1..=255).contains(&name.len()) && !name.contains('\0');
        name_fits && value.len() <= XATTR_VALUE_MAX
    });
    if possible && u32::try_from(xattrs_size(attributes)).is_ok() {
        Ok(())
    } else {
        Err(WriteError::BadXattr {
            path: path.to_owned(),
        })
    }
}

fn xattrs_size(attributes: &Attributes) -> u64 {
    let sizes = attributes.xattrs.iter();
    sizes
        .map(|(name, value)| (XATTR_HEADER + name.len() + value.len()) as u64)
        .sum()
}

/// Who has which inode, and where everything goes.
struct Plan {
    /// Nodes in the order of their inodes: breadth first, children by name.
    order: Vec<usize>,
    /// The inode of each node; of a hard link that of its file.
    inodes: Vec<u64>,
    /// In the order of `order`.
    places: Vec<Place>,
    /// Regular files that have a content: node and offset.
    contents: Vec<(usize, u64)>,
    header: Header,
}

struct Place {
    links: u32,
    content: u64,
    size: u64,
    xattrs: u64,
}

impl Plan {
    fn new(nodes: &[Node<'_>]) -> Result<Self> {
        let (order, inodes, links) = number(nodes)?;
        let inode_table = HEADER_SIZE as u64;
        let mut end = inode_table + (order.len() * INODE_SIZE) as u64;
        let mut places = Vec::with_capacity(order.len());
        for (&node, &links) in order.iter().zip(&links) {
            let size = content_size(nodes, node);
            let in_metadata = !matches!(nodes[node].what, What::Regular(_));
            let content = end;
            if in_metadata {
                end = advance(end, size)?;
            }
            let xattrs = end;
            end = advance(end, xattrs_size(&nodes[node].attributes))?;
            places.push(Place {
                links,
                content,
                size,
                xattrs,
            });
        }
        let mut contents = Vec::new();
        let mut content_bytes = 0;
        for (place, &node) in places.iter_mut().zip(&order) {
            if matches!(nodes[node].what, What::Regular(_)) && place.size > 0 {
                let straddles = end % PAGE + place.size > PAGE;
                let at = if straddles {
                    end.next_multiple_of(PAGE)
                } else {
                    end
                };
                place.content = at;
                contents.push((node, at));
                end = advance(at, place.size)?;
                content_bytes += place.size;
            }
        }
        let inodes_count = order.len() as u64;
        let header = Header {
            size: end,
            inodes: inodes_count,
            inode_table,
            content_bytes,
        };
        Ok(Self {
            order,
            inodes,
            places,
            contents,
            header,
        })
    }

    /// Writes everything but the contents of regular files.
    fn metadata(&self, nodes: &[Node<'_>], out: &mut Counted<'_>) -> Result<()> {
        out.bytes(&self.header.encode())?;
        for (&node, place) in self.order.iter().zip(&self.places) {
            let Node {
                attributes, what, ..
            } = &nodes[node];
            let permissions = (attributes.mode & 0o7777) as u16;
            let inode = RawInode {
                mode: u16::from(kind(what) as u8) << 12 | permissions,
                links: place.links,
                user: attributes.user,
                group: attributes.group,
                modified: attributes.modified,
                xattrs_size: xattrs_size(attributes) as u32,
                size: place.size,
                content: place.content,
                xattrs: place.xattrs,
                extra: match what {
                    What::Directory(children) => children.len() as u64,
                    What::Node(_, device) => *device,
                    _ => 0,
                },
            };
            out.bytes(&inode.encode())?;
        }
        for &node in &self.order {
            match &nodes[node].what {
                What::Directory(children) => self.directory(nodes, children, out)?,
                What::SymbolicLink(target) => out.bytes(target.as_bytes())?,
                What::Regular(_) | What::Node(..) | What::HardLink(_) => {}
            }
            for (name, value) in &nodes[node].attributes.xattrs {
                out.bytes(&[name.len() as u8])?;
                out.bytes(&(value.len() as u32).to_le_bytes())?;
                out.bytes(name.as_bytes())?;
                out.bytes(value)?;
            }
        }
        Ok(())
    }

    fn directory(
        &self,
        nodes: &[Node<'_>],
        children: &BTreeMap<String, usize>,
        out: &mut Counted<'_>,
    ) -> Result<()> {
        let mut at = (children.len() * ENTRY_SIZE) as u64;
        for (name, &child) in children {
            let inode = self.inodes[child];
            let entry = RawEntry {
                inode,
                kind: kind(&nodes[self.order[inode as usize]].what) as u8,
                name: at,
                name_length: name.len() as u8,
            };
            out.bytes(&entry.encode())?;
            at += name.len() as u64;
        }
        children
            .keys()
            .try_for_each(|name| out.bytes(name.as_bytes()))
    }
}

/// Gives inodes breadth first, children by name, and counts links.
#[allow(
    clippy::type_complexity,
    reason = "three columns of one table, taken apart at once"
)]
fn number(nodes: &[Node<'_>]) -> Result<(Vec<usize>, Vec<u64>, Vec<u32>)> {
    // By path, without what a caller may have written differently.
    let by_path: BTreeMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (node.path.as_str(), at))
        .collect();
    let file_of = |node: usize| -> Result<usize> {
        let What::HardLink(existing) = &nodes[node].what else {
            return Ok(node);
        };
        let file = by_path.get(normal(existing).as_str()).copied();
        file.filter(|&file| !matches!(nodes[file].what, What::Directory(_) | What::HardLink(_)))
            .ok_or_else(|| WriteError::BadLink {
                path: nodes[node].path.clone(),
                existing: existing.clone(),
            })
    };
    const NONE: u64 = u64::MAX;
    let mut order = vec![ROOT];
    let mut inodes = vec![NONE; nodes.len()];
    let mut links = vec![2_u32];
    inodes[ROOT] = 0;
    let mut next = 0;
    while next < order.len() {
        if let What::Directory(children) = &nodes[order[next]].what {
            for &child in children.values() {
                let file = file_of(child)?;
                let is_directory = matches!(nodes[file].what, What::Directory(_));
                if inodes[file] == NONE {
                    inodes[file] = order.len() as u64;
                    order.push(file);
                    links.push(if is_directory { 2 } else { 0 });
                }
                inodes[child] = inodes[file];
                let counted = if is_directory {
                    next
                } else {
                    inodes[file] as usize
                };
                links[counted] = links[counted].checked_add(1).ok_or(WriteError::TooLarge)?;
            }
        }
        next += 1;
    }
    Ok((order, inodes, links))
}

fn normal(path: &str) -> String {
    let names = path.split('/').filter(|name| !name.is_empty());
    names.fold(String::new(), |path, name| path + "/" + name)
}

fn kind(what: &What<'_>) -> Kind {
    match what {
        What::Directory(_) => Kind::Directory,
        What::SymbolicLink(_) => Kind::SymbolicLink,
        What::Node(kind, _) => *kind,
        // A hard link has no inode of its own, so nobody asks.
        What::Regular(_) | What::HardLink(_) => Kind::Regular,
    }
}

fn content_size(nodes: &[Node<'_>], node: usize) -> u64 {
    match &nodes[node].what {
        What::Directory(children) => children
            .keys()
            .map(|name| (ENTRY_SIZE + name.len()) as u64)
            .sum(),
        What::Regular(content) => content.size(),
        What::SymbolicLink(target) => target.len() as u64,
        What::Node(..) | What::HardLink(_) => 0,
    }
}

fn advance(position: u64, by: u64) -> Result<u64> {
    let end = position.checked_add(by).filter(|&end| end <= PACKED_MAX);
    end.ok_or(WriteError::TooLarge)
}

/// An output that knows how far it is.
struct Counted<'a> {
    out: &'a mut dyn Write,
    position: u64,
}

impl Counted<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.position += bytes.len() as u64;
        self.out.write_all(bytes).map_err(WriteError::Write)
    }

    fn pad_to(&mut self, position: u64) -> Result<()> {
        const ZEROS: [u8; PAGE as usize] = [0; PAGE as usize];
        // A gap is always smaller than a page.
        self.bytes(&ZEROS[..(position - self.position) as usize])
    }

    fn content(&mut self, path: &str, content: Content<'_>) -> Result<()> {
        let (size, open) = match content.0 {
            Inner::Bytes(bytes) => return self.bytes(&bytes),
            Inner::Reader { size, open } => (size, open),
        };
        let failed = |source| WriteError::Read {
            path: path.to_owned(),
            source,
        };
        let wrong_size = || WriteError::Size {
            path: path.to_owned(),
            announced: size,
        };
        let mut reader = open().map_err(failed)?;
        let mut buffer = vec![0; 256 << 10];
        let mut left = size;
        loop {
            let got = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            left = left.checked_sub(got as u64).ok_or_else(wrong_size)?;
            self.bytes(&buffer[..got])?;
        }
        if left == 0 { Ok(()) } else { Err(wrong_size()) }
    }
}
