//! What every filesystem imports: the clock, its settings, and the image of baked files.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use vfs_component::{Clock, Errno, Limits, MemFs, Result, Time};
use vfs_image::{Image, Source};

use crate::bindings::boxer::kernel::{clock, config, image};

/// `boxer:kernel/clock`.
#[derive(Debug, Clone, Copy)]
pub struct KernelClock;

impl Clock for KernelClock {
    fn now(&self) -> Time {
        let now = clock::wall_now();
        Time {
            seconds: now.seconds,
            nanoseconds: now.nanoseconds,
        }
    }
}

/// `boxer:kernel/image`.
#[derive(Debug, Clone, Copy)]
pub struct BakedImage;

impl Source for BakedImage {
    fn size(&self) -> u64 {
        image::size()
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        Cow::Owned(image::read(offset, length))
    }
}

/// Memory over the baked files, of which little more than the header is read now.
///
/// # Errors
/// `io` where the image is damaged.
pub fn baked_files() -> Result<MemFs<BakedImage>> {
    if BakedImage.size() == 0 {
        return Ok(MemFs::new());
    }
    let image = Image::open(BakedImage).map_err(|_| Errno::Io)?;
    MemFs::over(image)
}

/// `boxer:kernel/config`: what the Boxfile says of this module.
#[derive(Debug, Clone)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// All of them, in the order of the Boxfile.
    #[must_use]
    pub fn read() -> Self {
        Self(config::entries())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.0.iter();
        entries.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of one of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// How much the box may hold, see [`Limits::from_settings`].
    ///
    /// # Errors
    /// `invalid` for a value that is no number.
    pub fn limits(&self) -> Result<Limits> {
        Limits::from_settings(self.iter())
    }
}
