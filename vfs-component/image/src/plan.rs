//! Where everything in an image goes, and putting it there.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use crate::content::{Content, Inner, Key, xattrs_size};
use crate::error::{Result, WriteError};
use crate::layout::{
    ENTRY_SIZE, HEADER_SIZE, Header, INODE_SIZE, Kind, PACKED_MAX, PAGE, RawEntry, RawInode,
};
use crate::writer::{Node, ROOT, What};

/// Who has which inode, and where everything goes.
pub(crate) struct Plan {
    /// Nodes in the order of their inodes: breadth first, children by name.
    order: Vec<usize>,
    /// The inode of each node; of a hard link that of its file.
    inodes: Vec<u64>,
    /// In the order of `order`.
    places: Vec<Place>,
    /// Regular files that have a content: node and offset.
    pub contents: Vec<(usize, u64)>,
    header: Header,
}

struct Place {
    links: u32,
    content: u64,
    size: u64,
    xattrs: u64,
}

impl Plan {
    pub fn new(nodes: &[Node<'_>]) -> Result<Self> {
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
        let mut known: BTreeMap<(Key, u64), u64> = BTreeMap::new();
        for (place, &node) in places.iter_mut().zip(&order) {
            let What::Regular(content) = &nodes[node].what else {
                continue;
            };
            if place.size == 0 {
                continue;
            }
            content_bytes += place.size;
            let key = content.key.map(|key| (key, place.size));
            if let Some(&at) = key.and_then(|key| known.get(&key)) {
                place.content = at;
                continue;
            }
            let straddles = end % PAGE + place.size > PAGE;
            let at = if straddles {
                end.next_multiple_of(PAGE)
            } else {
                end
            };
            place.content = at;
            contents.push((node, at));
            known.extend(key.map(|key| (key, at)));
            end = advance(at, place.size)?;
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
    pub fn metadata(&self, nodes: &[Node<'_>], out: &mut Counted<'_>) -> Result<()> {
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
pub(crate) struct Counted<'a> {
    out: &'a mut dyn Write,
    position: u64,
}

impl<'a> Counted<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, position: 0 }
    }

    pub fn position(&self) -> u64 {
        self.position
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.position += bytes.len() as u64;
        self.out.write_all(bytes).map_err(WriteError::Write)
    }

    pub fn pad_to(&mut self, position: u64) -> Result<()> {
        const ZEROS: [u8; PAGE as usize] = [0; PAGE as usize];
        // A gap is always smaller than a page.
        self.bytes(&ZEROS[..(position - self.position) as usize])
    }

    pub fn content(&mut self, path: &str, content: Content<'_>) -> Result<()> {
        let (size, open) = match content.inner {
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
