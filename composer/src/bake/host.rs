//! What the host has: files as they are baked, and where they were.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use miette::SourceSpan;
use vfs_image::{Attributes, Time};
use vfs_layer::{Content, Entry, Layer, LayerError};

use super::BakeError;

/// Looks at the host and remembers at what.
pub(super) struct Host {
    sources: Vec<PathBuf>,
    skip: Vec<PathBuf>,
    modified: Time,
}

/// What the line that is being followed says.
#[derive(Clone, Copy)]
struct Asked {
    mode: Option<u32>,
    span: Option<SourceSpan>,
}

impl Asked {
    fn unreadable(self, path: &Path, source: io::Error) -> BakeError {
        BakeError::Unreadable {
            path: path.to_owned(),
            source,
            span: self.span,
        }
    }

    fn name(self, path: &Path) -> BakeError {
        BakeError::Name {
            path: path.to_owned(),
            span: self.span,
        }
    }
}

type Files = Vec<(PathBuf, String, Entry)>;

impl Host {
    pub(super) fn new(skip: &[PathBuf], modified: Time) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            sources: Vec::new(),
            skip: skip.iter().map(absolute).collect(),
            modified,
        }
    }

    /// A file, or a folder with all that is in it; a folder comes before what is in it.
    pub(super) fn files(
        &mut self,
        host: &Path,
        guest: &str,
        mode: Option<u32>,
        span: Option<Range<usize>>,
    ) -> Result<Files, BakeError> {
        let span = span.map(Into::into);
        let at = Asked { mode, span };
        // What the line names may be a link itself; links inside are kept as they are.
        let meta = fs::metadata(host).map_err(|source| at.unreadable(host, source))?;
        let mut files = Vec::new();
        self.add(host, guest, &meta, at, &mut files)?;
        Ok(files)
    }

    /// An archive.
    pub(super) fn layer(&mut self, host: &Path) -> Result<Layer, LayerError> {
        self.sources.push(host.to_owned());
        Layer::open(host)
    }

    /// Everything that was looked at, sorted.
    pub(super) fn into_sources(mut self) -> Vec<PathBuf> {
        self.sources.sort();
        self.sources.dedup();
        self.sources
    }

    fn add(
        &mut self,
        host: &Path,
        guest: &str,
        meta: &fs::Metadata,
        at: Asked,
        files: &mut Files,
    ) -> Result<(), BakeError> {
        if !self.skip.is_empty()
            && std::path::absolute(host).is_ok_and(|path| self.skip.contains(&path))
        {
            return Ok(());
        }
        self.sources.push(host.to_owned());
        let entry = if meta.is_dir() {
            Entry::Directory {
                attributes: Some(self.attributes(0o755)),
                opaque: false,
            }
        } else if meta.is_symlink() {
            let target = fs::read_link(host).map_err(|source| at.unreadable(host, source))?;
            let target = target.into_os_string().into_string();
            Entry::SymbolicLink {
                attributes: self.attributes(0o777),
                target: target.map_err(|_| at.name(host))?,
            }
        } else if meta.is_file() {
            let content = Content::of_host(host).map_err(|source| at.unreadable(host, source))?;
            Entry::Regular {
                attributes: self.attributes(at.mode.unwrap_or_else(|| file_mode(meta))),
                content,
            }
        } else {
            return Err(BakeError::Special {
                path: host.to_owned(),
                span: at.span,
            });
        };
        files.push((host.to_owned(), guest.to_owned(), entry));
        if meta.is_dir() {
            self.add_below(host, guest, at, files)?;
        }
        Ok(())
    }

    fn add_below(
        &mut self,
        host: &Path,
        guest: &str,
        at: Asked,
        files: &mut Files,
    ) -> Result<(), BakeError> {
        let entries = fs::read_dir(host).map_err(|source| at.unreadable(host, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| at.unreadable(host, source))?;
            let path = entry.path();
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| at.name(&path))?;
            let meta = entry
                .metadata()
                .map_err(|source| at.unreadable(&path, source))?;
            let below = format!("{}/{name}", guest.trim_end_matches('/'));
            self.add(&path, &below, &meta, at, files)?;
        }
        Ok(())
    }

    fn attributes(&self, mode: u32) -> Attributes {
        Attributes {
            modified: self.modified,
            ..Attributes::new(mode)
        }
    }
}

/// 0755 where its owner may execute it on the host, else 0644: the other bits
/// depend on a umask, and would make the image depend on it too.
#[cfg(unix)]
fn file_mode(meta: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if meta.permissions().mode() & 0o100 == 0 {
        0o644
    } else {
        0o755
    }
}

#[cfg(not(unix))]
fn file_mode(_meta: &fs::Metadata) -> u32 {
    0o644
}
