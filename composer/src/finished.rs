//! Reading a box back from its bytes.

use std::collections::HashMap;
use std::ops::Range;

use boxfile_spec::Digest;
use bytes::Bytes;
use miette::Diagnostic;
use registry_index::{ComponentError, Extern, Interfaces, digest_of, proposals};
use thiserror::Error;
use vfs_image::ReadError;
use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::bake::Baked;
use crate::description::{Description, FORMAT, Form, Module, Role};
use crate::link::data::{IMAGE_START, LARGEST_IMAGE};
use crate::link::{BOX, LOCK, MANIFEST, text_of};

/// A box that was built before, here or elsewhere.
#[derive(Debug, Clone)]
pub struct FinishedBox {
    bytes: Bytes,
    description: Description,
    manifest: String,
    lock: String,
    /// The nested components, as places in the bytes. A fused box has none.
    components: HashMap<Digest, Range<usize>>,
    /// The core modules beside them.
    modules: Vec<Range<usize>>,
}

/// Any component, as `box inspect` sees it.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Of the file, in bytes.
    pub size: u64,
    /// What names the bytes.
    pub digest: Digest,
    /// What the bytes import.
    pub imports: Vec<Extern>,
    /// What the bytes export.
    pub exports: Vec<Extern>,
    /// The proposals of WebAssembly that its host has to have, see [`proposals`].
    pub needs: Vec<&'static str>,
    /// What it says of itself, where it is a box.
    pub finished: Option<FinishedBox>,
}

/// Why a file cannot be read as a box.
#[derive(Debug, Error, Diagnostic)]
pub enum OpenError {
    /// Not even a component.
    #[error("this is not a box: {0}")]
    #[diagnostic(
        code(finished::component),
        help("name a `.wasm` file that `box build` wrote")
    )]
    Component(#[from] ComponentError),
    /// A component that `box` did not write.
    #[error("this component is not a box: it has no section `{section}`")]
    #[diagnostic(
        code(finished::not_a_box),
        help(
            "name a `.wasm` file that `box build` wrote; to make a box of this one, name it with `component` in the [app] of a Boxfile"
        )
    )]
    NotABox {
        /// What is missing.
        section: &'static str,
    },
    /// A section that cannot be read.
    #[error("the section `{section}` of this box cannot be read: {reason}")]
    #[diagnostic(code(finished::damaged), help("build the box again"))]
    Damaged {
        /// Which.
        section: &'static str,
        /// Why.
        reason: String,
    },
    /// A box of a newer `box`.
    #[error("this box was written in format {found}, and this `box` reads format {FORMAT}")]
    #[diagnostic(code(finished::newer), help("use a newer `box`"))]
    Newer {
        /// Its format.
        found: u64,
    },
    /// A part that the box speaks of and does not have.
    #[error("this box lacks the bytes of its part `{part}`")]
    #[diagnostic(code(finished::incomplete), help("build the box again"))]
    Incomplete {
        /// Which part.
        part: String,
    },
}

/// Reads what a component says of itself, box or not.
///
/// # Errors
///
/// Where the bytes are no component.
pub fn inspect(bytes: impl Into<Bytes>) -> Result<Inspection, ComponentError> {
    let bytes = bytes.into();
    let interfaces = Interfaces::read(&bytes)?;
    Ok(Inspection {
        size: bytes.len() as u64,
        digest: digest_of(&bytes),
        imports: interfaces.imports,
        exports: interfaces.exports,
        // Of what no host can run, there is nothing to say.
        needs: proposals(&bytes).unwrap_or_default(),
        finished: FinishedBox::open(bytes).ok(),
    })
}

impl FinishedBox {
    /// Reads a box.
    ///
    /// # Errors
    ///
    /// [`OpenError`], telling a damaged box from what never was one.
    pub fn open(bytes: impl Into<Bytes>) -> Result<Self, OpenError> {
        let bytes = bytes.into();
        let Sections {
            texts,
            components,
            modules,
        } = Sections::read(&bytes)?;
        let text = |section: &'static str| {
            let text = texts.get(section).ok_or(OpenError::NotABox { section })?;
            text_of(text).map_err(|reason| OpenError::Damaged { section, reason })
        };
        let (description, manifest, lock) = (text(BOX)?, text(MANIFEST)?, text(LOCK)?);
        let description = read_description(&description)?;
        let components: HashMap<Digest, Range<usize>> = components
            .into_iter()
            .map(|range| (digest_of(&bytes[range.clone()]), range))
            .collect();
        let missing = |module: &&Module| !components.contains_key(&module.digest);
        if description.form == Form::Linked
            && let Some(module) = description.modules.iter().find(missing)
        {
            return Err(OpenError::Incomplete {
                part: module.id.clone(),
            });
        }
        Ok(Self {
            bytes,
            description,
            manifest,
            lock,
            components,
            modules,
        })
    }

    /// The whole box.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What it is made of.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The text of its Boxfile.
    #[must_use]
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The text of its lock.
    #[must_use]
    pub fn lock(&self) -> &str {
        &self.lock
    }

    /// The bytes of a part, by their digest. The parts of a fused box have become one.
    #[must_use]
    pub fn component(&self, digest: &Digest) -> Option<Bytes> {
        self.components
            .get(digest)
            .map(|range| self.bytes.slice(range.clone()))
    }

    /// What is baked in; `None` where nothing in a fused box reads it, so that it was
    /// left out.
    ///
    /// # Errors
    ///
    /// [`OpenError::Damaged`] where the image does not hold together.
    pub fn baked(&self) -> Result<Option<Baked>, OpenError> {
        let Some(module) = self.image() else {
            return Ok(Some(Baked::default()));
        };
        let image = match self.component(&module.digest) {
            Some(component) => Some(image_of(&component)?),
            None => self.fused_image()?,
        };
        image.map(baked_from).transpose()
    }

    /// The part that holds the image, if the box has one.
    pub(crate) fn image(&self) -> Option<&Module> {
        let modules = &self.description.modules;
        modules.iter().find(|module| module.role == Role::Image)
    }

    /// The image in a fused box. The module that held it may have become a part of
    /// another, and its bytes several segments.
    fn fused_image(&self) -> Result<Option<Vec<u8>>, OpenError> {
        for module in &self.modules {
            let segments = segments(&self.bytes[module.clone()])?;
            let mut memories: Vec<u32> = segments.iter().map(|segment| segment.memory).collect();
            memories.dedup();
            for memory in memories {
                let header = window(&segments, memory, vfs_image::HEADER_SIZE);
                let Some(size) = vfs_image::size(&header) else {
                    continue;
                };
                let size = usize::try_from(size.min(LARGEST_IMAGE)).unwrap_or(usize::MAX);
                return Ok(Some(window(&segments, memory, size)));
            }
        }
        Ok(None)
    }
}

