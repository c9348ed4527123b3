//! One adapter for each function that crosses a boundary: from part to part,
//! from a part to the host, and from the host to a part.

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Imported, Local, Own, Why};
use super::handles::{self, HandleOp, Tables};
use super::module::{AdapterModule, FlatBuiltin, Need, Runtime};
use super::transfer::{HandleSpace, Loc, Scope, Side, Transfer, mem};
use crate::graph::{
    Builtin, BuiltinId, BuiltinKind, CanonOptions, Encoding, FuncId, FuncKind, Graph, PartId,
    Resource,
};
use crate::modules::Guarded;
use crate::types::{Def, FuncType, Layout, MAX_FLAT_RESULTS, ResourceId, Types, Val};

/// How a function type looks to core code.
pub(crate) struct Abi {
    /// Parameters as values one after another.
    pub params: Layout,
    /// Flat parameters; none if they go through memory.
    pub flat_params: Option<Vec<ValType>>,
    pub result: Option<Layout>,
    /// Flat results; none if they go through memory.
    pub flat_results: Option<Vec<ValType>>,
}

impl Abi {
    pub fn of(types: &Types, ty: &FuncType) -> Abi {
        let params = types.sequence(ty.params.iter().map(|(_, ty)| *ty));
        let result = ty.result.map(|ty| types.layout(ty));
        let flat = |layout: &Layout| -> Option<Vec<ValType>> {
            Some(layout.flat.as_ref()?.iter().map(|f| (*f).into()).collect())
        };
        let flat_results = match &result {
            None => Some(Vec::new()),
            Some(layout) => flat(layout).filter(|flat| flat.len() <= MAX_FLAT_RESULTS),
        };
        Abi {
            flat_params: flat(&params),
            flat_results,
            params,
            result,
        }
    }

    /// Core parameters of the lifted function.
    pub fn lift_params(&self) -> Vec<ValType> {
        self.flat_params.clone().unwrap_or(vec![ValType::I32])
    }

    /// Core results of the lifted function.
    pub fn lift_results(&self) -> Vec<ValType> {
        self.flat_results.clone().unwrap_or(vec![ValType::I32])
    }

    /// Core parameters of the lowered function.
    pub fn lower_params(&self) -> Vec<ValType> {
        let mut params = self.lift_params();
        if self.flat_results.is_none() {
            params.push(ValType::I32);
        }
        params
    }

    /// Core results of the lowered function.
    pub fn lower_results(&self) -> Vec<ValType> {
        self.flat_results.clone().unwrap_or_default()
    }

    /// The parameter of the lowered function that says where a result that goes
    /// through memory is wanted: its last.
    fn result_area(&self) -> Local {
        self.lift_params().len() as Local
    }

    fn handles(&self) -> bool {
        self.params.handles || self.result.as_ref().is_some_and(|result| result.handles)
    }

    /// How values with handles get past the flat component's boundary.
    pub fn crossing(&self, to_host: bool) -> Crossing {
        if !self.handles() {
            return Crossing::Plain;
        }
        let params =
            !self.params.handles || (self.flat_params.is_some() && !self.params.handles_in_lists);
        let result = match &self.result {
            Some(result) if result.handles => {
                // A result area that the host fills without a call of `realloc`
                // can be rewritten where it is; one that the host reads can't:
                // the part would see it.
                self.flat_results.is_some() || (to_host && !result.pointers)
            }
            _ => true,
        };
        if params && result {
            Crossing::InPlace
        } else {
            Crossing::Scratch
        }
    }
}

