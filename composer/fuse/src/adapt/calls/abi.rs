//! What the canonical ABI makes of a function type, and what crossing the flat
//! component's boundary takes.

use wasm_encoder::ValType;

use crate::adapt::code::Local;
use crate::graph::{FuncId, FuncKind, Graph, PartId};
use crate::modules::Guarded;
use crate::types::{FuncType, Layout, MAX_FLAT_RESULTS, Types, Val};

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
    pub(super) fn result_area(&self) -> Local {
        self.lift_params().len() as Local
    }

    pub(super) fn handles(&self) -> bool {
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
