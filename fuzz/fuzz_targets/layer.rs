//! Any bytes as a layer: it is read or refused, and one that is read can be written, and put
//! over another and into an image. `vfs-component/layer/tests/damage.rs` does the same by
//! chance, and extracts it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vfs_image::{Image, Writer};
use vfs_layer::{Layer, Stack};

fuzz_target!(|bytes: &[u8]| {
    let Ok(layer) = Layer::read(bytes) else { return };
    let mut tar = Vec::new();
    layer.write(&mut tar).expect("what was read");
    let again = Layer::read(&tar[..]).expect("what was written");
    let mut stack = Stack::new();
    if stack.push(&layer).is_err() || stack.push(&again).is_err() {
        return;
    }
    let mut image = Writer::new();
    stack.bake("/", &mut image).expect("paths that were checked");
    let bytes = image.into_bytes().expect("contents that are there");
    Image::open(&bytes[..]).expect("an image");
});