/// What a core module puts into one of its memories when it starts.
struct Segment<'a> {
    memory: u32,
    at: usize,
    data: &'a [u8],
}

fn segments(module: &[u8]) -> Result<Vec<Segment<'_>>, OpenError> {
    let mut segments = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(section) = payload.map_err(ComponentError::from)? else {
            continue;
        };
        for data in section {
            let data = data.map_err(ComponentError::from)?;
            if let DataKind::Active {
                memory_index: memory,
                offset_expr,
            } = data.kind
                && let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read()
            {
                segments.push(Segment {
                    memory,
                    at: value.cast_unsigned() as usize,
                    data: data.data,
                });
            }
        }
    }
    Ok(segments)
}

/// So many bytes of a memory from where an image begins, as it starts.
fn window(segments: &[Segment<'_>], memory: u32, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for segment in segments.iter().filter(|segment| segment.memory == memory) {
        let skipped = IMAGE_START.saturating_sub(segment.at);
        let to = segment.at.saturating_sub(IMAGE_START);
        if let (Some(from), Some(to)) = (segment.data.get(skipped..), bytes.get_mut(to..)) {
            let length = from.len().min(to.len());
            to[..length].copy_from_slice(&from[..length]);
        }
    }
    bytes
}

/// What the part of a box holds that has its image.
pub(crate) fn baked_by(component: &[u8]) -> Result<Baked, OpenError> {
    baked_from(image_of(component)?)
}

fn baked_from(image: Vec<u8>) -> Result<Baked, OpenError> {
    let damaged = |error: ReadError| OpenError::Damaged {
        section: "image",
        reason: error.to_string(),
    };
    Baked::read(image).map_err(damaged)
}

fn read_description(text: &str) -> Result<Description, OpenError> {
    let damaged = |error: serde_json::Error| OpenError::Damaged {
        section: BOX,
        reason: error.to_string(),
    };
    let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
    // A later format may lack what this one needs: its number is looked at first.
    match value["format"].as_u64() {
        Some(found) if found > u64::from(FORMAT) => Err(OpenError::Newer { found }),
        _ => serde_json::from_value(value).map_err(damaged),
    }
}

/// What the outermost component holds.
struct Sections<'a> {
    texts: HashMap<&'a str, &'a [u8]>,
    components: Vec<Range<usize>>,
    modules: Vec<Range<usize>>,
}

impl<'a> Sections<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, OpenError> {
        if !registry_index::is_component(bytes)? {
            return Err(ComponentError::CoreModule.into());
        }
        let mut sections = Self {
            texts: HashMap::new(),
            components: Vec::new(),
            modules: Vec::new(),
        };
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(ComponentError::from)? {
                Payload::ModuleSection {
                    unchecked_range, ..
                } => {
                    if depth == 0 {
                        sections.modules.push(to_usize(&unchecked_range));
                    }
                    depth += 1;
                }
                Payload::ComponentSection {
                    unchecked_range, ..
                } => {
                    if depth == 0 {
                        sections.components.push(to_usize(&unchecked_range));
                    }
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) if depth == 0 => {
                    sections.texts.insert(section.name(), section.data());
                }
                _ => {}
            }
        }
        Ok(sections)
    }
}

fn to_usize(range: &Range<u64>) -> Range<usize> {
    // What was read from memory has offsets that fit it.
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    at(range.start)..at(range.end)
}

/// The data of an image component: the one segment of its module.
fn image_of(component: &[u8]) -> Result<Vec<u8>, OpenError> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::DataSection(section) = payload.map_err(ComponentError::from)? {
            for data in section {
                let data = data.map_err(ComponentError::from)?;
                if matches!(data.kind, DataKind::Active { .. }) {
                    return Ok(data.data.to_vec());
                }
            }
        }
    }
    Ok(Vec::new())
}
