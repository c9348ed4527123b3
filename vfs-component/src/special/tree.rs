//! A fixed tree of special files as a filesystem.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::machine::{Machine, Stream};
use super::{devices, process};
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::types::{
    Attributes, DirectoryEntry, FilesystemStat, Kind, NAME_MAX, Readiness, Stat, Time, Times,
};

/// The most that a device gives at once, in bytes.
const PIECE: u32 = 1 << 20;
const ROOT: u16 = 0;

/// `/dev` or `/proc`. Nothing can be made or removed in it.
#[derive(Debug)]
pub struct SpecialFs<M> {
    machine: Rc<M>,
    device: u64,
    nodes: Vec<Node<M>>,
    started: Time,
    started_at: u64,
    boot: Vec<u8>,
    mounts: String,
}

#[derive(Debug)]
struct Node<M> {
    parent: u16,
    name: &'static str,
    what: What<M>,
}

/// What a special file is.
#[derive(Debug)]
pub(super) enum What<M> {
    Directory,
    /// A symbolic link to what is told now.
    Link(fn(&Context<'_, M>) -> String),
    /// A text that is made when it is opened.
    Text(fn(&Context<'_, M>) -> String),
    /// A device and its number.
    Device(Device, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Standard(Stream),
    /// Standard input and output, where they are a terminal.
    Terminal,
}

/// What texts tell of.
pub(super) struct Context<'c, M> {
    pub machine: &'c M,
    /// The time of day at start.
    pub started: Time,
    started_at: u64,
    /// Random bytes of this run.
    pub boot: &'c [u8],
    /// In the form of fstab(5).
    pub mounts: &'c str,
}

impl<M: Machine> Context<'_, M> {
    /// Nanoseconds since the start.
    pub fn uptime(&self) -> u64 {
        self.machine.monotonic().saturating_sub(self.started_at)
    }
}

/// Names a special file.
#[derive(Debug, Clone)]
pub struct SpecialNode {
    at: u16,
    /// Of a text that is open: what it said then.
    text: Option<Rc<str>>,
}

impl PartialEq for SpecialNode {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<M: Machine> SpecialFs<M> {
    /// `/dev`. `device` tells its files from those of other filesystems.
    pub fn devices(machine: Rc<M>, device: u64, now: Time) -> Self {
        Self::new(machine, device, now, String::new(), devices::tree().into())
    }

    /// `/proc`; `mounts` is the content of `/proc/mounts`, in the form of fstab(5).
    pub fn process(machine: Rc<M>, device: u64, now: Time, mounts: String) -> Self {
        Self::new(machine, device, now, mounts, process::tree())
    }

    fn new(
        machine: Rc<M>,
        device: u64,
        started: Time,
        mounts: String,
        tree: Vec<(&'static str, What<M>)>,
    ) -> Self {
        let root = Node {
            parent: ROOT,
            name: "",
            what: What::Directory,
        };
        let started_at = machine.monotonic();
        let mut fs = Self {
            machine,
            device,
            nodes: vec![root],
            started,
            started_at,
            boot: Vec::new(),
            mounts,
        };
        for (path, what) in tree {
            let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
            let names = parents.split('/').filter(|name| !name.is_empty());
            let parent = names.fold(ROOT, |at, name| fs.child(at, name).unwrap_or(ROOT));
            fs.nodes.push(Node { parent, name, what });
        }
        fs
    }

    fn child(&self, directory: u16, name: &str) -> Option<u16> {
        let is_it = |&at: &u16| {
            let node = self.node(at);
            at != ROOT && node.parent == directory && node.name == name
        };
        (0..self.nodes.len() as u16).find(is_it)
    }

    fn node(&self, at: u16) -> &Node<M> {
        &self.nodes[usize::from(at)]
    }

    fn context(&self) -> Context<'_, M> {
        Context {
            machine: &self.machine,
            started: self.started,
            started_at: self.started_at,
            boot: &self.boot,
            mounts: &self.mounts,
        }
    }

    fn children(&self, directory: u16) -> impl Iterator<Item = (u16, &Node<M>)> {
        let nodes = (0..).zip(&self.nodes).skip(1);
        nodes.filter(move |(_, node)| node.parent == directory)
    }

    fn device(&self, file: &SpecialNode) -> Result<Device> {
        match self.node(file.at).what {
            What::Device(device, _) => Ok(device),
            _ => Err(Errno::Invalid),
        }
    }
}

fn named(at: u16) -> SpecialNode {
    SpecialNode { at, text: None }
}

impl<M: Machine> Filesystem for SpecialFs<M> {
    type Node = SpecialNode;

    fn root(&self) -> SpecialNode {
        named(ROOT)
    }

    fn kind(&self, file: &SpecialNode) -> Kind {
        match self.node(file.at).what {
            What::Directory => Kind::Directory,
            What::Link(_) => Kind::SymbolicLink,
            What::Text(_) => Kind::Regular,
            What::Device(..) => Kind::CharacterDevice,
        }
    }

    fn is_read_only(&self, file: &SpecialNode) -> bool {
        !matches!(self.node(file.at).what, What::Device(..))
    }

    fn lookup(&mut self, directory: &SpecialNode, name: &str) -> Result<SpecialNode> {
        let child = self.child(directory.at, name);
        child.map(named).ok_or(Errno::NoEntry)
    }

    fn parent(&mut self, directory: &SpecialNode) -> Result<SpecialNode> {
        Ok(named(self.node(directory.at).parent))
    }

    fn read_link(&mut self, link: &SpecialNode) -> Result<String> {
        match self.node(link.at).what {
            What::Link(target) => Ok(target(&self.context())),
            _ => Err(Errno::Invalid),
        }
    }

    fn identity(&mut self, file: &SpecialNode) -> Result<(u64, u64)> {
        Ok((self.device, u64::from(file.at) + 1))
    }

    fn stat(&mut self, file: &SpecialNode) -> Result<Stat> {
        let (mode, device_number) = match self.node(file.at).what {
            What::Directory => (0o555, 0),
            What::Link(_) => (0o777, 0),
            What::Text(_) => (0o444, 0),
            What::Device(_, number) => (0o666, number),
        };
        let is_directory = |(_, node): &(u16, &Node<M>)| matches!(node.what, What::Directory);
        let links = match self.kind(file) {
            Kind::Directory => 2 + self.children(file.at).filter(is_directory).count() as u64,
            _ => 1,
        };
        Ok(Stat {
            device: self.device,
            inode: u64::from(file.at) + 1,
            kind: self.kind(file),
            mode,
            links,
            user: 0,
            group: 0,
            device_number,
            // As on Linux: nobody knows before it is read.
            size: 0,
            blocks: 0,
            block_size: 4096,
            times: Times {
                accessed: self.started,
                modified: self.started,
                changed: self.started,
            },
        })
    }

    /// Only devices can be asked: theirs stay as they are.
    fn set_attributes(&mut self, _: &SpecialNode, _: &Attributes, _: Time) -> Result<()> {
        Ok(())
    }

    fn create(&mut self, _: &SpecialNode, _: &str, _: &New<'_>) -> Result<SpecialNode> {
        Err(Errno::ReadOnly)
    }

    fn link(&mut self, _: &SpecialNode, _: &SpecialNode, _: &str) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn remove(&mut self, _: &Entry<'_, SpecialNode>) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn rename(&mut self, _: &Entry<'_, SpecialNode>, _: &Vacancy<'_, SpecialNode>) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn open(&mut self, file: &SpecialNode, access: Access) -> Result<SpecialNode> {
        if access.path_only {
            return Ok(named(file.at));
        }
        if self.boot.is_empty() {
            self.boot = self.machine.random(16);
        }
        let text = match self.node(file.at).what {
            What::Text(text) => Some(text(&self.context()).into()),
            What::Device(Device::Terminal, _) if !self.machine.is_terminal(Stream::Input) => {
                return Err(Errno::NoDeviceOrAddress);
            }
            _ => None,
        };
        Ok(SpecialNode { at: file.at, text })
    }

    fn close(&mut self, _: SpecialNode) {}

    fn read(&mut self, file: &SpecialNode, offset: u64, length: u32) -> Result<Vec<u8>> {
        if let Some(text) = &file.text {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(text.len());
            let end = start.saturating_add(length as usize).min(text.len());
            return Ok(text.as_bytes()[start..end].to_owned());
        }
        let length = length.min(PIECE);
        match self.device(file)? {
            Device::Null => Ok(Vec::new()),
            Device::Zero | Device::Full => Ok(vec![0; length as usize]),
            Device::Random => Ok(self.machine.random(length)),
            Device::Standard(Stream::Input) | Device::Terminal => self.machine.read(length),
            Device::Standard(Stream::Output | Stream::Error) => Err(Errno::BadDescriptor),
        }
    }

    fn write(&mut self, file: &SpecialNode, _: u64, data: Cow<'_, [u8]>) -> Result<usize> {
        match self.device(file)? {
            // What is written to random(4) could be mixed in: there is nothing to mix it into.
            Device::Null | Device::Zero | Device::Random => Ok(data.len()),
            Device::Full => Err(Errno::NoSpace),
            Device::Terminal => self.machine.write(Stream::Output, &data),
            Device::Standard(Stream::Input) => Err(Errno::BadDescriptor),
            Device::Standard(stream) => self.machine.write(stream, &data),
        }
    }

    fn size(&mut self, _: &SpecialNode) -> Result<u64> {
        Ok(0)
    }

    fn set_size(&mut self, _: &SpecialNode, _: u64) -> Result<()> {
        Err(Errno::Invalid)
    }

    fn sync(&mut self, file: &SpecialNode, _: bool) -> Result<()> {
        // fsync(2): "fd is bound to a special file which does not support synchronization".
        match self.device(file) {
            Ok(_) => Err(Errno::Invalid),
            Err(_) => Ok(()),
        }
    }

    fn read_directory(
        &mut self,
        directory: &SpecialNode,
        cookie: u64,
        _until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        let entries = self
            .children(directory.at)
            .map(|(at, node)| DirectoryEntry {
                name: node.name.into(),
                inode: u64::from(at) + 1,
                kind: self.kind(&named(at)),
                next: u64::from(at),
            });
        let behind = entries.filter(|entry| entry.next > cookie);
        Ok(behind.take(count as usize).collect())
    }

    fn filesystem_stat(&mut self, _: &SpecialNode) -> Result<FilesystemStat> {
        Ok(FilesystemStat {
            block_size: 4096,
            blocks: 0,
            blocks_free: 0,
            files: 0,
            files_free: 0,
            id: self.device,
            name_max: NAME_MAX as u32,
            read_only: true,
        })
    }

    fn ready(&mut self, file: &SpecialNode) -> Readiness {
        match self.device(file) {
            Ok(Device::Standard(stream)) => self.machine.ready(stream),
            Ok(Device::Terminal) => {
                self.machine.ready(Stream::Input) | self.machine.ready(Stream::Output)
            }
            _ => Readiness::READABLE | Readiness::WRITABLE,
        }
    }

    fn wait_token(&mut self, file: &SpecialNode, interest: Readiness) -> Option<u64> {
        match self.device(file) {
            Ok(Device::Standard(stream)) => self.machine.wait_token(stream),
            Ok(Device::Terminal) if interest.contains(Readiness::READABLE) => {
                self.machine.wait_token(Stream::Input)
            }
            Ok(Device::Terminal) => self.machine.wait_token(Stream::Output),
            _ => None,
        }
    }
}
