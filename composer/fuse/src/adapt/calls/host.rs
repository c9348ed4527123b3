//! Calls from a part to the host.

use wasm_encoder::{Instruction as I, ValType};

use super::values::{area, fresh, move_params, needs_stack, save_results};
use super::{Abi, Crossing, Writer};
use crate::adapt::code::{Code, Imported};
use crate::adapt::handles::{self};
use crate::adapt::module::{FlatBuiltin, Need, Runtime};
use crate::adapt::transfer::{HandleSpace, Loc, Side, Transfer, mem};
use crate::graph::{BuiltinId, CanonOptions, FuncId, PartId};
use crate::types::FuncType;

impl Writer<'_, '_> {
    /// A call from a part to the host.
    pub(super) fn call_host(
        &mut self,
        id: BuiltinId,
        caller: PartId,
        func: FuncId,
        options: &CanonOptions,
        abi: &Abi,
    ) -> Code {
        let graph = self.graph;
        let ty = &graph.funcs[func.at()].ty;
        let crossing = abi.crossing(true);
        let flat = match crossing {
            Crossing::Scratch => FlatBuiltin::LowerScratch(id),
            Crossing::Plain | Crossing::InPlace => FlatBuiltin::Lower(id),
        };
        let target =
            self.module
                .import_func(Need::Flat(flat), &abi.lower_params(), &abi.lower_results());
        let params = abi.lower_params();
        let mut code = Code::new(params.len());
        self.check_may_leave(&mut code, caller);
        // While the host writes results, `realloc` may not call another part.
        let code = self.may_leave(code, caller, true, false);
        let code = match crossing {
            Crossing::Plain => {
                let mut code = code;
                for param in 0..params.len() as u32 {
                    code.get(param);
                }
                code.call(target);
                code
            }
            Crossing::InPlace => self.host_in_place(code, caller, ty, options, abi, target),
            Crossing::Scratch => self.host_scratch(code, caller, ty, options, abi, target),
        };
        self.may_leave(code, caller, true, true)
    }

    pub(super) fn host_in_place(
        &mut self,
        code: Code,
        caller: PartId,
        ty: &FuncType,
        options: &CanonOptions,
        abi: &Abi,
        target: Imported,
    ) -> Code {
        let part = self.side(caller, options);
        let host = Side {
            handles: HandleSpace::Host,
            ..part
        };
        let retptr = abi.result_area();
        let mut t = self.transfer(code, part, host);
        let args = if abi.params.handles {
            move_params(&mut t, ty, abi)
        } else {
            (0..).zip(abi.lift_params()).collect()
        };
        let Transfer {
            mut code, scope, ..
        } = t;
        for (arg, _) in &args {
            code.get(*arg);
        }
        if abi.flat_results.is_none() {
            code.get(retptr);
        }
        code.call(target);
        let results = save_results(&mut code, &abi.lower_results());
        self.close_scope(&mut code, &scope, None, &[]);
        let (Some(ty), Some(layout)) = (ty.result, &abi.result) else {
            return code;
        };
        if !layout.handles {
            for (result, _) in results {
                code.get(result);
            }
            return code;
        }
        let mut t = self.transfer(code, host, part);
        match &abi.flat_results {
            Some(flat) => {
                let to = fresh(&mut t.code, flat);
                t.value(ty, &Loc::Flat(results), &to);
                if let Loc::Flat(locals) = to {
                    for (local, _) in locals {
                        t.code.get(local);
                    }
                }
            }
            // The host has checked where the area is.
            None => t.value(ty, &mem(retptr), &mem(retptr)),
        }
        t.code
    }

    pub(super) fn host_scratch(
        &mut self,
        mut code: Code,
        caller: PartId,
        ty: &FuncType,
        options: &CanonOptions,
        abi: &Abi,
        target: Imported,
    ) -> Code {
        let part = self.side(caller, options);
        let scratch = self.scratch_side();
        let top = self.module.import_global(Runtime::ScratchTop);
        let retptr = abi.result_area();
        let before = code.fresh(ValType::I32);
        code.ins(I::GlobalGet(top)).set(before);
        let mark = needs_stack(abi).then(|| handles::mark(&mut self.module, &mut code));
        let mut t = self.transfer(code, part, scratch);
        let args = move_params(&mut t, ty, abi);
        let returned = match (&abi.flat_results, &abi.result) {
            (None, Some(layout)) => {
                let bytes = t.code.fresh(ValType::I32);
                let to = t.code.fresh(ValType::I32);
                t.code.i32(layout.size).set(bytes);
                t.allocate(layout.align, bytes, to);
                Some(to)
            }
            _ => None,
        };
        let Transfer {
            mut code, scope, ..
        } = t;
        for (arg, _) in &args {
            code.get(*arg);
        }
        if let Some(to) = returned {
            code.get(to);
        }
        code.call(target);
        let results = save_results(&mut code, &abi.lower_results());
        self.close_scope(&mut code, &scope, mark, &[]);
        let mut locals = Vec::new();
        if let (Some(ty), Some(layout)) = (ty.result, &abi.result) {
            let mut t = self.transfer(code, scratch, part);
            let (from, to) = match (&abi.flat_results, returned) {
                (Some(flat), _) => (Loc::Flat(results), fresh(&mut t.code, flat)),
                (None, returned) => (
                    mem(returned.unwrap_or_default()),
                    area(&mut t, layout, retptr),
                ),
            };
            t.value(ty, &from, &to);
            if let Loc::Flat(to) = to {
                locals = to;
            }
            code = t.code;
        }
        code.get(before).ins(I::GlobalSet(top));
        for (local, _) in locals {
            code.get(local);
        }
        code
    }
}
