//! Operations on handle tables, each a small function of the adapter module
//! that uses it. How tables look: [`runtime`](super::runtime).

use std::collections::BTreeMap;

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Local, Own, Why, at};
use super::module::{AdapterModule, FlatBuiltin, Need, Runtime};
use super::runtime::{BASE, BORROWS, CAPACITY, COUNT, DESCRIPTOR, ENTRY, FREE, LENDS, REP, TAG};
use super::transfer::{Helper, Transfer};
use crate::graph::{Graph, PartId, Resource};
use crate::types::ResourceId;

/// An operation on a part's table, for handles of one resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HandleOp {
    /// `(handle) -> representation`: removes an own handle that nobody borrows.
    Take(PartId, ResourceId),
    /// `(representation) -> handle`: adds an own handle.
    New(PartId, ResourceId),
    /// `(representation) -> handle`: adds a borrow handle.
    NewBorrow(PartId, ResourceId),
    /// `(handle) -> entry`: lends it for the length of a call.
    Lend(PartId, ResourceId),
    /// `(handle) -> representation`.
    Rep(PartId, ResourceId),
    /// `(handle)`: removes it, and destroys the resource if it was owned.
    Drop(PartId, ResourceId),
    /// `(handle) -> representation`: takes back an own handle from the host, of
    /// a resource that a part defines.
    TakeFromHost(ResourceId),
}

/// Which part's handle table is which. Only parts that need one have one.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    numbers: BTreeMap<PartId, u32>,
}

impl Tables {
    pub fn count(&self) -> u32 {
        self.numbers.len() as u32
    }

    fn descriptor(&mut self, part: PartId) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry(part).or_insert(next) * DESCRIPTOR
    }
}

/// The function that does an operation, made when first asked for.
pub(crate) fn helper(transfer: &mut Transfer<'_, '_>, op: HandleOp) -> Own {
    make(transfer.module, transfer.graph, transfer.tables, op)
}

/// As [`helper`], outside of a transfer.
pub(crate) fn make(
    module: &mut AdapterModule,
    graph: &Graph<'_>,
    tables: &mut Tables,
    op: HandleOp,
) -> Own {
    if let Some(own) = module.helpers.get(&Helper::Handle(op)) {
        return *own;
    }
    let i32 = [ValType::I32];
    let (word, part, resource) = match op {
        HandleOp::Take(part, resource) => ("take own", Some(part), resource),
        HandleOp::New(part, resource) => ("new own", Some(part), resource),
        HandleOp::NewBorrow(part, resource) => ("new borrow", Some(part), resource),
        HandleOp::Lend(part, resource) => ("lend", Some(part), resource),
        HandleOp::Rep(part, resource) => ("resource.rep", Some(part), resource),
        HandleOp::Drop(part, resource) => ("resource.drop", Some(part), resource),
        HandleOp::TakeFromHost(resource) => ("take from host", None, resource),
    };
    let name = match part {
        Some(part) => format!("{word} {} in {}", resource.0, graph.parts[part.at()].name),
        None => format!("{word} {}", resource.0),
    };
    let results: &[ValType] = if matches!(op, HandleOp::Drop(..)) {
        &[]
    } else {
        &i32
    };
    let own = module.declare(name, &i32, results);
    module.helpers.insert(Helper::Handle(op), own);
    let code = match part {
        Some(part) => {
            let mut table = Table {
                descriptor: tables.descriptor(part),
                memory: module.import_memory(Need::Runtime(Runtime::Handles)),
                code: Code::new(1),
            };
            match op {
                HandleOp::Take(..) => table.take(resource),
                HandleOp::New(..) => table.add(module, resource, false),
                HandleOp::NewBorrow(..) => table.add(module, resource, true),
                HandleOp::Lend(..) => table.lend(resource),
                HandleOp::Rep(..) => table.rep(resource),
                HandleOp::Drop(..) => table.drop(module, graph, resource),
                HandleOp::TakeFromHost(_) => {}
            }
            table.code
        }
        None => take_from_host(module, resource),
    };
    module.define(own, code);
    own
}

