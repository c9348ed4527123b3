//! What a component imports and exports, read from its bytes.
//!
//! ```text
//! bytes ── Interfaces::read ──▶ imports: [wasi:cli/environment@0.2.6 {get-environment, …}, …]
//!                               exports: [wasi:cli/run@0.2.6 {run}]
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::TypesRef;
use wasmparser::{Parser, Payload, ValidPayload, Validator, WasmFeatures};

use crate::interface_name::{InterfaceName, Track};

/// What sort of thing an import or export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(
    missing_docs,
    reason = "the component model's own sorts, by their names"
)]
pub enum ExternKind {
    Instance,
    Function,
    Type,
    Component,
    Module,
    Value,
}

impl fmt::Display for ExternKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "interface",
            Self::Function => "function",
            Self::Type => "type",
            Self::Component => "component",
            Self::Module => "core module",
            Self::Value => "value",
        })
    }
}

/// One import or export of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extern {
    /// Its name as the component spells it: an interface's (`wasi:cli/run@0.2.6`) or a plain one (`run`).
    pub name: String,
    /// What it is.
    pub kind: ExternKind,
    /// The interface that a plainly named instance implements, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implements: Option<String>,
    /// The functions of an instance, resource methods among them
    /// (`[method]descriptor.read`), in the component's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
}

impl Extern {
    /// The interface that this is, or implements; none for a plain name.
    #[must_use]
    pub fn interface(&self) -> Option<InterfaceName> {
        self.implements
            .as_deref()
            .unwrap_or(&self.name)
            .parse()
            .ok()
    }
}

/// What a component asks of others and what it offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interfaces {
    /// In the component's order.
    pub imports: Vec<Extern>,
    /// In the component's order.
    pub exports: Vec<Extern>,
}

/// Bytes that are not a component that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Something else than WebAssembly.
    #[error("this is not WebAssembly: it does not begin with `\\0asm`")]
    NotWasm,
    /// A core module where a component is needed.
    #[error("this is a core WebAssembly module, not a component")]
    CoreModule,
    /// The bytes end too early.
    #[error("the file is cut short: its end comes in the middle of a section, at byte {offset}")]
    Truncated {
        /// Where reading stopped, in bytes from the start.
        offset: u64,
    },
    /// The bytes break a rule of the format.
    #[error("the component is not valid: {message} (at byte {offset})")]
    Invalid {
        /// The broken rule, in the validator's words.
        message: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
}

impl From<wasmparser::BinaryReaderError> for ComponentError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        let offset = error.offset();
        // wasmparser keeps its end-of-file mark to itself; its text is all there is.
        if error.message().contains("unexpected end") {
            return Self::Truncated { offset };
        }
        Self::Invalid {
            message: error.message().to_owned(),
            offset,
        }
    }
}

/// The features that a host of WASI 0.2 has switched on unless told otherwise:
/// WebAssembly 3.0 and the component model, without its asynchronous half.
///
/// Threads are left out: shared memory has no meaning in a WASI 0.2 component.
pub const HOST_FEATURES: WasmFeatures = WasmFeatures::WASM3
    .difference(WasmFeatures::THREADS)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Tells a component from a core module by its first eight bytes.
///
/// # Errors
///
/// [`ComponentError::Empty`], [`ComponentError::NotWasm`] and [`ComponentError::Truncated`].
pub fn is_component(bytes: &[u8]) -> Result<bool, ComponentError> {
    const MAGIC: &[u8] = b"\0asm";
    if bytes.is_empty() {
        return Err(ComponentError::Empty);
    }
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) {
        return Err(ComponentError::NotWasm);
    }
    if bytes.len() < 8 {
        return Err(ComponentError::Truncated {
            offset: bytes.len() as u64,
        });
    }
    if Parser::is_component(bytes) {
        return Ok(true);
    }
    if Parser::is_core_wasm(bytes) {
        return Ok(false);
    }
    Err(ComponentError::Invalid {
        message: "unknown binary version".to_owned(),
        offset: 4,
    })
}

/// Checks a component against every rule of the format, function bodies included,
/// with [`HOST_FEATURES`].
///
/// # Errors
///
/// The first rule that is broken, and where.
pub fn validate(bytes: &[u8]) -> Result<(), ComponentError> {
    if !is_component(bytes)? {
        return Err(ComponentError::CoreModule);
    }
    Validator::new_with_features(HOST_FEATURES).validate_all(bytes)?;
    Ok(())
}

