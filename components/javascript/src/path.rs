//! `path`, for POSIX.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/path.html>.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsValue};

use crate::errors;
use crate::native::{self, Native, argument, field, lossy, text};

const FUNCTIONS: [(&str, usize, Native); 11] = [
    ("resolve", 0, resolve),
    ("normalize", 1, normalize),
    ("isAbsolute", 1, is_absolute),
    ("join", 0, join),
    ("relative", 2, relative),
    ("toNamespacedPath", 1, as_it_is),
    ("dirname", 1, dirname),
    ("basename", 2, basename),
    ("extname", 1, extname),
    ("format", 1, format),
    ("parse", 1, parse),
];

/// Makes the core module.
///
/// # Errors
/// None.
pub fn make(context: &mut Context) -> JsResult<JsValue> {
    let path: JsObject = native::object(context);
    native::functions(&path, &FUNCTIONS, context);
    field(&path, "sep", text("/"));
    field(&path, "delimiter", text(":"));
    field(&path, "win32", JsValue::null());
    field(&path, "posix", path.clone());
    Ok(path.into())
}

fn string(args: &[JsValue], index: usize, name: &str, context: &mut Context) -> JsResult<String> {
    Ok(lossy(&errors::string_argument(args, index, name, context)?))
}

/// The parts of `path` without `.`, `..` and empty ones. `..` at the start stay unless
/// the path is absolute.
fn parts(path: &str) -> String {
    let normalized = crate::modules::normalize(path);
    normalized
        .strip_prefix('/')
        .unwrap_or(&normalized)
        .to_owned()
}

fn normalized(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let absolute = path.starts_with('/');
    let mut result = parts(path);
    if result.is_empty() {
        if absolute {
            return "/".to_owned();
        }
        return if path.ends_with('/') { "./" } else { "." }.to_owned();
    }
    if path.ends_with('/') {
        result.push('/');
    }
    if absolute {
        format!("/{result}")
    } else {
        result
    }
}

fn resolved(args: &[String]) -> String {
    let mut path = String::new();
    for part in args.iter().rev() {
        if part.is_empty() {
            continue;
        }
        path = if path.is_empty() {
            part.clone()
        } else {
            format!("{part}/{path}")
        };
        if part.starts_with('/') {
            break;
        }
    }
    if !path.starts_with('/') {
        path = format!("{}/{path}", crate::process::directory());
    }
    format!("/{}", parts(&path))
}

fn resolve(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut strings = Vec::with_capacity(args.len());
    for index in 0..args.len() {
        strings.push(string(args, index, &format!("paths[{index}]"), context)?);
    }
    Ok(text(&resolved(&strings)))
}

fn normalize(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(&normalized(&string(args, 0, "path", context)?)))
}

fn is_absolute(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(string(args, 0, "path", context)?.starts_with('/').into())
}

fn join(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut joined = Vec::new();
    for index in 0..args.len() {
        let part = string(args, index, "path", context)?;
        if !part.is_empty() {
            joined.push(part);
        }
    }
    Ok(text(&normalized(&joined.join("/"))))
}

fn relative(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let from = resolved(&[string(args, 0, "from", context)?]);
    let to = resolved(&[string(args, 1, "to", context)?]);
    let split = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (from, to) = (split(&from), split(&to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut steps = vec![".."; from.len() - common];
    steps.extend(to[common..].iter().map(String::as_str));
    Ok(text(&steps.join("/")))
}

fn as_it_is(_: &JsValue, args: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(argument(args, 0))
}

/// The path without the slashes that end it; `/` stays.
fn trimmed(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() {
        "/"
    } else {
        trimmed
    }
}

fn folder(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = trimmed(path);
    match path.rfind('/') {
        None => ".",
        Some(0) => "/",
        Some(at) => {
            if at == 1 && path.starts_with("//") {
                "//"
            } else {
                &path[..at]
            }
        }
    }
}

fn name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    &path[path.rfind('/').map_or(0, |at| at + 1)..]
}

/// From the last dot, unless the name starts with it.
fn extension(path: &str) -> &str {
    let name = name(path);
    match name.rfind('.') {
        None | Some(0) => "",
        Some(1) if name == ".." => "",
        Some(at) => &name[at..],
    }
}

fn dirname(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(folder(&string(args, 0, "path", context)?)))
}

fn basename(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let suffix = if argument(args, 1).is_undefined() {
        String::new()
    } else {
        string(args, 1, "suffix", context)?
    };
    let path = string(args, 0, "path", context)?;
    let name = name(&path);
    // A path that is all suffix leaves nothing, a name in one stays.
    if path == suffix {
        return Ok(text(""));
    }
    Ok(text(match name.strip_suffix(suffix.as_str()) {
        Some(stem) if !stem.is_empty() => stem,
        _ => name,
    }))
}

fn extname(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(extension(&string(args, 0, "path", context)?)))
}

fn parse(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = string(args, 0, "path", context)?;
    let base = name(&path);
    let ext = extension(&path);
    let root = if path.starts_with('/') { "/" } else { "" };
    let has_folder = trimmed(&path).contains('/');
    let dir = if has_folder { folder(&path) } else { "" };
    let parsed = native::object(context);
    field(&parsed, "root", text(root));
    field(&parsed, "dir", text(dir));
    field(&parsed, "base", text(base));
    field(&parsed, "ext", text(ext));
    field(&parsed, "name", text(&base[..base.len() - ext.len()]));
    Ok(parsed.into())
}

fn format(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let given = argument(args, 0);
    let Some(parsed) = given.as_object() else {
        return Err(errors::invalid_argument_type(
            "pathObject",
            "of type object",
            &given,
            context,
        ));
    };
    let mut part = |key: &str| -> JsResult<String> {
        let value = native::get(&parsed, key, context)?;
        if value.to_boolean() {
            native::to_text(&value, context)
        } else {
            Ok(String::new())
        }
    };
    let root = part("root")?;
    let mut dir = part("dir")?;
    if dir.is_empty() {
        dir.clone_from(&root);
    }
    let mut base = part("base")?;
    if base.is_empty() {
        let ext = part("ext")?;
        let dot = if ext.is_empty() || ext.starts_with('.') {
            ""
        } else {
            "."
        };
        base = part("name")? + dot + &ext;
    }
    Ok(text(&if dir.is_empty() {
        base
    } else if dir == root {
        dir + &base
    } else {
        format!("{dir}/{base}")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(folder("/a/b/"), "/a");
        assert_eq!(folder("/a"), "/");
        assert_eq!(folder("a"), ".");
        assert_eq!(folder("//a"), "//");
        assert_eq!(name("/a/b.txt/"), "b.txt");
        assert_eq!(extension(".bashrc"), "");
        assert_eq!(extension("a.b.c"), ".c");
        assert_eq!(extension(".."), "");
        assert_eq!(extension("a."), ".");
    }

    #[test]
    fn normalizing() {
        assert_eq!(normalized(""), ".");
        assert_eq!(normalized("./"), "./");
        assert_eq!(normalized("a/../.."), "..");
        assert_eq!(normalized("/a//b/../c/"), "/a/c/");
        assert_eq!(normalized("/.."), "/");
    }
}
