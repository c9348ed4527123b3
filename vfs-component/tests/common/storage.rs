//! A storage that remembers every write, and what a crash may have left of it; and one that
//! is a file of Linux.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::rc::Rc;

use vfs_component::volume::Storage;
use vfs_component::{Errno, Result};

/// A disk writes that many bytes or none of them.
const SECTOR: usize = 512;

/// What happened to a storage.
#[derive(Debug, Clone)]
enum Event {
    Write(u64, Vec<u8>),
    Sync,
}

/// A storage in memory whose clones are the same storage.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    start: Vec<u8>,
    bytes: Vec<u8>,
    events: Vec<Event>,
    /// How many more writes and syncs succeed.
    failing_after: Option<usize>,
}

impl Recorder {
    /// With something in it.
    pub fn with(bytes: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(State {
            start: bytes.clone(),
            bytes,
            ..State::default()
        })))
    }

    /// How many writes and syncs there were.
    pub fn events(&self) -> usize {
        self.0.borrow().events.len()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.borrow().bytes.clone()
    }

    /// Lets all writes and syncs fail after so many more.
    pub fn fail_after(&self, more: Option<usize>) {
        self.0.borrow_mut().failing_after = more;
    }

    /// What may be left by a crash after `events` of the events: all that was synced, and of
    /// the writes since then whatever `chance` says: all sectors, some, or none.
    pub fn crashed(&self, events: usize, chance: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
        let state = self.0.borrow();
        let events = &state.events[..events];
        let is_sync = |event: &Event| matches!(event, Event::Sync);
        let durable = events.iter().rposition(is_sync).unwrap_or(0);
        let mut bytes = state.start.clone();
        for (at, event) in events.iter().enumerate() {
            let Event::Write(offset, data) = event else {
                continue;
            };
            // 0: all, 1: none, 2: some sectors, 3: the beginning, 4: the beginning with
            // anything in the sector that was being written, also in what it had before.
            let fate = if at < durable { 0 } else { chance(5) };
            match fate {
                0 => put(&mut bytes, *offset, data),
                1 => {}
                2 => {
                    for (sector, piece) in sectors(*offset, data) {
                        if chance(2) == 0 {
                            put(&mut bytes, sector, piece);
                        }
                    }
                }
                3 => {
                    let kept = chance(data.len() / SECTOR + 1);
                    for (sector, piece) in sectors(*offset, data).take(kept) {
                        put(&mut bytes, sector, piece);
                    }
                }
                _ => {
                    let kept = chance(data.len());
                    put(&mut bytes, *offset, &data[..kept]);
                    let sector = (*offset as usize + kept) / SECTOR * SECTOR;
                    let garbage: Vec<u8> = (0..SECTOR).map(|_| chance(256) as u8).collect();
                    put(&mut bytes, sector as u64, &garbage);
                }
            }
        }
        bytes
    }

    /// What is left when the process is killed after `events`: the host keeps all of it.
    pub fn killed(&self, events: usize) -> Vec<u8> {
        self.crashed(events, &mut |_| 0)
    }

    fn event(&self, event: Event) -> Result<()> {
        let mut state = self.0.borrow_mut();
        match &mut state.failing_after {
            Some(0) => return Err(Errno::Io),
            Some(more) => *more -= 1,
            None => {}
        }
        if let Event::Write(offset, data) = &event {
            put(&mut state.bytes, *offset, data);
        }
        state.events.push(event);
        Ok(())
    }
}

/// The sectors of a write, from their place in the storage.
fn sectors(offset: u64, data: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let first = (SECTOR - offset as usize % SECTOR).min(data.len());
    let (head, rest) = data.split_at(first);
    let starts = (0..).map(move |at| offset + (first + at * SECTOR) as u64);
    std::iter::once((offset, head)).chain(starts.zip(rest.chunks(SECTOR)))
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(data);
}

impl Storage for Recorder {
    fn size(&self) -> Result<u64> {
        Ok(self.0.borrow().bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let state = self.0.borrow();
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(state.bytes.len());
        let end = start.saturating_add(length as usize).min(state.bytes.len());
        Ok(state.bytes[start..end].to_vec())
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.event(Event::Write(offset, data.to_vec()))
    }

    fn sync(&self) -> Result<()> {
        self.event(Event::Sync)
    }
}

/// A file of Linux.
#[derive(Debug)]
pub struct FileStorage(File);

impl FileStorage {
    /// Makes the file where there is none.
    pub fn open(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Self(options.open(path).expect("a file to keep a volume in"))
    }
}

impl Storage for FileStorage {
    fn size(&self) -> Result<u64> {
        let metadata = self.0.metadata().map_err(|_| Errno::Io)?;
        Ok(metadata.len())
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let (mut bytes, mut read) = (vec![0; length as usize], 0);
        while read < bytes.len() {
            let rest = &mut bytes[read..];
            match self.0.read_at(rest, offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(_) => return Err(Errno::Io),
            }
        }
        bytes.truncate(read);
        Ok(bytes)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.0.write_all_at(data, offset).map_err(|_| Errno::Io)
    }

    fn sync(&self) -> Result<()> {
        self.0.sync_data().map_err(|_| Errno::Io)
    }
}