/// The proposals of WebAssembly that a component uses and that a host of WASI 0.2 may
/// lack: each is one that it is not valid without. Function bodies are looked at.
///
/// The names are those of <https://webassembly.org/features>.
///
/// # Errors
///
/// Where the bytes are no component, or need what no host has; see [`validate`].
pub fn proposals(bytes: &[u8]) -> Result<Vec<&'static str>, ComponentError> {
    const BEYOND: [(&str, WasmFeatures); 8] = [
        ("exception-handling", WasmFeatures::EXCEPTIONS),
        ("extended-const", WasmFeatures::EXTENDED_CONST),
        ("function-references", WasmFeatures::FUNCTION_REFERENCES),
        ("gc", WasmFeatures::GC),
        ("memory64", WasmFeatures::MEMORY64),
        ("multi-memory", WasmFeatures::MULTI_MEMORY),
        ("relaxed-simd", WasmFeatures::RELAXED_SIMD),
        ("tail-call", WasmFeatures::TAIL_CALL),
    ];
    validate(bytes)?;
    let valid = |features| {
        let result = Validator::new_with_features(features).validate_all(bytes);
        result.is_ok()
    };
    let everywhere = WasmFeatures::WASM2.union(WasmFeatures::COMPONENT_MODEL);
    if valid(everywhere) {
        return Ok(Vec::new());
    }
    let needed = BEYOND
        .into_iter()
        .filter(|(_, feature)| !valid(HOST_FEATURES.difference(*feature)));
    Ok(needed.map(|(name, _)| name).collect())
}

impl Interfaces {
    /// Reads a component's imports and exports. Types are checked, function bodies
    /// are skipped: this is quick for large components.
    ///
    /// # Errors
    ///
    /// Where the bytes are no component.
    pub fn read(bytes: &[u8]) -> Result<Self, ComponentError> {
        // A component that needs more than a host offers can still be looked at;
        // `validate` is what refuses it.
        Self::read_with(bytes, WasmFeatures::all())
    }

    /// As [`Interfaces::read`], where the types need no more than [`HOST_FEATURES`].
    ///
    /// # Errors
    ///
    /// Where the bytes are no component, or one that needs more.
    pub fn read_for_hosts(bytes: &[u8]) -> Result<Self, ComponentError> {
        Self::read_with(bytes, HOST_FEATURES)
    }

    fn read_with(bytes: &[u8], features: WasmFeatures) -> Result<Self, ComponentError> {
        types_of(bytes, features, |names, types| names.resolve(types))
    }

    /// Whether a function of an imported interface is asked for, whatever the
    /// patch version: `imports_function("wasi:cli/exit", "exit-with-code")`.
    #[must_use]
    pub fn imports_function(&self, interface: &str, function: &str) -> bool {
        self.imports.iter().any(|import| {
            import
                .interface()
                .is_some_and(|name| name.path() == interface)
                && import.functions.iter().any(|f| f == function)
        })
    }

    /// The export that can stand in for `wanted`: same name, same track; the
    /// newest where there are several.
    #[must_use]
    pub fn export_on(&self, wanted: &Track) -> Option<&Extern> {
        self.exports
            .iter()
            .filter(|export| export.kind == ExternKind::Instance)
            .filter_map(|export| Some((export.interface()?, export)))
            .filter(|(name, _)| name.track() == *wanted)
            .max_by(|(a, _), (b, _)| a.version.cmp(&b.version))
            .map(|(_, export)| export)
    }
}

/// Hands out a component's types, with the names of its imports and exports in order.
pub(crate) fn with_types<T>(
    bytes: &[u8],
    read: impl FnOnce(&[String], &[String], TypesRef<'_>) -> T,
) -> Result<T, ComponentError> {
    let features = WasmFeatures::all();
    types_of(bytes, features, |names, types| {
        read(&names.imports, &names.exports, types)
    })
}

fn types_of<T>(
    bytes: &[u8],
    features: WasmFeatures,
    read: impl FnOnce(Names, TypesRef<'_>) -> T,
) -> Result<T, ComponentError> {
    if !is_component(bytes)? {
        return Err(ComponentError::CoreModule);
    }
    let mut validator = Validator::new_with_features(features);
    let mut depth = 0_u32;
    let mut names = Names::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if depth == 0 {
            names.collect(&payload)?;
        }
        match validator.payload(&payload)? {
            ValidPayload::Parser(_) => depth += 1,
            ValidPayload::End(types) => {
                if depth == 0 {
                    return Ok(read(names, types.as_ref()));
                }
                depth -= 1;
            }
            ValidPayload::Ok | ValidPayload::Func(..) => {}
        }
    }
    Err(ComponentError::Truncated {
        offset: bytes.len() as u64,
    })
}

/// The names of the outermost component's imports and exports; their types are
/// known when its end is reached.
#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    fn collect(&mut self, payload: &Payload<'_>) -> Result<(), ComponentError> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn resolve(self, types: TypesRef<'_>) -> Interfaces {
        let imports = self.imports.into_iter().filter_map(|name| {
            let item = types.component_item_for_import(&name)?;
            Some(describe(types, name, item))
        });
        let exports = self.exports.into_iter().filter_map(|name| {
            let item = types.component_item_for_export(&name)?;
            Some(describe(types, name, item))
        });
        Interfaces {
            imports: imports.collect(),
            exports: exports.collect(),
        }
    }
}

