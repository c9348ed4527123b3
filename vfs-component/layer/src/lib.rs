//! Layers of files: the tar archives that OCI images are made of, whiteouts included.
//!
//! | you have | you want | |
//! | --- | --- | --- |
//! | a tar | a layer | [`Layer::open`], [`Layer::read`] |
//! | a directory | a layer | [`Layer::of_directory`] (`box layer create`) |
//! | a layer | what is in it | [`Layer::entries`] (`box layer list`) |
//! | a layer | a tar | [`Layer::write`] |
//! | a layer | it elsewhere than at the root | [`Layer::below`] |
//! | layers | the files of a box | [`Stack::push`], then [`Stack::bake`] |
//! | two trees | what changed | [`Stack::difference`] (`box layer diff`) |
//! | a box's filesystem | what a run changed | [`Recorder`] and [`Stack::difference`] (`box run --commit`) |
//! | layers | files on the host | [`Stack::extract`] (`box layer extract`) |
//!
//! ```
//! use vfs_image::{Attributes, Image, Writer};
//! use vfs_layer::{Layer, Stack};
//!
//! let mut base = Layer::new();
//! base.file("etc/motd", Attributes::new(0o644), b"hello\n".as_slice())?;
//! base.file("etc/old", Attributes::new(0o644), b"".as_slice())?;
//! let mut upper = Layer::new();
//! upper.remove("etc/old")?;
//!
//! // A layer is a tar, and the tar is the layer.
//! let mut tar = Vec::new();
//! upper.write(&mut tar)?;
//! let upper = Layer::read(&tar[..])?;
//!
//! let mut stack = Stack::new();
//! stack.push(&base)?;
//! stack.push(&upper)?;
//! let mut writer = Writer::new();
//! stack.bake("/", &mut writer)?;
//! let image = Image::open(writer.into_bytes()?)?;
//! let etc = image.lookup(&image.root()?, "etc")?.expect("it was there");
//! assert!(image.lookup(&image.inode(etc.inode)?, "old")?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a layer means
//!
//! The OCI image specification, "Image Layer Filesystem Changeset": a file covers what has its
//! path below; a directory joins a directory and brings its attributes; an empty file
//! `.wh.NAME` takes away what is called `NAME` below, `.wh..wh..opq` all that its directory
//! has below. A path goes through symbolic links to directories, as it does where containers
//! are unpacked, but never out of the tree. Names are UTF-8.
//!
//! A tar may be compressed with gzip or zstd. Contents stay where they are, in the tar or in a
//! temporary file, until somebody reads them: a layer in memory is its names.
//!
//! # Untrusted layers
//!
//! Any bytes are a layer or an error: a path with `..` is refused, sizes are held against what
//! is there, and [`Stack::extract`] writes into a directory that it has made and follows no
//! link.

mod data;
mod difference;
mod error;
mod extract;
mod host;
mod layer;
mod read;
mod record;
mod stack;
mod tree;
mod write;

pub use data::Content;
pub use error::LayerError;
pub use extract::Extracted;
pub use layer::{Entry, Layer};
pub use record::{Recorder, Told};
pub use stack::Stack;
