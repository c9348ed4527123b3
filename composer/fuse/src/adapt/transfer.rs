//! Values on their way from one part to another: lifting and lowering at once,
//! with no value in between.
//!
//! Source: `CanonicalABI.md`, "Loading", "Storing", "Flat Lifting" and "Flat
//! Lowering". Where the specification leaves a trap's moment open (nothing can be
//! seen between a trap and the end), checks stand where they cost least.

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Imported, Local, Own};
use super::handles::{self, HandleOp};
use super::module::AdapterModule;
use super::strings::{self, StringOp};
use crate::graph::{Encoding, Graph, PartId};
use crate::types::{Def, Flat, TypeId, Val};

mod memory;
mod nested;
mod resources;
mod scalars;

/// One end of a call: where its values live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Side {
    /// Index of its memory among the module's.
    pub memory: Option<u32>,
    pub realloc: Option<Imported>,
    pub encoding: Encoding,
    pub handles: HandleSpace,
}

impl Side {
    /// The memory. The validator demands one wherever a value needs it.
    pub fn mem(&self) -> u32 {
        self.memory.unwrap_or_default()
    }
}

/// Whose handles a side speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HandleSpace {
    /// A part's own table.
    Part(PartId),
    /// The flat component's, as the host sees it.
    Host,
}

/// A function of the module that several adapters share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Helper {
    Handle(HandleOp),
    String(StringOp),
    /// Moves a value in memory: `(from, to)`.
    Value(TypeId, Side, Side),
}

/// Where a value is, or is to be.
#[derive(Clone, Debug)]
pub(crate) enum Loc {
    /// In locals, with the type that each has.
    Flat(Vec<(Local, ValType)>),
    /// In the side's memory.
    Mem { base: Local, offset: u32 },
}

impl Loc {
    fn field(&self, flat_at: usize, flat_len: usize, bytes: u32) -> Loc {
        match self {
            Loc::Flat(locals) => Loc::Flat(locals[flat_at..flat_at + flat_len].to_vec()),
            Loc::Mem { base, offset } => Loc::Mem {
                base: *base,
                offset: offset + bytes,
            },
        }
    }
}

/// What has to be undone when the call is over.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Locals with the address of an entry that was lent, 0 for none.
    pub lent: Vec<Local>,
    /// Locals with a borrow handle of the flat component, 0 for none, and its type.
    pub borrowed: Vec<(Local, crate::types::ResourceId)>,
    /// Handles in lists went onto the stack of lent handles.
    pub stack: bool,
}

/// Values wider than this many fields are moved by a function of their own.
const INLINE_LIMIT: usize = 24;

/// A function in the making that moves values from `src` to `dst`.
pub(crate) struct Transfer<'m, 'g> {
    pub module: &'m mut AdapterModule,
    pub graph: &'m Graph<'g>,
    pub tables: &'m mut handles::Tables,
    pub code: Code,
    pub src: Side,
    pub dst: Side,
    pub scope: Scope,
    /// The code being written may run more than once a call.
    pub repeats: bool,
}

impl Transfer<'_, '_> {
    /// Moves a value.
    pub fn value(&mut self, ty: Val, src: &Loc, dst: &Loc) {
        match ty {
            Val::Bool => {
                // A flat one is a whole i32: any bit of it makes it true.
                let width = match src {
                    Loc::Flat(_) => 4,
                    Loc::Mem { .. } => 1,
                };
                self.open(dst);
                self.load(src, Flat::I32, width, false);
                self.code.ins(I::I32Eqz).ins(I::I32Eqz);
                self.close(dst, Flat::I32, 1);
            }
            Val::U8 | Val::S8 => self.scalar(src, dst, Flat::I32, 1, ty == Val::S8),
            Val::U16 | Val::S16 => self.scalar(src, dst, Flat::I32, 2, ty == Val::S16),
            Val::U32 | Val::S32 => self.scalar(src, dst, Flat::I32, 4, false),
            Val::U64 | Val::S64 => self.scalar(src, dst, Flat::I64, 8, false),
            Val::F32 => self.scalar(src, dst, Flat::F32, 4, false),
            Val::F64 => self.scalar(src, dst, Flat::F64, 8, false),
            Val::Char => self.char(src, dst),
            Val::String => self.pair(src, dst, |this, ptr, len| {
                strings::transfer(this, ptr, len);
            }),
            Val::Def(id) => self.defined(id, src, dst),
        }
    }

