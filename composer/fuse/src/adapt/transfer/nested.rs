//! Values that have others within: variants and lists.

use wasm_encoder::{Instruction as I, ValType};

use super::{Loc, Transfer, flat_or_zero, mem};
use crate::adapt::code::{Local, Why};
use crate::types::{Flat, Val, discriminant_size};

impl Transfer<'_, '_> {
    pub(super) fn variant(&mut self, cases: &[Option<Val>], src: &Loc, dst: &Loc) {
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

    /// Loads pointer and length, lets `body` leave the new pair in them, and stores them.
    pub(super) fn pair(
        &mut self,
        src: &Loc,
        dst: &Loc,
        body: impl FnOnce(&mut Self, Local, Local),
    ) {
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
    pub(super) fn list(&mut self, element: Val, ptr: Local, len: Local) {
        let layout = self.graph.types.layout(element);
        if self.same_memory() && !layout.handles {
            return;
        }
        let bytes = self.code.local(ValType::I32);
        self.byte_length(len, layout.size, bytes);
        self.check_align(ptr, layout.align);
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

    pub(super) fn fixed_list(&mut self, element: Val, count: u32, src: &Loc, dst: &Loc) {
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
    pub(super) fn repeat(&mut self, remaining: Local, body: impl FnOnce(&mut Self)) {
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
}