/// Code for one operation; its argument is local 0.
struct Table {
    descriptor: u32,
    memory: u32,
    code: Code,
}

impl Table {
    /// Pushes a word of the descriptor.
    fn field(&mut self, offset: u32) -> &mut Code {
        let arg = at(self.memory, self.descriptor + offset, 4);
        self.code.i32(0).ins(I::I32Load(arg))
    }

    /// Sets a word of the descriptor.
    fn set_field(&mut self, offset: u32, value: impl FnOnce(&mut Self)) {
        self.code.i32(0);
        value(self);
        let arg = at(self.memory, self.descriptor + offset, 4);
        self.code.ins(I::I32Store(arg));
    }

    /// The entry of the handle in local 0; traps if there is none.
    fn entry(&mut self) -> Local {
        let entry = self.code.fresh(ValType::I32);
        // Handles count from 1; 0 becomes the largest number here.
        self.code.get(0).i32(1).ins(I::I32Sub).tee(entry);
        self.field(COUNT).ins(I::I32GeU).trap_if(Why::UnknownHandle);
        self.code
            .get(entry)
            .i32(ENTRY.trailing_zeros())
            .ins(I::I32Shl);
        self.field(BASE).ins(I::I32Add).set(entry);
        entry
    }

    fn load(&mut self, entry: Local, offset: u32) -> &mut Code {
        let arg = at(self.memory, offset, 4);
        self.code.get(entry).ins(I::I32Load(arg))
    }

    /// Traps unless the entry is a handle of the type, own or borrow.
    fn check_any(&mut self, entry: Local, resource: ResourceId) {
        self.load(entry, TAG)
            .i32(1)
            .ins(I::I32Or)
            .i32(tag(resource, true))
            .ins(I::I32Ne)
            .trap_if(Why::HandleType);
    }

    fn check_not_lent(&mut self, entry: Local) {
        self.load(entry, LENDS).trap_if(Why::HandleLent);
    }

    /// Frees the entry of the handle in local 0.
    fn free(&mut self, entry: Local) {
        self.code
            .get(entry)
            .i32(0)
            .ins(I::I32Store(at(self.memory, TAG, 4)));
        self.code.get(entry);
        self.field(FREE);
        self.code.ins(I::I32Store(at(self.memory, REP, 4)));
        self.set_field(FREE, |this| {
            this.code.get(0);
        });
    }

    fn take(&mut self, resource: ResourceId) {
        let entry = self.entry();
        self.load(entry, TAG)
            .i32(tag(resource, false))
            .ins(I::I32Ne)
            .trap_if(Why::HandleType);
        self.check_not_lent(entry);
        // Stays on the stack as the result.
        self.load(entry, REP);
        self.free(entry);
    }

    fn lend(&mut self, resource: ResourceId) {
        let entry = self.entry();
        self.check_any(entry, resource);
        self.code.get(entry);
        self.load(entry, LENDS).i32(1).ins(I::I32Add);
        self.code.ins(I::I32Store(at(self.memory, LENDS, 4)));
        self.code.get(entry);
    }

    fn rep(&mut self, resource: ResourceId) {
        let entry = self.entry();
        self.check_any(entry, resource);
        self.load(entry, REP);
    }

