//! What every filesystem imports: the clock, and the image of baked files.

use alloc::borrow::Cow;

use vfs_component::{Clock, Errno, MemFs, Result, Time};
use vfs_image::{Image, Source};

use crate::bindings::boxer::kernel::{clock, image};

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
