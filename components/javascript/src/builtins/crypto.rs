//! Digests and random bytes for `js/crypto.js`.

use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsValue};
use sha1::Sha1;
use sha2::digest::{Digest, DynDigest};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::bytes;
use crate::native::{self, argument};
use crate::platform;

/// The functions that JavaScript sees.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("digest", 2, digest),
            ("blockLength", 1, block_length),
            ("fillRandom", 1, fill_random),
        ],
        context,
    );
    binding
}

/// A digest, and the bytes of its blocks.
fn named(name: &str) -> Option<(Box<dyn DynDigest>, usize)> {
    Some(match name {
        "md5" => (Box::new(md5::Md5::new()), 64),
        "sha1" => (Box::new(Sha1::new()), 64),
        "sha224" => (Box::new(Sha224::new()), 64),
        "sha256" => (Box::new(Sha256::new()), 64),
        "sha384" => (Box::new(Sha384::new()), 128),
        "sha512" => (Box::new(Sha512::new()), 128),
        _ => return None,
    })
}

fn required(args: &[JsValue], context: &mut Context) -> JsResult<(Box<dyn DynDigest>, usize)> {
    let name = native::to_text(&argument(args, 0), context)?;
    named(&name).ok_or_else(|| {
        JsNativeError::error()
            .with_message("Digest method not supported")
            .into()
    })
}

/// `digest(name, bytes)`: an `ArrayBuffer`.
fn digest(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let (mut digest, _) = required(args, context)?;
    if let Some(view) = bytes::view(&argument(args, 1), context)? {
        view.with(|bytes| digest.update(bytes));
    }
    Ok(bytes::array_buffer(&digest.finalize(), context)?.into())
}

/// `blockLength(name)`, in bytes.
fn block_length(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let (_, length) = required(args, context)?;
    Ok(JsValue::from(length))
}

/// `fillRandom(bytes)`.
fn fill_random(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if let Some(view) = bytes::view(&argument(args, 0), context)? {
        let random = platform::random_bytes(view.length)
            .map_err(|failure| JsNativeError::error().with_message(failure.to_string()))?;
        view.with_mut(|bytes| bytes.copy_from_slice(&random));
    }
    Ok(JsValue::undefined())
}
