//! From a specifier to a file.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/esm.html#resolution-algorithm-specification>
//! and <https://nodejs.org/docs/latest-v20.x/api/modules.html#all-together>.

use std::fs;
use std::rc::Rc;

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsResult, JsValue};

use super::package::Package;
use super::paths::{decode, join, parent, path_of_url};
use crate::fs::realpath;
use crate::host::Host;
use crate::{builtins, errors, native};

/// Who asks, which decides about conditions and extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// `require`.
    Require,
    /// `import`.
    Import,
}

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A core module, without `node:`.
    Builtin(&'static str),
    /// A file, and the query and fragment of its URL.
    File {
        /// The real path.
        path: String,
        /// `?…` and `#…`.
        suffix: String,
    },
}

/// One resolution.
struct Search<'a> {
    asker: Asker,
    specifier: &'a str,
    /// The file that asks.
    referrer: &'a str,
    host: Rc<Host>,
}

/// Finds what `specifier` means in the file `referrer`.
///
/// # Errors
/// Node's errors for what cannot be found or is not exported.
pub fn resolve(
    specifier: &str,
    referrer: &str,
    asker: Asker,
    context: &mut Context,
) -> JsResult<Resolved> {
    if let Some(name) = builtins::public(specifier) {
        return Ok(Resolved::Builtin(name));
    }
    if specifier.starts_with("node:") {
        let message = format!("No such built-in module: {specifier}");
        return Err(errors::error(
            "ERR_UNKNOWN_BUILTIN_MODULE",
            message,
            context,
        ));
    }
    let host = Host::of(context);
    let search = Search {
        asker,
        specifier,
        referrer,
        host,
    };
    let (path, suffix) = match asker {
        Asker::Require => (search.require(context)?, String::new()),
        Asker::Import => search.import(context)?,
    };
    Ok(Resolved::File {
        path: realpath(&path).unwrap_or(path),
        suffix,
    })
}