/// How values get past the flat component's boundary, where handles change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crossing {
    /// There are no handles: nothing changes.
    Plain,
    /// Handles change on the stack, or in an area that nobody else can see.
    InPlace,
    /// Values are copied through the scratch memory.
    Scratch,
}

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

    /// A call from a part to the host.
    fn call_host(
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

    fn host_in_place(
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

    fn host_scratch(
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

/// Whether parameters may lend handles a number of times that is not known.
fn needs_stack(abi: &Abi) -> bool {
    abi.params.borrows && (abi.params.handles_in_lists || abi.flat_params.is_none())
}

/// Moves parameters; the locals returned are the callee's core arguments.
fn move_params(t: &mut Transfer<'_, '_>, ty: &FuncType, abi: &Abi) -> Vec<(Local, ValType)> {
    let fields = ty.params.iter().map(|(_, ty)| *ty);
    match &abi.flat_params {
        Some(flat) => {
            let from = Loc::Flat((0..).zip(flat.iter().copied()).collect());
            let to = fresh(&mut t.code, flat);
            t.sequence(fields, &from, &to);
            match to {
                Loc::Flat(locals) => locals,
                Loc::Mem { .. } => Vec::new(),
            }
        }
        None => {
            let from = {
                t.check_align(0, abi.params.align);
                let memory = t.src.mem();
                t.check_bounds_of(memory, 0, abi.params.size, Why::MemoryBounds);
                mem(0)
            };
            let bytes = t.code.fresh(ValType::I32);
            let to = t.code.fresh(ValType::I32);
            t.code.i32(abi.params.size).set(bytes);
            t.allocate(abi.params.align, bytes, to);
            t.check_align(to, abi.params.align);
            let memory = t.dst.mem();
            t.check_bounds_of(memory, to, abi.params.size, Why::MemoryBounds);
            t.sequence(fields, &from, &mem(to));
            vec![(to, ValType::I32)]
        }
    }
}

/// Where a call has left its result.
fn result_source(
    t: &mut Transfer<'_, '_>,
    abi: &Abi,
    layout: &Layout,
    results: &[(Local, ValType)],
) -> Loc {
    match (&abi.flat_results, results) {
        (None, [(ptr, _)]) => {
            t.check_align(*ptr, layout.align);
            let memory = t.src.mem();
            t.check_bounds_of(memory, *ptr, layout.size, Why::MemoryBounds);
            mem(*ptr)
        }
        _ => Loc::Flat(results.to_vec()),
    }
}

/// The area that a caller wants its result in.
fn area(t: &mut Transfer<'_, '_>, layout: &Layout, ptr: Local) -> Loc {
    t.check_align(ptr, layout.align);
    let memory = t.dst.mem();
    t.check_bounds_of(memory, ptr, layout.size, Why::MemoryBounds);
    mem(ptr)
}

fn fresh(code: &mut Code, flat: &[ValType]) -> Loc {
    Loc::Flat(flat.iter().map(|ty| (code.fresh(*ty), *ty)).collect())
}

/// Pops a call's results into locals.
fn save_results(code: &mut Code, results: &[ValType]) -> Vec<(Local, ValType)> {
    let locals: Vec<_> = results.iter().map(|ty| (code.fresh(*ty), *ty)).collect();
    for (local, _) in locals.iter().rev() {
        code.set(*local);
    }
    locals
}

fn defines(graph: &Graph<'_>, resource: ResourceId, part: PartId) -> bool {
    matches!(&graph.resources[resource.0 as usize],
        Resource::Part { part: definer, .. } if *definer == part)
}

/// Whether a call puts borrow handles into its callee's table. A part that
/// defines a resource borrows its representation, with no handle.
fn lends_to(types: &Types, ty: &FuncType, defined: impl Fn(ResourceId) -> bool) -> bool {
    fn borrows(types: &Types, ty: Val, found: &mut dyn FnMut(ResourceId)) {
        let Val::Def(id) = ty else { return };
        if !types.layout(ty).borrows {
            return;
        }
        match types.def(id) {
            Def::Borrow(resource) => found(*resource),
            Def::Record(fields) => fields.iter().for_each(|(_, ty)| borrows(types, *ty, found)),
            Def::Tuple(fields) => fields.iter().for_each(|ty| borrows(types, *ty, found)),
            Def::List(ty) | Def::FixedList(ty, _) => borrows(types, *ty, found),
            _ => {
                for payload in types.cases(id).into_iter().flatten().flatten() {
                    borrows(types, payload, found);
                }
            }
        }
    }
    let mut any = false;
    for (_, param) in &ty.params {
        borrows(types, *param, &mut |resource| any |= !defined(resource));
    }
    any
}

/// Whether a call needs no adapter: values pass as they are, nothing is checked,
/// and nobody has to be told.
pub(crate) fn passes_as_is(
    graph: &Graph<'_>,
    guarded: &Guarded,
    caller: PartId,
    func: FuncId,
) -> bool {
    let func = &graph.funcs[func.at()];
    let FuncKind::Lift {
        part: callee,
        options,
        ..
    } = &func.kind
    else {
        return false;
    };
    let whole = |ty: &Val| {
        matches!(
            ty,
            Val::U32 | Val::S32 | Val::U64 | Val::S64 | Val::F32 | Val::F64
        )
    };
    let abi = Abi::of(&graph.types, &func.ty);
    !guarded.contains(caller)
        && !graph.reenters(caller, *callee)
        && options.post_return.is_none()
        && abi.flat_params.is_some()
        && func.ty.params.iter().all(|(_, ty)| whole(ty))
        && func.ty.result.as_ref().is_none_or(whole)
}
