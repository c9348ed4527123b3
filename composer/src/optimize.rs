//! The core modules of a fused box, rewritten by an optimizer of the host's: `--optimize`.

use miette::Diagnostic;
use registry_index::ComponentError;
use thiserror::Error;
use wasm_encoder::{ComponentSection as _, ComponentSectionId, RawSection};
use wasmparser::{Parser, Payload};

/// Makes a core module smaller or faster and leaves what it does.
pub type Optimizer = dyn Fn(&[u8]) -> Result<Vec<u8>, NotOptimized>;

/// Why a box is not optimized.
#[derive(Debug, Error, Diagnostic)]
#[error("the box cannot be optimized: {reason}")]
#[diagnostic(code(build::optimize), help("{help}"))]
pub struct NotOptimized {
    /// What happened.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

/// Rewrites the core modules of a flat component.
///
/// # Errors
///
/// What the optimizer says, and [`NotOptimized`] where what it makes is not valid.
pub fn optimize(component: &[u8], optimizer: &Optimizer) -> Result<Vec<u8>, NotOptimized> {
    let unreadable = |error: wasmparser::BinaryReaderError| invalid(&error.into());
    let mut optimized = component[..8].to_vec();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(unreadable)?;
        let range = |range: &std::ops::Range<u64>| {
            // What was read from memory has offsets that fit it.
            let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
            at(range.start)..at(range.end)
        };
        match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                if depth == 0 {
                    let module = optimizer(&component[range(unchecked_range)])?;
                    let section = RawSection {
                        id: ComponentSectionId::CoreModule.into(),
                        data: &module,
                    };
                    section.append_to_component(&mut optimized);
                }
                depth += 1;
                continue;
            }
            Payload::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => {}
        }
        if depth == 0
            && let Some((id, data)) = payload.as_section()
        {
            let section = RawSection {
                id,
                data: &component[range(&data)],
            };
            section.append_to_component(&mut optimized);
        }
        if matches!(payload, Payload::ComponentSection { .. }) {
            depth += 1;
        }
    }
    // The seal looks at types, not at function bodies: those were checked before.
    registry_index::validate(&optimized).map_err(|error| invalid(&error))?;
    Ok(optimized)
}

fn invalid(error: &ComponentError) -> NotOptimized {
    NotOptimized {
        reason: format!("what the optimizer made is not valid: {error}"),
        help: "try another version of it, or leave out `--optimize`".to_owned(),
    }
}
