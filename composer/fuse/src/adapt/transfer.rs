//! Values on their way from one part to another: lifting and lowering at once,
//! with no value in between.
//!
//! Source: `CanonicalABI.md`, "Loading", "Storing", "Flat Lifting" and "Flat
//! Lowering". Where the specification leaves a trap's moment open (nothing can be
//! seen between a trap and the end), checks stand where they cost least.

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Imported, Local, Own, Why, at};
use super::handles::{self, HandleOp};
use super::module::{AdapterModule, FlatBuiltin, Need};
use super::strings::{self, StringOp};
use crate::graph::{Encoding, Graph, PartId, Resource};
use crate::types::{Def, Flat, TypeId, Val, discriminant_size};

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

    // ---- scalars

    fn scalar(&mut self, src: &Loc, dst: &Loc, flat: Flat, bytes: u32, signed: bool) {
        self.open(dst);
        self.load(src, flat, bytes, signed);
        self.close(dst, flat, bytes);
    }

    fn char(&mut self, src: &Loc, dst: &Loc) {
        self.load(src, Flat::I32, 4, false);
        let char = self.code.save(ValType::I32);
        // Trap from 0x110000 on and on surrogates, 0xd800 to 0xdfff.
        self.code
            .get(char)
            .i32(0x11_0000)
            .ins(I::I32GeU)
            .get(char)
            .i32(0xffff_f800)
            .ins(I::I32And)
            .i32(0xd800)
            .ins(I::I32Eq)
            .ins(I::I32Or)
            .trap_if(Why::Char);
        self.open(dst);
        self.code.get(char);
        self.close(dst, Flat::I32, 4);
        self.code.release(char, ValType::I32);
    }

    /// Unused bits are dropped, as "lift_flat_flags" does.
    fn flags(&mut self, count: usize, src: &Loc, dst: &Loc) {
        let bytes = match count {
            0 => return,
            1..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        self.open(dst);
        self.load(src, Flat::I32, bytes, false);
        if !matches!(count, 8 | 16 | 32) {
            self.code.i32((1u32 << count) - 1).ins(I::I32And);
        }
        self.close(dst, Flat::I32, bytes);
    }

    /// Pushes the canonical form of a scalar.
    fn load(&mut self, src: &Loc, flat: Flat, bytes: u32, signed: bool) {
        match src {
            Loc::Mem { base, offset } => {
                let arg = at(self.src.mem(), *offset, bytes);
                self.code.get(*base).ins(match (flat, bytes, signed) {
                    (Flat::I32, 1, false) => I::I32Load8U(arg),
                    (Flat::I32, 1, true) => I::I32Load8S(arg),
                    (Flat::I32, 2, false) => I::I32Load16U(arg),
                    (Flat::I32, 2, true) => I::I32Load16S(arg),
                    (Flat::I32, ..) => I::I32Load(arg),
                    (Flat::I64, ..) => I::I64Load(arg),
                    (Flat::F32, ..) => I::F32Load(arg),
                    (Flat::F64, ..) => I::F64Load(arg),
                });
            }
            Loc::Flat(locals) => {
                let (local, have) = locals[0];
                self.code.get(local);
                self.split_joined(have, flat);
                match (flat, bytes, signed) {
                    (Flat::I32, 1, false) => {
                        self.code.i32(0xff).ins(I::I32And);
                    }
                    (Flat::I32, 1, true) => {
                        self.code.ins(I::I32Extend8S);
                    }
                    (Flat::I32, 2, false) => {
                        self.code.i32(0xffff).ins(I::I32And);
                    }
                    (Flat::I32, 2, true) => {
                        self.code.ins(I::I32Extend16S);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Pushes the address that a value in memory is stored to. Before the value.
    fn open(&mut self, dst: &Loc) {
        if let Loc::Mem { base, .. } = dst {
            self.code.get(*base);
        }
    }

    /// Stores the scalar on the stack. After [`Self::open`] and the value.
    fn close(&mut self, dst: &Loc, flat: Flat, bytes: u32) {
        match dst {
            Loc::Mem { offset, .. } => {
                let arg = at(self.dst.mem(), *offset, bytes);
                self.code.ins(match (flat, bytes) {
                    (Flat::I32, 1) => I::I32Store8(arg),
                    (Flat::I32, 2) => I::I32Store16(arg),
                    (Flat::I32, _) => I::I32Store(arg),
                    (Flat::I64, _) => I::I64Store(arg),
                    (Flat::F32, _) => I::F32Store(arg),
                    (Flat::F64, _) => I::F64Store(arg),
                });
            }
            Loc::Flat(locals) => {
                let (local, want) = locals[0];
                self.join_flat(flat, want);
                self.code.set(local);
            }
        }
    }

    /// From the type that several cases of a variant share to the one wanted.
    fn split_joined(&mut self, have: ValType, want: Flat) {
        match (have, want) {
            (ValType::I64, Flat::I32) => self.code.ins(I::I32WrapI64),
            (ValType::I64, Flat::F32) => self.code.ins(I::I32WrapI64).ins(I::F32ReinterpretI32),
            (ValType::I64, Flat::F64) => self.code.ins(I::F64ReinterpretI64),
            (ValType::I32, Flat::F32) => self.code.ins(I::F32ReinterpretI32),
            _ => &mut self.code,
        };
    }

    fn join_flat(&mut self, have: Flat, want: ValType) {
        match (have, want) {
            (Flat::I32, ValType::I64) => self.code.ins(I::I64ExtendI32U),
            (Flat::F32, ValType::I64) => self.code.ins(I::I32ReinterpretF32).ins(I::I64ExtendI32U),
            (Flat::F64, ValType::I64) => self.code.ins(I::I64ReinterpretF64),
            (Flat::F32, ValType::I32) => self.code.ins(I::I32ReinterpretF32),
            _ => &mut self.code,
        };
    }

    /// Pushes where a value in memory is.
    fn address(&mut self, loc: &Loc) {
        if let Loc::Mem { base, offset } = loc {
            self.code.get(*base);
            if *offset != 0 {
                self.code.i32(*offset).ins(I::I32Add);
            }
        }
    }

    // ---- variants

    fn variant(&mut self, cases: &[Option<Val>], src: &Loc, dst: &Loc) {
        let bytes = discriminant_size(cases.len());
        // A flat discriminant is a whole i32.
        let width = match src {
            Loc::Flat(_) => 4,
            Loc::Mem { .. } => bytes,
        };
        self.load(src, Flat::I32, width, false);
        let case = self.code.save(ValType::I32);
        self.code
            .get(case)
            .i32(cases.len() as u32)
            .ins(I::I32GeU)
            .trap_if(Why::Discriminant);
        self.open(dst);
        self.code.get(case);
        self.close(dst, Flat::I32, bytes);

        let offset = self.graph.types.payload_offset(cases);
        let loaded: Vec<(usize, Val)> = cases
            .iter()
            .enumerate()
            .filter_map(|(at, payload)| Some((at, (*payload)?)))
            .filter(|(_, ty)| self.weight(*ty) > 0)
            .collect();
        let payload = |this: &mut Self, ty: Val| {
            let len = this.flat_len(ty);
            let from = src.field(flat_or_zero(src, 1), flat_or_zero(src, len), offset);
            let to = dst.field(flat_or_zero(dst, 1), flat_or_zero(dst, len), offset);
            this.value(ty, &from, &to);
        };
        match loaded.as_slice() {
            [] => {}
            // A few cases: compare. More: jump.
            few if few.len() <= 2 => {
                for (at, ty) in few {
                    self.code.get(case).i32(*at as u32).ins(I::I32Eq).if_();
                    payload(self, *ty);
                    self.code.end();
                }
            }
            many => {
                // A block around all, and one for each case with a payload.
                self.code.block();
                for _ in many {
                    self.code.block();
                }
                let none = many.len() as u32;
                let targets: Vec<u32> = (0..cases.len())
                    .map(|at| {
                        many.iter()
                            .position(|(with, _)| *with == at)
                            .map_or(none, |position| position as u32)
                    })
                    .collect();
                self.code.get(case).ins(I::BrTable(targets.into(), none));
                for (position, (_, ty)) in many.iter().enumerate() {
                    self.code.end();
                    payload(self, *ty);
                    self.code.br(none - 1 - position as u32);
                }
                self.code.end();
            }
        }
        self.code.release(case, ValType::I32);
    }

    // ---- lists

    /// Loads pointer and length, lets `body` leave the new pair in them, and stores them.
    fn pair(&mut self, src: &Loc, dst: &Loc, body: impl FnOnce(&mut Self, Local, Local)) {
        let (ptr_at, len_at) = match src {
            Loc::Flat(locals) => (
                Loc::Flat(locals[..1].to_vec()),
                Loc::Flat(locals[1..].to_vec()),
            ),
            Loc::Mem { .. } => (src.clone(), src.field(0, 0, 4)),
        };
        self.load(&ptr_at, Flat::I32, 4, false);
        let ptr = self.code.save(ValType::I32);
        self.load(&len_at, Flat::I32, 4, false);
        let len = self.code.save(ValType::I32);
        body(self, ptr, len);
        let (ptr_to, len_to) = match dst {
            Loc::Flat(locals) => (
                Loc::Flat(locals[..1].to_vec()),
                Loc::Flat(locals[1..].to_vec()),
            ),
            Loc::Mem { .. } => (dst.clone(), dst.field(0, 0, 4)),
        };
        self.open(&ptr_to);
        self.code.get(ptr);
        self.close(&ptr_to, Flat::I32, 4);
        self.open(&len_to);
        self.code.get(len);
        self.close(&len_to, Flat::I32, 4);
        self.code.release(ptr, ValType::I32);
        self.code.release(len, ValType::I32);
    }

    /// Moves a list; `ptr` becomes the new pointer.
    fn list(&mut self, element: Val, ptr: Local, len: Local) {
        let layout = self.graph.types.layout(element);
        if self.same_memory() && !layout.handles {
            return;
        }
        let bytes = self.code.local(ValType::I32);
        self.check_align(ptr, layout.align);
        self.byte_length(len, layout.size, bytes);
        self.check_bounds(self.src.mem(), ptr, bytes, Why::ListBounds);
        let to = self.code.local(ValType::I32);
        self.allocate(layout.align, bytes, to);
        if layout.plain {
            // Bounds of the destination are checked by the copy itself.
            self.check_align(to, layout.align);
            self.code.get(to).get(ptr).get(bytes).ins(I::MemoryCopy {
                src_mem: self.src.mem(),
                dst_mem: self.dst.mem(),
            });
        } else {
            self.check_align(to, layout.align);
            self.check_bounds(self.dst.mem(), to, bytes, Why::ListBounds);
            let (from, into) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
            self.code.get(ptr).set(from).get(to).set(into);
            let remaining = self.code.local(ValType::I32);
            self.code.get(len).set(remaining);
            self.repeat(remaining, |this| {
                this.value(element, &mem(from), &mem(into));
                this.code
                    .get(from)
                    .i32(layout.size)
                    .ins(I::I32Add)
                    .set(from);
                this.code
                    .get(into)
                    .i32(layout.size)
                    .ins(I::I32Add)
                    .set(into);
            });
            for local in [from, into, remaining] {
                self.code.release(local, ValType::I32);
            }
        }
        self.code.get(to).set(ptr);
        self.code.release(to, ValType::I32);
        self.code.release(bytes, ValType::I32);
    }

    fn fixed_list(&mut self, element: Val, count: u32, src: &Loc, dst: &Loc) {
        let (size, _) = self.graph.types.size_align(element);
        let flat = self.flat_len(element);
        if let (Loc::Mem { .. }, Loc::Mem { .. }) = (src, dst) {
            let (from, into) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
            self.address(src);
            self.code.set(from);
            self.address(dst);
            self.code.set(into);
            let remaining = self.code.local(ValType::I32);
            self.code.i32(count).set(remaining);
            self.repeat(remaining, |this| {
                this.value(element, &mem(from), &mem(into));
                this.code.get(from).i32(size).ins(I::I32Add).set(from);
                this.code.get(into).i32(size).ins(I::I32Add).set(into);
            });
            for local in [from, into, remaining] {
                self.code.release(local, ValType::I32);
            }
            return;
        }
        for at in 0..count {
            let index = at as usize * flat;
            let from = src.field(flat_or_zero(src, index), flat_or_zero(src, flat), at * size);
            let to = dst.field(flat_or_zero(dst, index), flat_or_zero(dst, flat), at * size);
            self.value(element, &from, &to);
        }
    }

    /// Runs `body` as often as `remaining` says.
    fn repeat(&mut self, remaining: Local, body: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.repeats, true);
        self.code.block().loop_();
        self.code.get(remaining).ins(I::I32Eqz).br_if(1);
        body(self);
        self.code
            .get(remaining)
            .i32(1)
            .ins(I::I32Sub)
            .set(remaining)
            .br(0);
        self.code.end().end();
        self.repeats = outer;
    }

    // ---- memory

    /// Both ends are one memory: what holds no handle stays where it is.
    pub fn same_memory(&self) -> bool {
        self.src.memory.is_some() && self.src.memory == self.dst.memory
    }

    pub fn check_align(&mut self, ptr: Local, align: u32) {
        if align > 1 {
            self.code
                .get(ptr)
                .i32(align - 1)
                .ins(I::I32And)
                .trap_if(Why::Unaligned);
        }
    }

    /// Traps unless `ptr + bytes` is within the memory.
    pub fn check_bounds(&mut self, memory: u32, ptr: Local, bytes: Local, why: Why) {
        self.code
            .get(ptr)
            .ins(I::I64ExtendI32U)
            .get(bytes)
            .ins(I::I64ExtendI32U);
        self.check_end(memory, why);
    }

    /// The same for a size that is known.
    pub fn check_bounds_of(&mut self, memory: u32, ptr: Local, bytes: u32, why: Why) {
        self.code
            .get(ptr)
            .ins(I::I64ExtendI32U)
            .i64(u64::from(bytes));
        self.check_end(memory, why);
    }

    fn check_end(&mut self, memory: u32, why: Why) {
        self.code
            .ins(I::I64Add)
            .ins(I::MemorySize(memory))
            .ins(I::I64ExtendI32U)
            .i64(16)
            .ins(I::I64Shl)
            .ins(I::I64GtU)
            .trap_if(why);
    }

    /// `bytes = len × size`, or a trap if that is more than a memory has.
    fn byte_length(&mut self, len: Local, size: u32, bytes: Local) {
        match size {
            0 => {
                self.code.i32(0).set(bytes);
            }
            1 => {
                self.code.get(len).set(bytes);
            }
            _ => {
                self.code
                    .get(len)
                    .i32(u32::MAX / size)
                    .ins(I::I32GtU)
                    .trap_if(Why::ListBounds);
                self.code.get(len).i32(size).ins(I::I32Mul).set(bytes);
            }
        }
    }

    /// `to = realloc(0, 0, align, bytes)`, unchecked.
    pub fn allocate(&mut self, align: u32, bytes: Local, to: Local) {
        self.code.i32(0).i32(0).i32(align).get(bytes);
        self.call_realloc();
        self.code.set(to);
    }

    /// Calls the destination's `realloc`; the validator demands one where it can be called.
    pub fn call_realloc(&mut self) {
        match self.dst.realloc {
            Some(realloc) => self.code.call(realloc),
            None => self.code.ins(I::Unreachable),
        };
    }

    // ---- handles

    /// Turns the source's own handle on the stack into the destination's.
    fn own(&mut self, resource: crate::types::ResourceId) {
        let of_host = matches!(self.graph.resources[resource.0 as usize], Resource::Host);
        match self.src.handles {
            HandleSpace::Part(part) => {
                let take = handles::helper(self, HandleOp::Take(part, resource));
                self.code.call_own(take);
            }
            HandleSpace::Host if of_host => {}
            HandleSpace::Host => {
                let take = handles::helper(self, HandleOp::TakeFromHost(resource));
                self.code.call_own(take);
            }
        }
        match self.dst.handles {
            HandleSpace::Part(part) => {
                let new = handles::helper(self, HandleOp::New(part, resource));
                self.code.call_own(new);
            }
            HandleSpace::Host if of_host => {}
            HandleSpace::Host => {
                let new = self.flat_builtin(FlatBuiltin::ResourceNew(resource));
                self.code.call(new);
            }
        }
    }

    /// Turns the source's handle on the stack into one that the destination
    /// borrows, for as long as the call takes. Returns a local to be released.
    fn borrow(&mut self, resource: crate::types::ResourceId) -> Local {
        let definer = match &self.graph.resources[resource.0 as usize] {
            Resource::Host => None,
            Resource::Part { part, .. } => Some(*part),
        };
        match self.src.handles {
            HandleSpace::Part(part) => {
                let lend = handles::helper(self, HandleOp::Lend(part, resource));
                self.code.call_own(lend);
                let entry = if self.repeats {
                    let entry = self.code.save(ValType::I32);
                    self.scope.stack = true;
                    handles::push_lent(self, entry);
                    entry
                } else {
                    // The entry's address stays valid: the lender's table can't
                    // grow while the lender waits.
                    let entry = self.code.fresh(ValType::I32);
                    self.code.set(entry);
                    self.scope.lent.push(entry);
                    entry
                };
                self.code.get(entry);
                handles::load_rep(self);
                if self.repeats {
                    self.code.release(entry, ValType::I32);
                }
            }
            // A borrow of a part's own resource arrives as its representation.
            HandleSpace::Host if definer.is_some() => {}
            HandleSpace::Host => {
                if self.repeats {
                    let handle = self.code.save(ValType::I32);
                    self.scope.stack = true;
                    handles::push_borrowed(self, handle, resource);
                    self.code.get(handle);
                    self.code.release(handle, ValType::I32);
                } else {
                    let handle = self.code.fresh(ValType::I32);
                    self.code.tee(handle);
                    self.scope.borrowed.push((handle, resource));
                }
            }
        }
        if let HandleSpace::Part(part) = self.dst.handles
            && definer != Some(part)
        {
            let new = handles::helper(self, HandleOp::NewBorrow(part, resource));
            self.code.call_own(new);
        }
        self.code.save(ValType::I32)
    }

    pub fn flat_builtin(&mut self, builtin: FlatBuiltin) -> Imported {
        let i32 = [ValType::I32];
        let results: &[ValType] = match builtin {
            FlatBuiltin::ResourceDrop(_) => &[],
            _ => &i32,
        };
        self.module.import_func(Need::Flat(builtin), &i32, results)
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
