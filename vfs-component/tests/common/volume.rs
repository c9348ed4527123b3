//! What the tests of volumes share: changes by chance, and all that a volume keeps.

use std::collections::BTreeMap;

use twox_hash::XxHash64;
use vfs_component::volume::{Storage, Thresholds};
use vfs_component::{Allocation, Kind, Lookup, OpenFlags, Volume};

use super::{CREATE, READ, Tree, WRITE};

/// All that a volume keeps.
pub fn everything(tree: &mut Tree<Volume<impl Storage>>) -> BTreeMap<String, String> {
    let (mut found, mut open) = (BTreeMap::new(), vec![String::new()]);
    while let Some(directory) = open.pop() {
        for name in tree.names(&format!("/{directory}")).unwrap() {
            let path = format!("{directory}{name}");
            let stat = tree.lstat(&path).unwrap();
            let content = match stat.kind {
                Kind::Regular => format!("{:x?}", digest(&tree.read(&path).unwrap())),
                Kind::Directory => {
                    open.push(format!("{path}/"));
                    String::new()
                }
                Kind::SymbolicLink => {
                    let link = tree.vfs.read_link_at(tree.root, &path, Lookup::empty());
                    link.unwrap()
                }
                _ => String::new(),
            };
            // The size of a directory says how it came about, which is not kept.
            let size = if stat.kind == Kind::Directory {
                0
            } else {
                stat.size
            };
            let times = stat.times;
            let (modified, changed) = (times.modified, times.changed);
            found.insert(
                path,
                format!(
                    "{:?} {} {:o} {} {size} {modified:?} {changed:?} {content}",
                    stat.kind, stat.inode, stat.mode, stat.links
                ),
            );
        }
    }
    found
}

fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(bytes.len() as u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Numbers that look random and are always the same.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

/// Some calls that change something, chosen by numbers. `after` comes after each.
pub fn change<D: Storage>(
    tree: &mut Tree<Volume<D>>,
    numbers: &mut Numbers,
    after: &mut impl FnMut(&mut Tree<Volume<D>>),
) {
    let names = ["a", "b", "c", "d/a", "d/b", "d", "e/x", "e"];
    let name = names[numbers.below(names.len())];
    let other = names[numbers.below(names.len())];
    // What is not possible now is refused, which is as good.
    match numbers.below(12) {
        0 => drop(tree.mkdir(name)),
        1 => drop(tree.rename(name, other)),
        2 => drop(tree.unlink(name)),
        3 => drop(tree.link(name, other)),
        4 => drop(tree.symlink(name, other)),
        5 => drop(tree.rmdir(name)),
        _ => {
            let truncate = if numbers.below(4) == 0 {
                OpenFlags::TRUNCATE
            } else {
                OpenFlags::empty()
            };
            let Ok(file) = tree.open(name, READ | WRITE | CREATE | truncate) else {
                return;
            };
            after(tree);
            let offset = numbers.below(60_000) as u64;
            let length = numbers.below(9_000);
            let (vfs, punch) = (&mut tree.vfs, Allocation::PunchHole);
            match numbers.below(6) {
                0 => vfs.set_size(file, offset).unwrap(),
                1 => vfs
                    .allocate(file, punch, offset, length as u64 + 1)
                    .unwrap(),
                _ => {
                    let data = vec![numbers.below(255) as u8; length];
                    vfs.write_at(file, offset, data).unwrap();
                }
            }
            after(tree);
            tree.vfs.close(file);
        }
    }
    after(tree);
}

/// Thresholds that are reached all the time, so that a crash comes in the middle of what
/// happens rarely.
pub const NARROW: Thresholds = Thresholds {
    dirty_pages: 20,
    changes: 12,
    pinned_blocks: 30,
    log_bytes: 12 << 10,
};

/// Makes all checksums of a volume's superblocks and log right again, so that what was damaged
/// in them is not found by its checksum but met.
pub fn reseal(bytes: &mut [u8]) {
    const BLOCK: usize = 4096;
    const SECTOR: usize = 512;
    const HEADER: usize = 32;
    fn u32_at(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }
    fn chained(chain: u32, part: &[u8]) -> u32 {
        XxHash64::oneshot(u64::from(chain), part) as u32
    }
    let generation = |slot: usize| {
        let head = bytes.get(slot * BLOCK..slot * BLOCK + 64)?;
        let generation = u64::from_le_bytes(head[16..24].try_into().unwrap());
        head.starts_with(b"BOXVOLUM").then_some(generation)
    };
    // What the older one led to has been used for other things.
    let slot = if generation(0) > generation(1) { 0 } else { 1 };
    let Some(head) = bytes.get_mut(slot * BLOCK..slot * BLOCK + 64) else {
        return;
    };
    let checksum = chained(0, &head[..60]);
    head[60..].copy_from_slice(&checksum.to_le_bytes());
    let mut chain = chained(chained(0, b"log"), &head[16..24]);
    let mut sequence = u64::from_le_bytes(head[32..40].try_into().unwrap());
    let (mut start, mut blocks) = (u32_at(head, 24), u32_at(head, 28));
    // A ring of segments would go on for ever here as well.
    for _ in 0..100 {
        let range = start * BLOCK..(start + blocks) * BLOCK;
        let end = range.end.min(bytes.len());
        let Some(segment) = bytes.get_mut(range.start..end) else {
            break;
        };
        if segment.len() < SECTOR {
            break;
        }
        chain = chained(chain, &segment[4..HEADER]);
        segment[..4].copy_from_slice(&chain.to_le_bytes());
        let next = (u32_at(segment, 4), u32_at(segment, 8));
        let mut at = SECTOR;
        while at + HEADER <= segment.len() {
            // The next frame follows at once, or after a sync at a sector.
            let number = |at: usize| {
                let number = segment.get(at + 8..at + 16)?;
                Some(u64::from_le_bytes(number.try_into().unwrap()))
            };
            let next = Some(sequence.wrapping_add(1));
            let places = [at, at.next_multiple_of(SECTOR)];
            let Some(place) = places.into_iter().find(|&at| number(at) == next) else {
                break;
            };
            at = place;
            let all = HEADER + u32_at(segment, at + 4);
            // Behind the last frame is whatever was there before.
            if at + all > segment.len() {
                break;
            }
            sequence = sequence.wrapping_add(1);
            chain = chained(chain, &segment[at + 4..at + all]);
            segment[at..at + 4].copy_from_slice(&chain.to_le_bytes());
            at += all.next_multiple_of(8);
        }
        // The next one begins when nothing fits any more.
        if at + SECTOR <= blocks * BLOCK {
            break;
        }
        (start, blocks) = next;
    }
}
