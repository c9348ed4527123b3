//! Contents: where they lie, and their digests.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// The content of a file in a layer: a range of the layer's tar or of a temporary file, or
/// bytes in memory. To clone it copies nothing.
#[derive(Clone)]
pub struct Content {
    place: Place,
    size: u64,
    digest: [u8; 32],
}

#[derive(Clone)]
enum Place {
    Memory(Arc<[u8]>),
    File(Shared, u64),
    /// A file of the host, which is open only while it is read.
    Host(Arc<Path>),
}

/// A file that several readers share.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<File>>);

impl Content {
    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its SHA-256.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Reads it from the beginning.
    #[must_use]
    pub fn reader(&self) -> impl Read + use<> {
        Reader {
            content: self.clone(),
            at: 0,
            open: None,
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// Where the file that it lies in can't be read, or has become shorter.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes)?;
        if bytes.len() as u64 == self.size {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// What a file of the host has now. It is read again when it is used, and must not change
    /// until then.
    ///
    /// # Errors
    /// Those of `open(2)` and `read(2)`.
    pub fn of_host(path: &Path) -> io::Result<Self> {
        let (digest, size) = hash(&mut File::open(path)?)?;
        Ok(Self {
            place: Place::Host(path.into()),
            size,
            digest,
        })
    }

    /// For an image, which has what is the same once.
    pub(crate) fn for_image<'a>(&self) -> vfs_image::Content<'a> {
        let content = self.clone();
        let open = move || -> io::Result<Box<dyn Read>> { Ok(Box::new(content.reader())) };
        vfs_image::Content::reader(self.size, open).with_key(self.digest)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            size: bytes.len() as u64,
            digest: Sha256::digest(&bytes).into(),
            place: Place::Memory(bytes.into()),
        }
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        (self.size, self.digest) == (other.size, other.digest)
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.size)
    }
}

struct Reader {
    content: Content,
    at: u64,
    open: Option<File>,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.content.size.saturating_sub(self.at);
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let buffer = &mut buffer[..most];
        let read = match &self.content.place {
            Place::Memory(bytes) => {
                buffer.copy_from_slice(&bytes[self.at as usize..][..most]);
                most
            }
            Place::File(file, start) => file.read_at(start + self.at, buffer)?,
            Place::Host(path) => {
                let open = match &mut self.open {
                    Some(open) => open,
                    empty => empty.insert(File::open(path)?),
                };
                open.read(buffer)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Shared {
    pub fn new(file: File) -> Self {
        Self(Arc::new(Mutex::new(file)))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Every use begins with a seek, so one that was cut short leaves nothing wrong.
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }

    /// Reads from the beginning, wherever others read.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            file: self.clone(),
            at: 0,
        }
    }

    /// What lies there, if all of it does.
    pub fn content(&self, offset: u64, size: u64) -> io::Result<Content> {
        let mut content = Content {
            place: Place::File(self.clone(), offset),
            size,
            digest: [0; 32],
        };
        let (digest, read) = hash(&mut content.reader())?;
        if read != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        content.digest = digest;
        Ok(content)
    }
}

/// A position in a shared file.
pub(crate) struct Cursor {
    file: Shared,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.at, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn hash(reader: &mut impl Read) -> io::Result<([u8; 32], u64)> {
    let mut hasher = Sha256::new();
    let read = io::copy(reader, &mut hasher)?;
    Ok((hasher.finalize().into(), read))
}

/// Takes contents that lie nowhere yet: small ones into memory, large ones into a temporary
/// file.
#[derive(Debug, Default)]
pub(crate) struct Spool(Option<(Shared, u64)>);

impl Spool {
    /// What stays in memory, in bytes.
    const SMALL: u64 = 4096;

    /// All that a reader gives.
    pub fn take(&mut self, reader: &mut impl Read) -> io::Result<Content> {
        let mut start = Vec::new();
        reader.by_ref().take(Self::SMALL).read_to_end(&mut start)?;
        if (start.len() as u64) < Self::SMALL {
            return Ok(start.into());
        }
        let (shared, end) = match &mut self.0 {
            Some(spool) => spool,
            empty => empty.insert((Shared::new(tempfile::tempfile()?), 0)),
        };
        let offset = *end;
        let mut hasher = Sha256::new();
        {
            let mut file = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(offset))?;
            let mut buffer = vec![0; 256 << 10];
            let mut piece: &[u8] = &start;
            loop {
                hasher.update(piece);
                file.write_all(piece)?;
                *end += piece.len() as u64;
                match reader.read(&mut buffer)? {
                    0 => break,
                    read => piece = &buffer[..read],
                }
            }
        }
        Ok(Content {
            place: Place::File(shared.clone(), offset),
            size: *end - offset,
            digest: hasher.finalize().into(),
        })
    }
}
