//! One adapter for each function that crosses a boundary: from part to part,
//! from a part to the host, and from the host to a part.

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Local, Own, Why};
use super::handles::{self, HandleOp, Tables};
use super::module::{AdapterModule, FlatBuiltin, Need, Runtime};
use super::transfer::{HandleSpace, Loc, Scope, Side, Transfer};
use crate::graph::{
    Builtin, BuiltinId, BuiltinKind, CanonOptions, Encoding, FuncId, FuncKind, Graph, PartId,
};
use crate::modules::Guarded;
use crate::types::ResourceId;

mod abi;
mod exports;
mod host;
mod values;

pub(crate) use abi::{Abi, Crossing, passes_as_is};
use values::{
    area, defines, fresh, lends_to, move_params, needs_stack, result_source, save_results,
};

/// What adapters are written with.
pub(crate) struct Writer<'m, 'g> {
    pub graph: &'m Graph<'g>,
    pub guarded: &'m Guarded,
    pub tables: &'m mut Tables,
    pub module: AdapterModule,
}

impl<'m, 'g> Writer<'m, 'g> {
    fn transfer<'t>(&'t mut self, code: Code, src: Side, dst: Side) -> Transfer<'t, 'g> {
        Transfer {
            module: &mut self.module,
            graph: self.graph,
            tables: self.tables,
            code,
            src,
            dst,
            scope: Scope::default(),
            repeats: false,
        }
    }

    /// The side of a part under these options.
    fn side(&mut self, part: PartId, options: &CanonOptions) -> Side {
        let i32 = ValType::I32;
        Side {
            memory: options
                .memory
                .clone()
                .map(|memory| self.module.import_memory(Need::Core(memory))),
            realloc: options.realloc.clone().map(|realloc| {
                self.module
                    .import_func(Need::Core(realloc), &[i32; 4], &[i32])
            }),
            encoding: options.encoding,
            handles: HandleSpace::Part(part),
        }
    }

    /// The side of the scratch memory. Its strings are UTF-8, as a host's are: so
    /// a part's `realloc` is called as a host would call it.
    fn scratch_side(&mut self) -> Side {
        let i32 = ValType::I32;
        Side {
            memory: Some(self.module.import_memory(Need::Runtime(Runtime::Scratch))),
            realloc: Some(self.module.import_func(
                Need::Runtime(Runtime::ScratchRealloc),
                &[i32; 4],
                &[i32],
            )),
            encoding: Encoding::Utf8,
            handles: HandleSpace::Host,
        }
    }

    /// The function of a builtin: a call of another part or of the host, or a
    /// resource built-in.
    pub fn builtin(&mut self, id: BuiltinId, name: &str) -> Own {
        let graph = self.graph;
        let Builtin { part, kind } = &graph.builtins[id.at()];
        match kind {
            BuiltinKind::Lower { func, options } => {
                let abi = Abi::of(&graph.types, &graph.funcs[func.at()].ty);
                let own =
                    self.module
                        .declare(name.to_owned(), &abi.lower_params(), &abi.lower_results());
                let code = match &graph.funcs[func.at()].kind {
                    FuncKind::Lift { part: callee, .. } if graph.reenters(*part, *callee) => {
                        let mut code = Code::new(0);
                        code.trap(Why::CannotEnter);
                        code
                    }
                    FuncKind::Lift { .. } => self.call(*part, *func, options, &abi),
                    FuncKind::Import { .. } => self.call_host(id, *part, *func, options, &abi),
                };
                self.module.define(own, code);
                own
            }
            BuiltinKind::ResourceNew(resource) => {
                let op = HandleOp::New(*part, *resource);
                self.resource(name, *part, op, true)
            }
            BuiltinKind::ResourceRep(resource) => {
                let op = HandleOp::Rep(*part, *resource);
                self.resource(name, *part, op, false)
            }
            BuiltinKind::ResourceDrop(resource) => {
                let op = HandleOp::Drop(*part, *resource);
                self.resource(name, *part, op, true)
            }
        }
    }

    fn resource(&mut self, name: &str, part: PartId, op: HandleOp, checked: bool) -> Own {
        let helper = handles::make(&mut self.module, self.graph, self.tables, op);
        if !(checked && self.guarded.contains(part)) {
            return helper;
        }
        let i32 = [ValType::I32];
        let results: &[ValType] = if matches!(op, HandleOp::Drop(..)) {
            &[]
        } else {
            &i32
        };
        let own = self.module.declare(name.to_owned(), &i32, results);
        let mut code = Code::new(1);
        self.check_may_leave(&mut code, part);
        code.get(0).call_own(helper);
        self.module.define(own, code);
        own
    }

    /// A call from part to part.
    fn call(&mut self, caller: PartId, func: FuncId, lower: &CanonOptions, abi: &Abi) -> Code {
        let graph = self.graph;
        let func = &graph.funcs[func.at()];
        let FuncKind::Lift {
            part: callee,
            core,
            options: lift,
        } = &func.kind
        else {
            return Code::new(0);
        };
        let ty = &func.ty;
        let outer = self.side(caller, lower);
        let inner = self.side(*callee, lift);
        let target = self.module.import_func(
            Need::Core(core.clone()),
            &abi.lift_params(),
            &abi.lift_results(),
        );
        let params = abi.lower_params();
        let mut code = Code::new(params.len());
        self.check_may_leave(&mut code, caller);
        let mark = needs_stack(abi).then(|| handles::mark(&mut self.module, &mut code));

        // Parameters.
        let allocates = abi.params.pointers || abi.flat_params.is_none();
        let code = self.may_leave(code, *callee, allocates, false);
        let mut t = self.transfer(code, outer, inner);
        let args = move_params(&mut t, ty, abi);
        let Transfer { code, scope, .. } = t;
        let mut code = self.may_leave(code, *callee, allocates, true);

        // The call.
        for (arg, _) in &args {
            code.get(*arg);
        }
        code.call(target);
        let results = save_results(&mut code, &abi.lift_results());
        if lends_to(&graph.types, ty, |resource| {
            defines(graph, resource, *callee)
        }) {
            handles::check_no_borrows(&mut self.module, self.tables, &mut code, *callee);
        }
        self.close_scope(&mut code, &scope, mark, &[]);

        // Results.
        let mut returned = Vec::new();
        if let (Some(ty), Some(layout)) = (ty.result, &abi.result) {
            let allocates = layout.pointers;
            let code_ = self.may_leave(code, caller, allocates, false);
            let mut t = self.transfer(code_, inner, outer);
            let from = result_source(&mut t, abi, layout, &results);
            let to = match &abi.flat_results {
                Some(flat) => fresh(&mut t.code, flat),
                None => area(&mut t, layout, abi.result_area()),
            };
            t.value(ty, &from, &to);
            if let Loc::Flat(locals) = to {
                returned = locals;
            }
            let code_ = t.code;
            code = self.may_leave(code_, caller, allocates, true);
        }
        if let Some(post_return) = &lift.post_return {
            let post_return =
                self.module
                    .import_func(Need::Core(post_return.clone()), &abi.lift_results(), &[]);
            for (result, _) in &results {
                code.get(*result);
            }
            code.call(post_return);
        }
        for (local, _) in returned {
            code.get(local);
        }
        code
    }

    fn check_may_leave(&mut self, code: &mut Code, part: PartId) {
        if self.guarded.contains(part) {
            let flag = self.module.import_global(Runtime::MayLeave(part));
            code.ins(I::GlobalGet(flag))
                .ins(I::I32Eqz)
                .trap_if(Why::CannotLeave);
        }
    }

    /// Sets the flag that lets a part call out, if its functions are about to be
    /// called by an adapter and could.
    fn may_leave(&mut self, mut code: Code, part: PartId, needed: bool, value: bool) -> Code {
        if needed && self.guarded.contains(part) {
            let flag = self.module.import_global(Runtime::MayLeave(part));
            code.i32(u32::from(value)).ins(I::GlobalSet(flag));
        }
        code
    }

    /// Gives back what was lent for the call.
    fn close_scope(
        &mut self,
        code: &mut Code,
        scope: &Scope,
        mark: Option<Local>,
        lent_by_host: &[ResourceId],
    ) {
        if !scope.lent.is_empty() {
            let memory = self.module.import_memory(Need::Runtime(Runtime::Handles));
            for entry in &scope.lent {
                // 0 is a descriptor's address, never an entry's.
                code.get(*entry).if_();
                handles::give_back(code, memory, *entry);
                code.end();
            }
        }
        for (handle, resource) in &scope.borrowed {
            let drop = self.module.import_func(
                Need::Flat(FlatBuiltin::ResourceDrop(*resource)),
                &[ValType::I32],
                &[],
            );
            code.get(*handle).if_().get(*handle).call(drop).end();
        }
        if let (Some(mark), true) = (mark, scope.stack) {
            handles::unwind(&mut self.module, code, mark, lent_by_host);
        }
    }
}