    fn add(&mut self, module: &mut AdapterModule, resource: ResourceId, borrow: bool) {
        let grow = module.import_func(Need::Runtime(Runtime::GrowTable), &[ValType::I32], &[]);
        let index = self.code.fresh(ValType::I32);
        let entry = self.code.fresh(ValType::I32);
        let locate = |this: &mut Self| {
            this.code
                .get(index)
                .i32(1)
                .ins(I::I32Sub)
                .i32(ENTRY.trailing_zeros())
                .ins(I::I32Shl);
            this.field(BASE).ins(I::I32Add).set(entry);
        };
        self.field(FREE).tee(index).if_();
        locate(self);
        self.set_field(FREE, |this| {
            this.load(entry, REP);
        });
        self.code.else_();
        self.field(COUNT);
        self.field(CAPACITY);
        let descriptor = self.descriptor;
        self.code
            .ins(I::I32Eq)
            .if_()
            .i32(descriptor)
            .call(grow)
            .end();
        self.field(COUNT).i32(1).ins(I::I32Add).set(index);
        self.set_field(COUNT, |this| {
            this.code.get(index);
        });
        locate(self);
        self.code.end();

        self.code
            .get(entry)
            .i32(tag(resource, borrow))
            .ins(I::I32Store(at(self.memory, TAG, 4)));
        self.code
            .get(entry)
            .get(0)
            .ins(I::I32Store(at(self.memory, REP, 4)));
        self.code
            .get(entry)
            .i32(0)
            .ins(I::I32Store(at(self.memory, LENDS, 4)));
        if borrow {
            self.set_field(BORROWS, |this| {
                this.field(BORROWS).i32(1).ins(I::I32Add);
            });
        }
        self.code.get(index);
    }

    fn drop(&mut self, module: &mut AdapterModule, graph: &Graph<'_>, resource: ResourceId) {
        let entry = self.entry();
        self.check_any(entry, resource);
        self.check_not_lent(entry);
        let rep = self.code.fresh(ValType::I32);
        self.load(entry, REP).set(rep);
        self.load(entry, TAG).i32(1).ins(I::I32And).if_();
        self.free(entry);
        self.set_field(BORROWS, |this| {
            this.field(BORROWS).i32(1).ins(I::I32Sub);
        });
        self.code.else_();
        self.free(entry);
        let i32 = [ValType::I32];
        let destroy = match &graph.resources[resource.0 as usize] {
            Resource::Host => Some(Need::Flat(FlatBuiltin::ResourceDrop(resource))),
            Resource::Part { dtor, .. } => dtor.clone().map(Need::Core),
        };
        if let Some(destroy) = destroy {
            let destroy = module.import_func(destroy, &i32, &[]);
            self.code.get(rep).call(destroy);
        }
        self.code.end();
    }
}

/// Own handles of the flat component can be dropped, not taken apart. So the
/// representation is read, and the handle dropped with the flag set that makes
/// the [destructor](super::calls::destructor) do nothing.
fn take_from_host(module: &mut AdapterModule, resource: ResourceId) -> Code {
    let i32 = [ValType::I32];
    let rep = module.import_func(Need::Flat(FlatBuiltin::ResourceRep(resource)), &i32, &i32);
    let drop = module.import_func(Need::Flat(FlatBuiltin::ResourceDrop(resource)), &i32, &[]);
    let taking = module.import_global(Runtime::Taking);
    let mut code = Code::new(1);
    code.get(0).call(rep);
    code.i32(1).ins(I::GlobalSet(taking));
    code.get(0).call(drop);
    code.i32(0).ins(I::GlobalSet(taking));
    code
}

fn tag(resource: ResourceId, borrow: bool) -> u32 {
    (resource.0 + 1) << 1 | u32::from(borrow)
}

/// From an entry's address on the stack to its representation.
pub(crate) fn load_rep(transfer: &mut Transfer<'_, '_>) {
    let memory = transfer
        .module
        .import_memory(Need::Runtime(Runtime::Handles));
    transfer.code.ins(I::I32Load(at(memory, REP, 4)));
}

// The stack of what lists have lent: pairs of words. The first is 0 for an entry
// that was lent, or the resource's tag for a borrow handle of the flat component;
// the second is the entry's address, or the handle.

/// Notes on the stack that an entry was lent.
pub(crate) fn push_lent(transfer: &mut Transfer<'_, '_>, entry: Local) {
    push(transfer, 0, entry);
}

/// Notes on the stack that the host lent a handle, which the flat component must drop.
pub(crate) fn push_borrowed(transfer: &mut Transfer<'_, '_>, handle: Local, resource: ResourceId) {
    push(transfer, tag(resource, true), handle);
}

