//! URLs, parsed by the `url` crate. Source: <https://url.spec.whatwg.org>.

use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::{Context, JsResult, JsValue};
use url::{Url, quirks};

use crate::native::{self, argument, text, to_text};

/// Functions for `js/url.js`.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("parse", 2, parse),
            ("set", 3, set),
            ("toASCII", 1, to_ascii),
            ("toUnicode", 1, to_unicode),
        ],
        context,
    );
    binding
}

/// The parts of a URL, in the order that `js/url.js` names.
fn parts(url: &Url, context: &mut Context) -> JsValue {
    let origin = quirks::origin(url);
    let parts = [
        quirks::href(url),
        origin.as_str(),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    JsArray::from_iter(parts.map(text), context).into()
}

/// `parse(input, base)`: the parts, undefined where that is no URL.
fn parse(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let input = to_text(&argument(args, 0), context)?;
    let base = argument(args, 1);
    let parsed = if base.is_undefined() {
        Url::parse(&input)
    } else {
        let base = to_text(&base, context)?;
        Url::parse(&base).and_then(|base| base.join(&input))
    };
    Ok(match parsed {
        Ok(url) => parts(&url, context),
        Err(_) => JsValue::undefined(),
    })
}

/// `set(href, part, value)`: the parts after the change, undefined where it is refused.
fn set(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let href = to_text(&argument(args, 0), context)?;
    let part = to_text(&argument(args, 1), context)?;
    let value = to_text(&argument(args, 2), context)?;
    let Ok(mut url) = Url::parse(&href) else {
        return Ok(JsValue::undefined());
    };
    let changed = match part.as_str() {
        "href" => quirks::set_href(&mut url, &value).is_ok(),
        "protocol" => quirks::set_protocol(&mut url, &value).is_ok(),
        "username" => quirks::set_username(&mut url, &value).is_ok(),
        "password" => quirks::set_password(&mut url, &value).is_ok(),
        "host" => quirks::set_host(&mut url, &value).is_ok(),
        "hostname" => quirks::set_hostname(&mut url, &value).is_ok(),
        "port" => quirks::set_port(&mut url, &value).is_ok(),
        "pathname" => {
            quirks::set_pathname(&mut url, &value);
            true
        }
        "search" => {
            quirks::set_search(&mut url, &value);
            true
        }
        _ => {
            quirks::set_hash(&mut url, &value);
            true
        }
    };
    Ok(if changed {
        parts(&url, context)
    } else {
        JsValue::undefined()
    })
}

fn to_ascii(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(&quirks::domain_to_ascii(&to_text(
        &argument(args, 0),
        context,
    )?)))
}

fn to_unicode(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(&quirks::domain_to_unicode(&to_text(
        &argument(args, 0),
        context,
    )?)))
}