    fn defined(&mut self, id: TypeId, src: &Loc, dst: &Loc) {
        let graph = self.graph;
        if let (Loc::Mem { .. }, Loc::Mem { .. }) = (src, dst)
            && self.weight(Val::Def(id)) > INLINE_LIMIT
        {
            let helper = self.value_helper(id);
            self.address(src);
            self.address(dst);
            self.code.call_own(helper);
            if graph.types.layout(Val::Def(id)).borrows {
                self.scope.stack = true;
            }
            return;
        }
        match graph.types.def(id) {
            Def::Record(fields) => self.sequence(fields.iter().map(|(_, ty)| *ty), src, dst),
            Def::Tuple(fields) => self.sequence(fields.iter().copied(), src, dst),
            Def::FixedList(element, count) => self.fixed_list(*element, *count, src, dst),
            Def::List(element) => self.pair(src, dst, |this, ptr, len| {
                this.list(*element, ptr, len);
            }),
            Def::Flags(names) => self.flags(names.len(), src, dst),
            Def::Variant(_) | Def::Enum(_) | Def::Option(_) | Def::Result(..) => {
                let cases = graph.types.cases(id).unwrap_or_default();
                self.variant(&cases, src, dst);
            }
            Def::Own(resource) => {
                self.open(dst);
                self.load(src, Flat::I32, 4, false);
                self.own(*resource);
                self.close(dst, Flat::I32, 4);
            }
            Def::Borrow(resource) => {
                self.load(src, Flat::I32, 4, false);
                let handle = self.borrow(*resource);
                self.open(dst);
                self.code.get(handle);
                self.close(dst, Flat::I32, 4);
                self.code.release(handle, ValType::I32);
            }
        }
    }

    /// Moves values that stand one after another.
    pub fn sequence(&mut self, fields: impl Iterator<Item = Val> + Clone, src: &Loc, dst: &Loc) {
        let offsets = self.graph.types.offsets(fields.clone());
        let mut flat = 0;
        for (ty, offset) in fields.zip(offsets) {
            let len = self.flat_len(ty);
            let from = src.field(flat_or_zero(src, flat), flat_or_zero(src, len), offset);
            let to = dst.field(flat_or_zero(dst, flat), flat_or_zero(dst, len), offset);
            self.value(ty, &from, &to);
            flat += len;
        }
    }

    fn flat_len(&self, ty: Val) -> usize {
        let layout = self.graph.types.layout(ty);
        layout.flat.map_or(0, |flat| flat.len())
    }

    /// How much code moving a value takes, in fields.
    fn weight(&self, ty: Val) -> usize {
        let Val::Def(id) = ty else { return 1 };
        let types = &self.graph.types;
        match types.def(id) {
            Def::Record(fields) => fields.iter().map(|(_, ty)| self.weight(*ty)).sum(),
            Def::Tuple(fields) => fields.iter().map(|ty| self.weight(*ty)).sum(),
            Def::FixedList(element, _) | Def::List(element) => 4 + self.weight(*element),
            Def::Variant(_) | Def::Option(_) | Def::Result(..) => types
                .cases(id)
                .unwrap_or_default()
                .into_iter()
                .map(|payload| 1 + payload.map_or(0, |ty| self.weight(ty)))
                .sum(),
            Def::Flags(_) | Def::Enum(_) => 1,
            Def::Own(_) | Def::Borrow(_) => 3,
        }
    }

    /// A function that moves one value from memory to memory.
    fn value_helper(&mut self, id: TypeId) -> Own {
        let key = Helper::Value(id, self.src, self.dst);
        if let Some(own) = self.module.helpers.get(&key) {
            return *own;
        }
        let name = format!("move value {}", id.0);
        let own = self.module.declare(name, &[ValType::I32; 2], &[]);
        self.module.helpers.insert(key, own);
        let mut inner = Transfer {
            module: self.module,
            graph: self.graph,
            tables: self.tables,
            code: Code::new(2),
            src: self.src,
            dst: self.dst,
            scope: Scope::default(),
            repeats: true,
        };
        let (src, dst) = (mem(0), mem(1));
        // One level is written out here, whatever its weight.
        match inner.graph.types.def(id) {
            Def::Record(fields) => inner.sequence(fields.iter().map(|(_, ty)| *ty), &src, &dst),
            Def::Tuple(fields) => inner.sequence(fields.iter().copied(), &src, &dst),
            Def::List(element) => inner.pair(&src, &dst, |this, ptr, len| {
                this.list(*element, ptr, len);
            }),
            Def::FixedList(element, count) => inner.fixed_list(*element, *count, &src, &dst),
            _ => {
                let cases = inner.graph.types.cases(id).unwrap_or_default();
                inner.variant(&cases, &src, &dst);
            }
        }
        let code = inner.code;
        self.module.define(own, code);
        own
    }
}

/// A value at the address in a local.
pub(crate) fn mem(base: Local) -> Loc {
    Loc::Mem { base, offset: 0 }
}

/// Positions among flat values mean nothing for a value in memory.
fn flat_or_zero(loc: &Loc, at: usize) -> usize {
    match loc {
        Loc::Flat(_) => at,
        Loc::Mem { .. } => 0,
    }
}