fn push(transfer: &mut Transfer<'_, '_>, kind: u32, value: Local) {
    let memory = transfer.module.import_memory(Need::Runtime(Runtime::Lent));
    let top = transfer.module.import_global(Runtime::LentTop);
    let code = &mut transfer.code;
    // Room for eight bytes more?
    code.ins(I::GlobalGet(top))
        .i32(8)
        .ins(I::I32Add)
        .ins(I::MemorySize(memory))
        .i32(16)
        .ins(I::I32Shl)
        .ins(I::I32GtU)
        .if_()
        .ins(I::MemorySize(memory))
        .ins(I::MemoryGrow(memory))
        .i32(u32::MAX)
        .ins(I::I32Eq)
        .trap_if(Why::NoMemory)
        .end();
    code.ins(I::GlobalGet(top))
        .i32(kind)
        .ins(I::I32Store(at(memory, 0, 4)));
    code.ins(I::GlobalGet(top))
        .get(value)
        .ins(I::I32Store(at(memory, 4, 4)));
    code.ins(I::GlobalGet(top))
        .i32(8)
        .ins(I::I32Add)
        .ins(I::GlobalSet(top));
}

/// Remembers how high the stack is, before a call.
pub(crate) fn mark(module: &mut AdapterModule, code: &mut Code) -> Local {
    let top = module.import_global(Runtime::LentTop);
    let mark = code.fresh(ValType::I32);
    code.ins(I::GlobalGet(top)).set(mark);
    mark
}

/// Takes the stack down to where it was, and gives back what it names.
pub(crate) fn unwind(
    module: &mut AdapterModule,
    code: &mut Code,
    mark: Local,
    from_host: &[ResourceId],
) {
    let memory = module.import_memory(Need::Runtime(Runtime::Lent));
    let handles = module.import_memory(Need::Runtime(Runtime::Handles));
    let top = module.import_global(Runtime::LentTop);
    let value = code.fresh(ValType::I32);
    code.block().loop_();
    code.ins(I::GlobalGet(top))
        .get(mark)
        .ins(I::I32LeU)
        .br_if(1);
    code.ins(I::GlobalGet(top))
        .i32(8)
        .ins(I::I32Sub)
        .ins(I::GlobalSet(top));
    code.ins(I::GlobalGet(top))
        .ins(I::I32Load(at(memory, 4, 4)))
        .set(value);
    code.ins(I::GlobalGet(top))
        .ins(I::I32Load(at(memory, 0, 4)))
        .ins(I::I32Eqz)
        .if_();
    give_back(code, handles, value);
    code.end();
    for resource in from_host {
        let drop = module.import_func(
            Need::Flat(FlatBuiltin::ResourceDrop(*resource)),
            &[ValType::I32],
            &[],
        );
        code.ins(I::GlobalGet(top))
            .ins(I::I32Load(at(memory, 0, 4)))
            .i32(tag(*resource, true))
            .ins(I::I32Eq)
            .if_()
            .get(value)
            .call(drop)
            .end();
    }
    code.br(0).end().end();
}

/// One lend less for the entry whose address is in the local.
pub(crate) fn give_back(code: &mut Code, handles: u32, entry: Local) {
    code.get(entry)
        .get(entry)
        .ins(I::I32Load(at(handles, LENDS, 4)))
        .i32(1)
        .ins(I::I32Sub)
        .ins(I::I32Store(at(handles, LENDS, 4)));
}

/// Traps if borrow handles are left in a part's table.
pub(crate) fn check_no_borrows(
    module: &mut AdapterModule,
    tables: &mut Tables,
    code: &mut Code,
    part: PartId,
) {
    let memory = module.import_memory(Need::Runtime(Runtime::Handles));
    let arg = at(memory, tables.descriptor(part) + BORROWS, 4);
    code.i32(0).ins(I::I32Load(arg)).trap_if(Why::BorrowsRemain);
}