impl Search<'_> {
    fn require(&self, context: &mut Context) -> JsResult<String> {
        let specifier = self.specifier;
        if is_path(specifier) {
            let path = join(parent(self.referrer), specifier);
            let only_folder = specifier.ends_with('/')
                || specifier.ends_with("/.")
                || specifier.ends_with("/..")
                || specifier == "."
                || specifier == "..";
            if !only_folder && let Some(found) = as_file(&path) {
                return Ok(found);
            }
            return match self.as_folder(&path, context)? {
                Some(found) => Ok(found),
                None => Err(self.missing(context)),
            };
        }
        self.bare(context)
    }

    /// The path and the URL's suffix.
    fn import(&self, context: &mut Context) -> JsResult<(String, String)> {
        let specifier = self.specifier;
        if let Some((path, suffix)) = path_of_url(specifier) {
            return Ok((self.exact(&path, context)?, suffix));
        }
        if is_path(specifier) {
            let end = specifier.find(['?', '#']).unwrap_or(specifier.len());
            let (path, suffix) = specifier.split_at(end);
            let path = decode(path).unwrap_or_else(|| path.to_owned());
            let path = join(parent(self.referrer), &path);
            return Ok((self.exact(&path, context)?, suffix.to_owned()));
        }
        if let Some((scheme, _)) = specifier.split_once(':')
            && !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric())
        {
            let message = format!(
                "Only URLs with a scheme in: file, data, and node are supported by the default ESM loader. Received protocol '{scheme}:'"
            );
            return Err(errors::error(
                "ERR_UNSUPPORTED_ESM_URL_SCHEME",
                message,
                context,
            ));
        }
        Ok((self.bare(context)?, String::new()))
    }

    /// A file at just this path, as `import` wants it.
    fn exact(&self, path: &str, context: &mut Context) -> JsResult<String> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                let message = format!(
                    "Directory import '{path}' is not supported resolving ES modules imported from {}",
                    self.referrer
                );
                Err(errors::error(
                    "ERR_UNSUPPORTED_DIR_IMPORT",
                    message,
                    context,
                ))
            }
            Ok(_) => Ok(path.to_owned()),
            Err(_) => Err(self.missing_module(path, context)),
        }
    }

    /// `name`, `@scope/name/sub/path` or `#internal`.
    fn bare(&self, context: &mut Context) -> JsResult<String> {
        let specifier = self.specifier;
        if specifier.starts_with('#') {
            return self.internal(context);
        }
        let Some((name, subpath)) = split_name(specifier) else {
            if self.asker == Asker::Require {
                return Err(self.missing(context));
            }
            let message = format!(
                "Invalid module \"{specifier}\" is not a valid package name imported from {}",
                self.referrer
            );
            return Err(errors::type_error(
                "ERR_INVALID_MODULE_SPECIFIER",
                message,
                context,
            ));
        };
        // A package may import itself by its name.
        if let Some(own) = self.host.modules.packages.around(self.referrer, context)?
            && own.name.as_deref() == Some(name)
            && !own.exports.is_null_or_undefined()
        {
            return self.exported(&own, &subpath, context);
        }
        let mut folder = parent(self.referrer);
        loop {
            if !folder.ends_with("/node_modules") && folder != "/node_modules" {
                let package = join(folder, &format!("node_modules/{name}"));
                if let Some(found) = self.in_package(&package, &subpath, context)? {
                    return Ok(found);
                }
            }
            if folder == "/" {
                break;
            }
            folder = parent(folder);
        }
        Err(match self.asker {
            Asker::Require => self.missing(context),
            Asker::Import => {
                let message = format!(
                    "Cannot find package '{name}' imported from {}",
                    self.referrer
                );
                errors::error("ERR_MODULE_NOT_FOUND", message, context)
            }
        })
    }

    /// A file of the package in `folder`. `subpath` is `.` or starts with `./`.
    fn in_package(
        &self,
        folder: &str,
        subpath: &str,
        context: &mut Context,
    ) -> JsResult<Option<String>> {
        let is_folder = fs::metadata(folder).is_ok_and(|found| found.is_dir());
        if !is_folder {
            // `require` also takes a file out of `node_modules`.
            return Ok(match self.asker {
                Asker::Require => as_file(&join(folder, subpath)),
                Asker::Import => None,
            });
        }
        let package = self.host.modules.packages.of(folder, context)?;
        if let Some(package) = &package
            && !package.exports.is_null_or_undefined()
        {
            return self.exported(package, subpath, context).map(Some);
        }
        let path = join(folder, subpath);
        if self.asker == Asker::Import && subpath != "." {
            return self.exact(&path, context).map(Some);
        }
        if subpath != "."
            && let Some(found) = as_file(&path)
        {
            return Ok(Some(found));
        }
        match self.as_folder(&path, context)? {
            Some(found) => Ok(Some(found)),
            None if self.asker == Asker::Import => Err(self.missing_module(&path, context)),
            None => Ok(None),
        }
    }

    /// The main file of a folder.
    fn as_folder(&self, folder: &str, context: &mut Context) -> JsResult<Option<String>> {
        if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
            return Ok(None);
        }
        let package = self.host.modules.packages.of(folder, context)?;
        if let Some(main) = package.and_then(|package| package.main.clone()) {
            let main = join(folder, &main);
            if let Some(found) = as_file(&main).or_else(|| index_of(&main)) {
                return Ok(Some(found));
            }
        }
        Ok(index_of(folder))
    }

    /// `PACKAGE_EXPORTS_RESOLVE`.
    fn exported(
        &self,
        package: &Package,
        subpath: &str,
        context: &mut Context,
    ) -> JsResult<String> {
        let exports = &package.exports;
        // A string, a list or conditions are what `.` means.
        let by_subpath = match exports.as_object() {
            Some(object) if !object.is_array() => object
                .own_property_keys(context)?
                .first()
                .is_some_and(|key| key.to_string().starts_with('.')),
            _ => false,
        };
        let found = if by_subpath {
            match exports.as_object() {
                Some(table) => self.matched(&table, subpath, package, false, context)?,
                None => Target::Undefined,
            }
        } else if subpath == "." {
            self.target(exports, None, package, false, context)?
        } else {
            Target::Undefined
        };
        if let Target::Path(path) = found {
            return self.existing(path, context);
        }
        let file = join(&package.folder, "package.json");
        let message = if subpath == "." {
            format!("No \"exports\" main defined in {file}")
        } else {
            format!("Package subpath '{subpath}' is not defined by \"exports\" in {file}")
        };
        let from = match self.asker {
            Asker::Require => String::new(),
            Asker::Import => format!(" imported from {}", self.referrer),
        };
        Err(errors::error(
            "ERR_PACKAGE_PATH_NOT_EXPORTED",
            message + &from,
            context,
        ))
    }

    /// `PACKAGE_IMPORTS_RESOLVE`.
    fn internal(&self, context: &mut Context) -> JsResult<String> {
        let package = self.host.modules.packages.around(self.referrer, context)?;
        if let Some(package) = &package
            && let Some(table) = package.imports.as_object()
            && let Target::Path(path) =
                self.matched(&table, self.specifier, package, true, context)?
        {
            return self.existing(path, context);
        }
        let place = package
            .map(|package| format!(" in package {}", join(&package.folder, "package.json")))
            .unwrap_or_default();
        let message = format!(
            "Package import specifier \"{}\" is not defined{place} imported from {}",
            self.specifier, self.referrer
        );
        Err(errors::type_error(
            "ERR_PACKAGE_IMPORT_NOT_DEFINED",
            message,
            context,
        ))
    }

    fn existing(&self, path: String, context: &mut Context) -> JsResult<String> {
        if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            return Ok(path);
        }
        Err(match self.asker {
            Asker::Require => {
                let message = format!("Cannot find module '{path}'");
                let error = errors::error("MODULE_NOT_FOUND", message, context);
                if let Some(object) = error.as_opaque().and_then(JsValue::as_object) {
                    native::field(&object, "path", native::text(&path));
                }
                error
            }
            Asker::Import => self.missing_module(&path, context),
        })
    }

    /// `PACKAGE_IMPORTS_EXPORTS_RESOLVE`: the entry for `key`, exact or by the longest pattern.
    fn matched(
        &self,
        table: &JsObject,
        key: &str,
        package: &Package,
        internal: bool,
        context: &mut Context,
    ) -> JsResult<Target> {
        let mut best: Option<(String, String)> = None;
        for entry in table.own_property_keys(context)? {
            let PropertyKey::String(entry) = entry else {
                continue;
            };
            let entry = native::lossy(&entry);
            if entry == key && !entry.contains('*') {
                let value = native::get(table, &entry, context)?;
                return self.target(&value, None, package, internal, context);
            }
            let Some((before, after)) = entry.split_once('*') else {
                continue;
            };
            let fits = key.len() >= entry.len()
                && key.starts_with(before)
                && key.ends_with(after)
                && key != before;
            let longer = best.as_ref().is_none_or(|(known, _)| {
                let length = |pattern: &str| pattern.find('*').unwrap_or(pattern.len());
                (length(&entry), entry.len()) > (length(known), known.len())
            });
            if fits && longer {
                let part = key[before.len()..key.len() - after.len()].to_owned();
                best = Some((entry, part));
            }
        }
        match best {
            Some((entry, part)) => {
                let value = native::get(table, &entry, context)?;
                self.target(&value, Some(&part), package, internal, context)
            }
            None => Ok(Target::Undefined),
        }
    }

    /// `PACKAGE_TARGET_RESOLVE`.
    fn target(
        &self,
        target: &JsValue,
        part: Option<&str>,
        package: &Package,
        internal: bool,
        context: &mut Context,
    ) -> JsResult<Target> {
        if let Some(text) = target.as_string() {
            let mut text = native::lossy(&text);
            if let Some(part) = part {
                text = text.replace('*', part);
            }
            let stays_inside = text.strip_prefix("./").is_some_and(|rest| {
                !rest
                    .split(['/', '\\'])
                    .any(|part| matches!(part, "." | ".." | "node_modules"))
            });
            if stays_inside {
                return Ok(Target::Path(join(&package.folder, &text)));
            }
            if internal && !text.starts_with('.') && !text.starts_with('/') {
                let other = Search {
                    asker: self.asker,
                    specifier: &text,
                    referrer: &join(&package.folder, "package.json"),
                    host: Rc::clone(&self.host),
                };
                return other.bare(context).map(Target::Path);
            }
            let message = format!(
                "Invalid \"{}\" target {:?} defined in the package config {}",
                if internal { "imports" } else { "exports" },
                text,
                join(&package.folder, "package.json"),
            );
            return Err(errors::error(
                "ERR_INVALID_PACKAGE_TARGET",
                message,
                context,
            ));
        }
        let Some(object) = target.as_object() else {
            return Ok(if target.is_null() {
                Target::Null
            } else {
                Target::Undefined
            });
        };
        if object.is_array() {
            let length = native::get(&object, "length", context)?.to_length(context)?;
            let mut last = Target::Undefined;
            for index in 0..length {
                let value = object.get(index, context)?;
                match self.target(&value, part, package, internal, context) {
                    Ok(Target::Path(path)) => return Ok(Target::Path(path)),
                    Ok(other) => last = other,
                    Err(_) => {}
                }
            }
            return Ok(last);
        }
        for key in object.own_property_keys(context)? {
            let PropertyKey::String(condition) = &key else {
                continue;
            };
            if !self.applies(&native::lossy(condition)) {
                continue;
            }
            let value = object.get(key, context)?;
            match self.target(&value, part, package, internal, context)? {
                Target::Undefined => {}
                found => return Ok(found),
            }
        }
        Ok(Target::Undefined)
    }

    fn applies(&self, condition: &str) -> bool {
        match condition {
            "default" | "node" | "module-sync" => true,
            "import" => self.asker == Asker::Import,
            "require" => self.asker == Asker::Require,
            _ => false,
        }
    }

    /// The error of `require` for what is not there.
    fn missing(&self, context: &mut Context) -> boa_engine::JsError {
        let stack = super::commonjs::require_stack(self.referrer, context);
        let mut message = format!("Cannot find module '{}'", self.specifier);
        if !stack.is_empty() {
            message.push_str("\nRequire stack:\n- ");
            message.push_str(&stack.join("\n- "));
        }
        let error = boa_engine::JsNativeError::error()
            .with_message(message)
            .into_opaque(context);
        native::field(&error, "code", native::text("MODULE_NOT_FOUND"));
        let list = boa_engine::object::builtins::JsArray::from_iter(
            stack.iter().map(|path| native::text(path)),
            context,
        );
        native::field(&error, "requireStack", list);
        boa_engine::JsError::from_opaque(error.into())
    }

    /// The error of `import` for what is not there.
    fn missing_module(&self, path: &str, context: &mut Context) -> boa_engine::JsError {
        let message = format!(
            "Cannot find module '{path}' imported from {}",
            self.referrer
        );
        let error = errors::error("ERR_MODULE_NOT_FOUND", message, context);
        if let Some(object) = error.as_opaque().and_then(JsValue::as_object) {
            native::field(&object, "url", native::text(&super::file_url(path)));
        }
        error
    }
}

