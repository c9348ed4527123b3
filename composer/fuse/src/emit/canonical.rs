//! Functions that cross the flat component's boundary.

use wasm_encoder::CanonicalOption;

use super::{Emitter, missing};
use crate::FuseError;
use crate::adapt::{Need, Runtime};
use crate::graph::{BuiltinId, BuiltinKind, CanonOptions, Encoding, FuncId, FuncKind};

impl Emitter<'_, '_> {
    /// `canon lower` of a host's function.
    pub(super) fn lower(&mut self, id: BuiltinId, scratch: bool) -> Result<u32, FuseError> {
        if let Some(index) = self.flat.get(&(id, scratch)) {
            return Ok(*index);
        }
        let BuiltinKind::Lower { func, options } = &self.graph.builtins[id.at()].kind else {
            return Err(missing("a function of the host"));
        };
        let index = self.import_func(*func)?;
        let canon = if scratch {
            self.scratch_options()?
        } else {
            self.canon_options(options)?
        };
        let name = &self.graph.funcs[func.at()].name;
        let lowered = self.out.lower_func(Some(name), index, canon);
        self.flat.insert((id, scratch), lowered);
        Ok(lowered)
    }

    pub(super) fn canon_options(
        &mut self,
        options: &CanonOptions,
    ) -> Result<Vec<CanonicalOption>, FuseError> {
        let mut canon = vec![encoding(options.encoding)];
        if let Some(memory) = &options.memory {
            canon.push(CanonicalOption::Memory(
                self.need(&Need::Core(memory.clone()))?,
            ));
        }
        if let Some(realloc) = &options.realloc {
            canon.push(CanonicalOption::Realloc(
                self.need(&Need::Core(realloc.clone()))?,
            ));
        }
        Ok(canon)
    }

    pub(super) fn scratch_options(&mut self) -> Result<Vec<CanonicalOption>, FuseError> {
        Ok(vec![
            CanonicalOption::UTF8,
            CanonicalOption::Memory(self.need(&Need::Runtime(Runtime::Scratch))?),
            CanonicalOption::Realloc(self.need(&Need::Runtime(Runtime::ScratchRealloc))?),
        ])
    }

    /// The component function for one that the box exports.
    pub(super) fn lift(&mut self, id: FuncId) -> Result<u32, FuseError> {
        let func = &self.graph.funcs[id.at()];
        let FuncKind::Lift { core, options, .. } = &func.kind else {
            return self.import_func(id);
        };
        let plan = self.plan.exports.get(&id).cloned().unwrap_or_default();
        let ty = self.func_type(id);
        let target = match &plan.core {
            Some((step, export)) => self.adapter_export(*step, export)?,
            None => self.need(&Need::Core(core.clone()))?,
        };
        let mut canon = if plan.scratch {
            self.scratch_options()?
        } else {
            let own = CanonOptions {
                realloc: match plan.realloc {
                    Some(_) => None,
                    None => options.realloc.clone(),
                },
                ..options.clone()
            };
            self.canon_options(&own)?
        };
        if let Some((step, export)) = &plan.realloc {
            canon.push(CanonicalOption::Realloc(
                self.adapter_export(*step, export)?,
            ));
        }
        match (&plan.post_return, &options.post_return) {
            (Some((step, export)), _) => canon.push(CanonicalOption::PostReturn(
                self.adapter_export(*step, export)?,
            )),
            (None, Some(item)) if !plan.scratch => canon.push(CanonicalOption::PostReturn(
                self.need(&Need::Core(item.clone()))?,
            )),
            (None, _) => {}
        }
        Ok(self.out.lift_func(Some(&func.name), target, ty, canon))
    }
}

pub(super) fn encoding(of: Encoding) -> CanonicalOption {
    match of {
        Encoding::Utf8 => CanonicalOption::UTF8,
        Encoding::Utf16 => CanonicalOption::UTF16,
        Encoding::Compact => CanonicalOption::CompactUTF16,
    }
}
