//! Any WebAssembly file → a component.
//!
//! A component is taken as it is. A core module becomes one: with the adapter of
//! the wasmtime project where it imports wasip1, and by its own metadata where it
//! was built against WIT.

use std::collections::BTreeSet;

use miette::Diagnostic;
use thiserror::Error;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Encoding, ExternalKind, Parser, Payload, Validator};
use wit_component::ComponentEncoder;

use super::ceiling;

/// Why a file can't be part of a box. The caller knows the file's name.
#[derive(Debug, Error, Diagnostic)]
pub enum AdaptError {
    /// Not WebAssembly at all.
    #[error("it is not WebAssembly: {found}")]
    #[diagnostic(
        code(composer::not_wasm),
        help(
            "give a `.wasm` file: a component, or a core module built for wasm32-wasip1 or wasm32-wasip2"
        )
    )]
    NotWasm {
        /// What it is instead.
        found: String,
    },
    /// WebAssembly that the specification does not allow, a truncated file for example.
    #[error("it is not valid WebAssembly: {message} (at byte {offset:#x})")]
    #[diagnostic(
        code(composer::invalid_wasm),
        help("build it again; if it was copied or downloaded, it may be cut short")
    )]
    Invalid {
        /// What the validator says.
        message: String,
        /// Where in the file.
        offset: u64,
    },
    /// A core module that needs something other than wasip1.
    #[error("the core module imports `{module}` `{name}`, which is not part of wasip1")]
    #[diagnostic(
        code(composer::unknown_core_import),
        help(
            "build it for wasm32-wasip2, or as a component: only `wasi_snapshot_preview1` can be adapted{hint}"
        )
    )]
    UnknownImport {
        /// The import's module name.
        module: String,
        /// The import's field name.
        name: String,
        /// More to say about well-known module names.
        hint: &'static str,
    },
    /// A core module of wasip1 without the memory that wasip1's functions write to.
    #[error("the core module imports wasip1 and exports no memory called `memory`")]
    #[diagnostic(
        code(composer::no_memory),
        help("export its memory under that name, as every wasip1 toolchain does")
    )]
    NoMemory,
    /// A core module with nothing to call.
    #[error(
        "the core module exports neither `_start` nor `_initialize`, so there is nothing to run"
    )]
    #[diagnostic(
        code(composer::nothing_to_run),
        help(
            "build it as a program (a command), or make it a component with the exports it should have"
        )
    )]
    NothingToRun,
    /// The adapter and the module do not fit.
    #[error("the core module can't be made a component: {0}")]
    #[diagnostic(
        code(composer::not_adaptable),
        help("build it for wasm32-wasip2 where its toolchain can")
    )]
    NotAdaptable(String),
}

/// What a file was before it was adapted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A component already.
    Component,
    /// A core module of wasip1.
    Wasip1,
    /// A core module with the metadata of its WIT world.
    WitModule,
}

/// Makes a component of what `bytes` are, and tells what they were.
///
/// # Errors
///
/// [`AdaptError`]; the input is validated, so what comes back is valid.
pub fn adapt(bytes: Vec<u8>) -> Result<(Vec<u8>, Origin), AdaptError> {
    match encoding(&bytes)? {
        Encoding::Component => {
            validate(&bytes)?;
            Ok((bytes, Origin::Component))
        }
        Encoding::Module => {
            validate(&bytes)?;
            adapt_module(&bytes)
        }
    }
}

fn encoding(bytes: &[u8]) -> Result<Encoding, AdaptError> {
    const MAGIC: &[u8] = b"\0asm";
    if !bytes.starts_with(MAGIC) {
        let found = match bytes {
            [] => "the file is empty".to_owned(),
            // WebAssembly's text format begins with an expression or a comment.
            [b'(' | b';', ..] => {
                "it looks like its text format, which `wasm-tools parse` compiles".to_owned()
            }
            _ => {
                let first = bytes.iter().take(4).map(|byte| format!(" {byte:02x}"));
                format!("it begins with the bytes{}", first.collect::<String>())
            }
        };
        return Err(AdaptError::NotWasm { found });
    }
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding, .. })) => Ok(encoding),
        Some(Err(error)) => Err(invalid(&error)),
        _ => Err(AdaptError::Invalid {
            message: "it has no version".into(),
            offset: 4,
        }),
    }
}

fn validate(bytes: &[u8]) -> Result<(), AdaptError> {
    Validator::new()
        .validate_all(bytes)
        .map(|_| ())
        .map_err(|error| invalid(&error))
}

fn invalid(error: &wasmparser::BinaryReaderError) -> AdaptError {
    AdaptError::Invalid {
        // Some of the validator's messages hold numbers in columns.
        message: error
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        offset: error.offset(),
    }
}

fn adapt_module(bytes: &[u8]) -> Result<(Vec<u8>, Origin), AdaptError> {
    let shape = Shape::read(bytes)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    let mut origin = Origin::WitModule;
    if shape.imports_wasip1 || !shape.has_wit {
        if !shape.has_wit {
            shape.check_imports()?;
        }
        if shape.imports_wasip1 && !shape.has_memory {
            return Err(AdaptError::NoMemory);
        }
        let adapter = match (shape.starts, shape.initializes || shape.has_wit) {
            (true, _) => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            (false, true) => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            (false, false) => return Err(AdaptError::NothingToRun),
        };
        encoder
            .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter)
            .map_err(|error| not_adaptable(&error))?;
        origin = Origin::Wasip1;
    }
    let divided = ceiling::divide(bytes).map_err(|error| invalid(&error))?;
    let component = encoder
        .module(divided.as_deref().unwrap_or(bytes))
        .and_then(ComponentEncoder::encode)
        .map_err(|error| not_adaptable(&error))?;
    Ok((component, origin))
}

