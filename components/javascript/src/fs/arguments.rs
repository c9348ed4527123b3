//! Arguments that many functions share.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsString, JsValue};

use crate::builtins::{bytes, text};
use crate::errors;
use crate::modules::path_of_url;
use crate::native::{self, argument};

/// A path: a string, a buffer, or a `file:` URL object.
///
/// # Errors
/// `ERR_INVALID_ARG_TYPE` and `ERR_INVALID_ARG_VALUE`.
pub fn path(args: &[JsValue], index: usize, name: &str, context: &mut Context) -> JsResult<String> {
    let given = argument(args, index);
    let path = if let Some(string) = given.as_string() {
        native::lossy(&string)
    } else if let Some(view) = bytes::view(&given, context)? {
        String::from_utf8_lossy(&view.to_vec()).into_owned()
    } else if let Some(href) = href(&given, context)? {
        match path_of_url(&href) {
            Some((path, _)) => path,
            None => {
                let message = "The URL must be of scheme file".to_owned();
                return Err(errors::type_error(
                    "ERR_INVALID_URL_SCHEME",
                    message,
                    context,
                ));
            }
        }
    } else {
        let expected = "of type string or an instance of Buffer or URL";
        return Err(errors::invalid_argument_type(
            name, expected, &given, context,
        ));
    };
    if path.contains('\0') {
        let reason = "must be a string, Uint8Array, or URL without null bytes";
        return Err(errors::invalid_argument_value(
            name, reason, &given, context,
        ));
    }
    Ok(path)
}

fn href(value: &JsValue, context: &mut Context) -> JsResult<Option<String>> {
    let Some(object) = value.as_object() else {
        return Ok(None);
    };
    let href = native::get(&object, "href", context)?;
    let protocol = native::get(&object, "protocol", context)?;
    Ok(href
        .as_string()
        .filter(|_| protocol.is_string())
        .map(|href| native::lossy(&href)))
}

/// `pathOf(value, name)` for the JavaScript half.
pub fn js_path(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = argument(args, 1)
        .as_string()
        .map(|name| native::lossy(&name));
    let path = path(args, 0, name.as_deref().unwrap_or("path"), context)?;
    Ok(native::text(&path))
}

/// An options object; a string in its place is the encoding.
#[derive(Debug, Default)]
pub struct Given {
    object: Option<JsObject>,
    encoding: Option<JsString>,
}

impl Given {
    /// The options at `index`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_TYPE`.
    pub fn at(args: &[JsValue], index: usize, context: &mut Context) -> JsResult<Self> {
        let given = argument(args, index);
        if given.is_null_or_undefined() || given.is_callable() {
            return Ok(Self::default());
        }
        if let Some(encoding) = given.as_string() {
            return Ok(Self {
                object: None,
                encoding: Some(encoding),
            });
        }
        match given.as_object() {
            Some(object) => Ok(Self {
                object: Some(object),
                encoding: None,
            }),
            None => {
                let expected = "of type string or an instance of Object";
                Err(errors::invalid_argument_type(
                    "options", expected, &given, context,
                ))
            }
        }
    }

    /// The value of an option, undefined where it is not given.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn option(&self, name: &str, context: &mut Context) -> JsResult<JsValue> {
        match &self.object {
            Some(object) => native::get(object, name, context),
            None => Ok(JsValue::undefined()),
        }
    }

    /// Whether an option is truthy.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn flag(&self, name: &str, context: &mut Context) -> JsResult<bool> {
        Ok(self.option(name, context)?.to_boolean())
    }

    /// The encoding; `None` where it is not given or `buffer`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for one that there is not.
    pub fn encoding(&self, context: &mut Context) -> JsResult<Option<String>> {
        let given = match &self.encoding {
            Some(encoding) => JsValue::from(encoding.clone()),
            None => self.option("encoding", context)?,
        };
        if given.is_null_or_undefined() {
            return Ok(None);
        }
        let name = given
            .as_string()
            .map(|name| native::lossy(&name))
            .unwrap_or_default();
        if name == "buffer" {
            return Ok(None);
        }
        match text::Encoding::named(&name) {
            Some(_) => Ok(Some(name)),
            None => {
                let reason = "is invalid encoding";
                Err(errors::invalid_argument_value(
                    "encoding", reason, &given, context,
                ))
            }
        }
    }
}

/// The bytes to write: a string in an encoding, or a view.
///
/// # Errors
/// `ERR_INVALID_ARG_TYPE`.
pub fn data(
    value: &JsValue,
    encoding: Option<&str>,
    name: &str,
    context: &mut Context,
) -> JsResult<Vec<u8>> {
    if let Some(string) = value.as_string() {
        return Ok(text::encode(&string, encoding.unwrap_or("utf8")).unwrap_or_default());
    }
    if let Some(view) = bytes::view(value, context)? {
        return Ok(view.to_vec());
    }
    let expected = "of type string or an instance of Buffer, TypedArray, or DataView";
    Err(errors::invalid_argument_type(
        name, expected, value, context,
    ))
}
