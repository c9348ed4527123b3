//! `boxer:volume`: a filesystem in one file of the host that survives a crash at any moment.
//!
//! | file | what |
//! | --- | --- |
//! | `storage.rs` | what it lies in, passed in |
//! | `superblock.rs` | where the log begins |
//! | `checksum.rs` | what tells whether bytes are those that were written |
//! | `log.rs` | batches of records that hold wholly or not at all |
//! | `record.rs` | what the batches say |
//! | `blocks.rs` | which blocks are in use |
//! | `disk.rs` | blocks with a cache |
//! | `content.rs` | which block each page of a file is in |
//! | `fresh.rs` | which bytes the log does not know yet |
//! | `load.rs` | from log to tree; checking |
//! | `commit.rs` | when and how changes are written |
//! | `tree.rs` | the [`Filesystem`](crate::Filesystem) |
//!
//! # Why it is consistent
//!
//! Names and attributes are in memory, those of an [`Overlay`](crate::Overlay) over nothing;
//! contents are in blocks of 4,096 bytes. A commit writes one batch of records that says what
//! has changed since the batch before: it begins and ends between two calls, so any number of
//! whole batches is a state that the filesystem was in. A few changed bytes are in the batch
//! themselves, and their page is written when many have come together or a new log is begun;
//! where much of a file has changed, its pages are written first, to blocks that are free, and
//! the batch says where they are.
//!
//! - A block that something durable may refer to is never written again: what a commit
//!   replaces is *pinned* until a sync of the storage has made the commit durable.
//! - A batch counts when its last frame is there and right. Should a crash have kept the batch
//!   and lost its pages, the pages' checksums tell: when the volume is opened, the longest run
//!   of batches counts whose files are all there. The state that was durable last always is.
//! - When the log has become long, a new one is begun with one batch that says all there is;
//!   only after that is durable does the superblock lead there, and only after that is
//!   durable are the old log's blocks used again.
//!
//! So fsync(2) is: one batch, before it the pages of what was written in bulk, one sync.
//!
//! Between syncs changes are written to the host as they come, without waiting, so that they
//! outlive the box also where a program never asks for a sync; see [`WriteBack`].

mod blocks;
mod checksum;
mod commit;
mod content;
mod disk;
mod fresh;
mod load;
mod log;
mod record;
mod storage;
mod superblock;
mod tree;

pub use commit::{Thresholds, WriteBack};
pub use load::{Report, check};
pub use storage::Storage;
pub use tree::Volume;