fn not_adaptable(error: &impl std::fmt::Display) -> AdaptError {
    // The alternate form has the whole chain of causes on one line.
    AdaptError::NotAdaptable(format!("{error:#}"))
}

/// What decides how a core module is adapted.
#[derive(Default)]
struct Shape {
    imports: Vec<(String, String)>,
    imports_wasip1: bool,
    has_wit: bool,
    starts: bool,
    initializes: bool,
    has_memory: bool,
}

impl Shape {
    fn read(bytes: &[u8]) -> Result<Self, AdaptError> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(|error| invalid(&error))? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(|error| invalid(&error))?;
                        shape.imports_wasip1 |=
                            import.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                        shape
                            .imports
                            .push((import.module.to_owned(), import.name.to_owned()));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(|error| invalid(&error))?;
                        shape.starts |= export.name == "_start";
                        shape.initializes |= export.name == "_initialize";
                        shape.has_memory |=
                            export.name == "memory" && export.kind == ExternalKind::Memory;
                    }
                }
                // Written by wit-bindgen and read by wit-component.
                Payload::CustomSection(section) => {
                    shape.has_wit |= section.name().starts_with("component-type");
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn check_imports(&self) -> Result<(), AdaptError> {
        let known = wasip1_functions();
        let unknown = self.imports.iter().find(|(module, name)| {
            module != WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME || !known.contains(name.as_str())
        });
        let Some((module, name)) = unknown else {
            return Ok(());
        };
        let hint = match module.as_str() {
            "wasi_unstable" => "; `wasi_unstable` is the snapshot before it, of 2019",
            "env" => {
                "; an import from `env` is often a function that was declared and never linked"
            }
            "wasi" => "; `wasi` `thread-spawn` means threads, which a box does not have",
            "gojs" | "go" => "; this Go program was built for a browser: build it with GOOS=wasip1",
            name if name.starts_with("wbg") || name.starts_with("__wbindgen") => {
                "; this module was built with wasm-bindgen for JavaScript"
            }
            name if name.contains(':') => {
                "; this is the inside of a component: keep what wraps it, or link with `wasm-component-ld`"
            }
            _ => "",
        };
        Err(AdaptError::UnknownImport {
            module: module.clone(),
            name: name.clone(),
            hint,
        })
    }
}

/// The functions of wasip1: what the adapter exports.
fn wasip1_functions() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let adapter: &'static [u8] = WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER;
    for payload in Parser::new(0).parse_all(adapter) {
        if let Ok(Payload::ExportSection(section)) = payload {
            names.extend(section.into_iter().flatten().map(|export| export.name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wat(text: &str) -> Vec<u8> {
        wat::parse_str(text).expect("valid WAT")
    }

    #[test]
    fn a_component_stays_as_it_is() {
        let component = wat("(component)");
        let (adapted, origin) = adapt(component.clone()).unwrap();
        assert_eq!((adapted, origin), (component, Origin::Component));
    }

    #[test]
    fn a_wasip1_command_exports_run() {
        let module = wat(r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_start") i32.const 0 call $exit))"#);
        let (component, origin) = adapt(module).unwrap();
        assert_eq!(origin, Origin::Wasip1);
        let exports_run = Parser::new(0)
            .parse_all(&component)
            .any(|payload| match payload {
                Ok(Payload::ComponentExportSection(section)) => section.into_iter().any(|export| {
                    export.is_ok_and(|export| export.name.name.starts_with("wasi:cli/run@"))
                }),
                _ => false,
            });
        assert!(exports_run);
    }

    #[test]
    fn a_module_without_imports_can_be_a_command_too() {
        let module = wat(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
        assert_eq!(adapt(module).unwrap().1, Origin::Wasip1);
    }

    #[test]
    fn what_can_not_be_adapted_is_said() {
        let error = |bytes: Vec<u8>| adapt(bytes).unwrap_err();
        assert!(matches!(error(vec![]), AdaptError::NotWasm { .. }));
        assert!(matches!(
            error(b"(module)".to_vec()),
            AdaptError::NotWasm { .. }
        ));
        assert!(matches!(
            error(b"\0asm\x01\0".to_vec()),
            AdaptError::Invalid { .. }
        ));
        assert!(matches!(error(wat("(module)")), AdaptError::NothingToRun));
        let import = wat(r#"(module (import "env" "f" (func)) (func (export "_start")))"#);
        assert!(
            matches!(error(import), AdaptError::UnknownImport { module, .. } if module == "env")
        );
    }

    #[test]
    fn a_module_cut_anywhere_is_refused_without_a_panic() {
        let module = wat(
            r#"(module (memory (export "memory") 1) (func (export "_start")) (data (i32.const 0) "abc"))"#,
        );
        for length in 0..module.len() {
            // A cut between two sections leaves a valid module that may have nothing to run.
            let _ = adapt(module[..length].to_vec());
        }
    }
}
