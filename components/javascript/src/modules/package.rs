//! `package.json` files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use boa_engine::{Context, JsResult, JsValue};

use super::paths::{join, parent};
use crate::{errors, native};

/// What `"type"` says of `.js` files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `"module"`.
    Module,
    /// `"commonjs"`.
    CommonJs,
}

/// What resolution needs of a `package.json`.
#[derive(Debug, Clone)]
pub struct Package {
    /// The folder that it describes.
    pub folder: String,
    /// `"name"`.
    pub name: Option<String>,
    /// `"main"`.
    pub main: Option<String>,
    /// `"type"`.
    pub kind: Option<Kind>,
    /// `"exports"`; undefined or null where there is none.
    pub exports: JsValue,
    /// `"imports"`.
    pub imports: JsValue,
}

/// The files read so far, by folder; `None` where a folder has none.
#[derive(Debug, Default)]
pub struct Packages {
    read: RefCell<HashMap<String, Option<Rc<Package>>>>,
}

impl Packages {
    /// The package whose `package.json` stands in `folder`.
    ///
    /// # Errors
    /// `ERR_INVALID_PACKAGE_CONFIG` for a file that is not JSON.
    pub fn of(&self, folder: &str, context: &mut Context) -> JsResult<Option<Rc<Package>>> {
        let known = self.read.borrow().get(folder).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let package = read(folder, context)?.map(Rc::new);
        self.read
            .borrow_mut()
            .insert(folder.to_owned(), package.clone());
        Ok(package)
    }

    /// The nearest package around the file at `path`.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn around(&self, path: &str, context: &mut Context) -> JsResult<Option<Rc<Package>>> {
        let mut folder = parent(path);
        loop {
            // A folder of packages is in none.
            if !folder.ends_with("/node_modules")
                && let Some(package) = self.of(folder, context)?
            {
                return Ok(Some(package));
            }
            if folder == "/" || folder.ends_with("/node_modules") {
                return Ok(None);
            }
            folder = parent(folder);
        }
    }
}

fn read(folder: &str, context: &mut Context) -> JsResult<Option<Package>> {
    let path = join(folder, "package.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(None);
    };
    let parsed = match parse_json(&text, context) {
        Ok(parsed) => parsed,
        Err(error) => {
            let reason = error
                .try_native(context)
                .map(|native| native.message().to_owned())
                .unwrap_or_default();
            let message = format!("Invalid package config {path}. {reason}");
            return Err(errors::error(
                "ERR_INVALID_PACKAGE_CONFIG",
                message,
                context,
            ));
        }
    };
    let Some(object) = parsed.as_object() else {
        return Ok(Some(Package {
            folder: folder.to_owned(),
            name: None,
            main: None,
            kind: None,
            exports: JsValue::undefined(),
            imports: JsValue::undefined(),
        }));
    };
    let mut string = |key: &str| -> JsResult<Option<String>> {
        Ok(native::get(&object, key, context)?
            .as_string()
            .map(|text| native::lossy(&text)))
    };
    let name = string("name")?;
    let main = string("main")?;
    let kind = match string("type")?.as_deref() {
        Some("module") => Some(Kind::Module),
        Some("commonjs") => Some(Kind::CommonJs),
        _ => None,
    };
    Ok(Some(Package {
        folder: folder.to_owned(),
        name,
        main,
        kind,
        exports: native::get(&object, "exports", context)?,
        imports: native::get(&object, "imports", context)?,
    }))
}

/// `JSON.parse(text)`.
///
/// # Errors
/// A `SyntaxError`.
pub fn parse_json(text: &str, context: &mut Context) -> JsResult<JsValue> {
    let global = context.global_object();
    let json = native::get(&global, "JSON", context)?.to_object(context)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    native::invoke(&json, "parse", &[native::text(text)], context)
}