fn describe(types: TypesRef<'_>, name: String, item: &ComponentItem) -> Extern {
    let mut functions = Vec::new();
    let kind = match item.ty {
        ComponentEntityType::Instance(id) => {
            let items = types[id].exports.iter();
            functions = items
                .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
                .map(|(name, _)| name.clone())
                .collect();
            ExternKind::Instance
        }
        ComponentEntityType::Func(_) => ExternKind::Function,
        ComponentEntityType::Type { .. } => ExternKind::Type,
        ComponentEntityType::Component(_) => ExternKind::Component,
        ComponentEntityType::Module(_) => ExternKind::Module,
        ComponentEntityType::Value(_) => ExternKind::Value,
    };
    Extern {
        name,
        kind,
        implements: item.implements.clone(),
        functions,
    }
}

#[cfg(test)]
mod tests {
    use super::{ComponentError, ExternKind, InterfaceName, Interfaces, validate};

    fn read(text: &str) -> Interfaces {
        Interfaces::read(&wat::parse_str(text).unwrap()).unwrap()
    }

    #[test]
    fn reads_names_kinds_and_functions() {
        let interfaces = read(
            r#"(component
                (import "wasi:cli/exit@0.2.6" (instance
                    (export "exit" (func (param "status" (result))))
                    (export "exit-with-code" (func (param "status-code" u8)))))
                (import "log" (func (param "line" string)))
                (import "acme:kv/store@1.0.0" (instance
                    (export "bucket" (type (sub resource)))))
                (component $inner (import "hidden" (func)))
                (export "again" (func 0)))"#,
        );
        let names: Vec<_> = interfaces
            .imports
            .iter()
            .map(|i| (i.name.as_str(), i.kind))
            .collect();
        assert_eq!(
            names,
            [
                ("wasi:cli/exit@0.2.6", ExternKind::Instance),
                ("log", ExternKind::Function),
                ("acme:kv/store@1.0.0", ExternKind::Instance),
            ]
        );
        assert!(interfaces.imports_function("wasi:cli/exit", "exit-with-code"));
        assert!(!interfaces.imports_function("wasi:cli/exit", "exit-now"));
        assert_eq!(interfaces.imports[2].functions, [""; 0]);
        assert_eq!(interfaces.exports[0].name, "again");
    }

    #[test]
    fn the_newest_export_of_a_track_stands_in() {
        let interfaces = read(
            r#"(component
                (instance $i)
                (export "a:b/c@0.2.0" (instance $i))
                (export "a:b/c@0.2.6" (instance $i))
                (export "a:b/c@0.3.0" (instance $i)))"#,
        );
        let track = |text: &str| text.parse::<InterfaceName>().unwrap().track();
        let on = |text: &str| interfaces.export_on(&track(text)).map(|e| e.name.as_str());
        assert_eq!(on("a:b/c@0.2.12"), Some("a:b/c@0.2.6"));
        assert_eq!(on("a:b/c@0.3.1"), Some("a:b/c@0.3.0"));
        assert_eq!(on("a:b/c@0.4.0"), None);
        assert_eq!(on("a:b/c"), None);
    }

    #[test]
    fn tells_what_is_wrong_with_bytes() {
        let good = wat::parse_str(r#"(component (import "f" (func)))"#).unwrap();
        assert_eq!(Interfaces::read(b""), Err(ComponentError::Empty));
        assert_eq!(Interfaces::read(b"#!/bin/sh"), Err(ComponentError::NotWasm));
        assert_eq!(
            Interfaces::read(&wat::parse_str("(module)").unwrap()),
            Err(ComponentError::CoreModule)
        );
        for end in 1..good.len() {
            let error = Interfaces::read(&good[..end]);
            // A cut between two sections leaves a smaller component.
            let whole = error.is_ok();
            assert!(
                whole || matches!(error, Err(ComponentError::Truncated { .. })),
                "{end}: {error:?}"
            );
        }
        let twice =
            wat::parse_str(r#"(component (import "f" (func)) (import "f" (func)))"#).unwrap();
        assert!(matches!(
            Interfaces::read(&twice),
            Err(ComponentError::Invalid { .. })
        ));
        assert_eq!(validate(&good), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail: Vec<u8>) {
            let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend(&tail);
            let _ = (Interfaces::read(&tail), Interfaces::read(&bytes), validate(&bytes));
        }
    }
}
