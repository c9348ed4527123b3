//! What the host calls: functions of parts, and destructors.

use wasm_encoder::{Instruction as I, ValType};

use super::values::{
    defines, fresh, lends_to, move_params, needs_stack, result_source, save_results,
};
use super::{Abi, Crossing, Writer};
use crate::adapt::code::{Code, Own};
use crate::adapt::handles::{self};
use crate::adapt::module::{Need, Runtime};
use crate::adapt::transfer::{HandleSpace, Loc, Side, Transfer, mem};
use crate::graph::{FuncId, FuncKind, PartId, Resource};

impl Writer<'_, '_> {
    /// A function of a part as the host calls it. With it, the function that the
    /// host calls when it has read the results, if that has to be another.
    pub fn export(&mut self, func: FuncId, name: &str) -> (Own, Option<Own>) {
        let graph = self.graph;
        let func = &graph.funcs[func.at()];
        let FuncKind::Lift {
            part,
            core,
            options,
        } = &func.kind
        else {
            return (self.module.declare(name.to_owned(), &[], &[]), None);
        };
        let (ty, part) = (&func.ty, *part);
        let abi = Abi::of(&graph.types, ty);
        let scratch = abi.crossing(false) == Crossing::Scratch;
        let inner = self.side(part, options);
        let outer = if scratch {
            self.scratch_side()
        } else {
            Side {
                handles: HandleSpace::Host,
                ..inner
            }
        };
        let target = self.module.import_func(
            Need::Core(core.clone()),
            &abi.lift_params(),
            &abi.lift_results(),
        );
        let own = self
            .module
            .declare(name.to_owned(), &abi.lift_params(), &abi.lift_results());

        let mut code = Code::new(abi.lift_params().len());
        let mark = needs_stack(&abi).then(|| handles::mark(&mut self.module, &mut code));
        let code = self.may_leave(code, part, scratch, false);
        let mut t = self.transfer(code, outer, inner);
        let args = move_params(&mut t, ty, &abi);
        let Transfer { code, scope, .. } = t;
        let mut code = self.may_leave(code, part, scratch, true);
        for (arg, _) in &args {
            code.get(*arg);
        }
        code.call(target);
        let results = save_results(&mut code, &abi.lift_results());
        if lends_to(&graph.types, ty, |resource| defines(graph, resource, part)) {
            handles::check_no_borrows(&mut self.module, self.tables, &mut code, part);
        }
        let mut lent_by_host = Vec::new();
        for (_, param) in &ty.params {
            graph.types.resources(*param, &mut |resource| {
                if matches!(graph.resources[resource.0 as usize], Resource::Host) {
                    lent_by_host.push(resource);
                }
            });
        }
        lent_by_host.sort_unstable();
        lent_by_host.dedup();
        self.close_scope(&mut code, &scope, mark, &lent_by_host);

        let mut returned = results.clone();
        if let (Some(ty), Some(layout)) = (ty.result, &abi.result)
            && (layout.handles || scratch)
        {
            let mut t = self.transfer(code, inner, outer);
            let from = result_source(&mut t, &abi, layout, &results);
            let to = match &abi.flat_results {
                Some(flat) => fresh(&mut t.code, flat),
                None => {
                    let bytes = t.code.fresh(ValType::I32);
                    let to = t.code.fresh(ValType::I32);
                    t.code.i32(layout.size).set(bytes);
                    t.allocate(layout.align, bytes, to);
                    mem(to)
                }
            };
            t.value(ty, &from, &to);
            returned = match to {
                Loc::Flat(locals) => locals,
                Loc::Mem { base, .. } => vec![(base, ValType::I32)],
            };
            code = t.code;
        }
        // Results that were copied need the part's memory no more.
        let mut after = None;
        if scratch {
            if let Some(post_return) = &options.post_return {
                let post_return = self.module.import_func(
                    Need::Core(post_return.clone()),
                    &abi.lift_results(),
                    &[],
                );
                code = self.may_leave(code, part, true, false);
                for (result, _) in &results {
                    code.get(*result);
                }
                code.call(post_return);
                code = self.may_leave(code, part, true, true);
            }
            let top = self.module.import_global(Runtime::ScratchTop);
            let reset = self
                .module
                .declare(format!("{name} (after)"), &abi.lift_results(), &[]);
            let mut reset_code = Code::new(abi.lift_results().len());
            reset_code.i32(0).ins(I::GlobalSet(top));
            self.module.define(reset, reset_code);
            after = Some(reset);
        }
        for (local, _) in returned {
            code.get(local);
        }
        self.module.define(own, code);
        (own, after)
    }

    /// A core function of a guarded part that the host calls while the part may
    /// not call out: its `realloc`, or what follows a call.
    pub fn barred(
        &mut self,
        part: PartId,
        item: &crate::graph::CoreItem,
        params: &[ValType],
        results: &[ValType],
        name: &str,
    ) -> Own {
        let target = self
            .module
            .import_func(Need::Core(item.clone()), params, results);
        let own = self.module.declare(name.to_owned(), params, results);
        let code = Code::new(params.len());
        let mut code = self.may_leave(code, part, true, false);
        for param in 0..params.len() as u32 {
            code.get(param);
        }
        code.call(target);
        let code = self.may_leave(code, part, true, true);
        self.module.define(own, code);
        own
    }

    /// The destructor of the flat component's type for a part's resource.
    pub fn destructor(&mut self, dtor: Option<&crate::graph::CoreItem>, name: &str) -> Own {
        let i32 = [ValType::I32];
        let own = self.module.declare(name.to_owned(), &i32, &[]);
        let mut code = Code::new(1);
        if let Some(dtor) = dtor {
            let taking = self.module.import_global(Runtime::Taking);
            let dtor = self.module.import_func(Need::Core(dtor.clone()), &i32, &[]);
            code.ins(I::GlobalGet(taking)).ins(I::I32Eqz).if_();
            code.get(0).call(dtor).end();
        }
        self.module.define(own, code);
        own
    }
}
