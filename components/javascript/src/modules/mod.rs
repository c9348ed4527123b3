//! Modules: CommonJS and ECMAScript, found as Node finds them.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/modules.html>,
//! <https://nodejs.org/docs/latest-v20.x/api/esm.html>,
//! <https://nodejs.org/docs/latest-v20.x/api/packages.html>.

pub mod commonjs;
pub mod ecmascript;
mod exports;
pub mod lengths;
mod package;
mod paths;
mod resolve;
mod tokens;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use boa_engine::module::Module;
use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsValue};

pub use ecmascript::Loader;
pub use package::Packages;
pub use paths::{file_url, join, normalize, path_of_url};
pub use resolve::{Asker, Resolved, resolve};

use crate::stack::Position;

/// The modules of a run.
pub struct Modules {
    /// `require.cache`: by path, the `module` objects.
    pub commonjs: JsObject,
    /// ECMAScript modules, by path and query.
    pub ecmascript: RefCell<HashMap<String, Module>>,
    /// `package.json` files.
    pub packages: Packages,
    main: RefCell<Option<JsObject>>,
    /// Paths whose text stands in a function: its head is on their first line.
    wrapped: RefCell<HashSet<String>>,
    /// Paths of ECMAScript modules, which stacks show as URLs.
    urls: RefCell<HashSet<String>>,
}

/// How the text of a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `require` and `module.exports`.
    CommonJs,
    /// `import` and `export`.
    EcmaScript,
    /// Data.
    Json,
    /// `.js` in a package that does not say: CommonJS, unless only a module can read so.
    Unknown,
}

impl Modules {
    /// No modules yet.
    pub fn new() -> Self {
        Self {
            commonjs: JsObject::with_null_proto(),
            ecmascript: RefCell::default(),
            packages: Packages::default(),
            main: RefCell::default(),
            wrapped: RefCell::default(),
            urls: RefCell::default(),
        }
    }

    /// How the file at `path` is to be read, by its name and its package.
    ///
    /// # Errors
    /// A `package.json` that is not JSON.
    pub fn format(&self, path: &str, context: &mut Context) -> JsResult<Format> {
        Ok(match paths::extension(path) {
            "mjs" => Format::EcmaScript,
            "cjs" => Format::CommonJs,
            "json" => Format::Json,
            extension => {
                let package = self.packages.around(path, context)?;
                match package.and_then(|package| package.kind) {
                    Some(package::Kind::Module) if extension == "js" || extension.is_empty() => {
                        Format::EcmaScript
                    }
                    Some(package::Kind::CommonJs) => Format::CommonJs,
                    _ => Format::Unknown,
                }
            }
        })
    }

    /// `require.main`: the program's `module`, unless it is an ECMAScript module.
    pub fn main(&self) -> JsValue {
        self.main
            .borrow()
            .clone()
            .map_or_else(JsValue::undefined, JsValue::from)
    }

    fn set_main(&self, module: &JsObject) {
        self.main.replace(Some(module.clone()));
    }

    /// Notes that the text of `path` stands in a function.
    fn wrap(&self, path: &str) {
        self.wrapped.borrow_mut().insert(path.to_owned());
    }

    /// Notes that `path` is an ECMAScript module.
    fn show_as_url(&self, path: &str) {
        self.urls.borrow_mut().insert(path.to_owned());
    }

    /// Whether stacks show `path` as a URL.
    pub fn is_module(&self, path: &str) -> bool {
        self.urls.borrow().contains(path)
    }

    /// Corrects a position by what was put before the file's text.
    pub fn adjust(&self, position: &mut Position) {
        if position.line == 1 && self.wrapped.borrow().contains(&position.path) {
            let head = commonjs::HEAD.len() as u32;
            position.column = position.column.saturating_sub(head).max(1);
        }
    }
}
