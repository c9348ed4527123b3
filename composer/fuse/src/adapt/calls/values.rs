//! Parameters and results on their way, and what was lent with them.

use wasm_encoder::ValType;

use super::Abi;
use crate::adapt::code::{Code, Local, Why};
use crate::adapt::transfer::{Loc, Transfer, mem};
use crate::graph::{Graph, PartId, Resource};
use crate::types::{Def, FuncType, Layout, ResourceId, Types, Val};

/// Whether parameters may lend handles a number of times that is not known.
pub(super) fn needs_stack(abi: &Abi) -> bool {
    abi.params.borrows && (abi.params.handles_in_lists || abi.flat_params.is_none())
}

/// Moves parameters; the locals returned are the callee's core arguments.
pub(super) fn move_params(
    t: &mut Transfer<'_, '_>,
    ty: &FuncType,
    abi: &Abi,
) -> Vec<(Local, ValType)> {
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
pub(super) fn result_source(
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
pub(super) fn area(t: &mut Transfer<'_, '_>, layout: &Layout, ptr: Local) -> Loc {
    t.check_align(ptr, layout.align);
    let memory = t.dst.mem();
    t.check_bounds_of(memory, ptr, layout.size, Why::MemoryBounds);
    mem(ptr)
}

pub(super) fn fresh(code: &mut Code, flat: &[ValType]) -> Loc {
    Loc::Flat(flat.iter().map(|ty| (code.fresh(*ty), *ty)).collect())
}

/// Pops a call's results into locals.
pub(super) fn save_results(code: &mut Code, results: &[ValType]) -> Vec<(Local, ValType)> {
    let locals: Vec<_> = results.iter().map(|ty| (code.fresh(*ty), *ty)).collect();
    for (local, _) in locals.iter().rev() {
        code.set(*local);
    }
    locals
}

pub(super) fn defines(graph: &Graph<'_>, resource: ResourceId, part: PartId) -> bool {
    matches!(&graph.resources[resource.0 as usize],
        Resource::Part { part: definer, .. } if *definer == part)
}

/// Whether a call puts borrow handles into its callee's table. A part that
/// defines a resource borrows its representation, with no handle.
pub(super) fn lends_to(types: &Types, ty: &FuncType, defined: impl Fn(ResourceId) -> bool) -> bool {
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