/// What a target leads to. Null forbids, undefined leaves it to others.
enum Target {
    Path(String),
    Null,
    Undefined,
}

fn is_path(specifier: &str) -> bool {
    specifier.starts_with('/')
        || specifier.starts_with("./")
        || specifier.starts_with("../")
        || specifier == "."
        || specifier == ".."
}

/// The package's name, and `.` or `./` and the rest.
fn split_name(specifier: &str) -> Option<(&str, String)> {
    let slash = if specifier.starts_with('@') {
        let first = specifier.find('/')?;
        specifier[first + 1..].find('/').map(|at| first + 1 + at)
    } else {
        specifier.find('/')
    };
    let (name, rest) = specifier.split_at(slash.unwrap_or(specifier.len()));
    let valid = !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', '%']);
    valid.then(|| (name, format!(".{rest}")))
}

const EXTENSIONS: [&str; 2] = [".js", ".json"];

fn is_file(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_dir())
}

/// `path` as it is or with an extension.
fn as_file(path: &str) -> Option<String> {
    if is_file(path) {
        return Some(path.to_owned());
    }
    EXTENSIONS
        .iter()
        .map(|extension| format!("{path}{extension}"))
        .find(|path| is_file(path))
}

fn index_of(folder: &str) -> Option<String> {
    EXTENSIONS
        .iter()
        .map(|extension| join(folder, &format!("index{extension}")))
        .find(|path| is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(split_name("a"), Some(("a", ".".to_owned())));
        assert_eq!(split_name("a/b/c"), Some(("a", "./b/c".to_owned())));
        assert_eq!(split_name("@a/b"), Some(("@a/b", ".".to_owned())));
        assert_eq!(split_name("@a/b/c"), Some(("@a/b", "./c".to_owned())));
        assert_eq!(split_name("@a"), None);
        assert_eq!(split_name(".a"), None);
    }
}
