//! A core function while it is written: instructions, and locals as they are needed.

use std::collections::{BTreeMap, HashMap};

use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

/// An index into a function's locals.
pub(crate) type Local = u32;

/// A function of the module being written, by number in order of making.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Own(pub u32);

/// An imported function, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Imported(pub u32);

enum Op {
    Ins(Instruction<'static>),
    /// Its index is known once all imports are.
    CallOwn(Own),
    Trap(Why),
}

/// Why adapters trap. Core code can't say why it does, so each reason has a
/// function of its own, whose name stands on top of the backtrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Why {
    CannotEnter,
    CannotLeave,
    Unaligned,
    MemoryBounds,
    StringBounds,
    ListBounds,
    Char,
    Discriminant,
    Utf8,
    Utf16,
    UnknownHandle,
    HandleType,
    HandleLent,
    BorrowsRemain,
    TooManyHandles,
    NoMemory,
}

impl Why {
    /// The words that wasmtime has for it in a linked component.
    pub fn text(self) -> &'static str {
        match self {
            Why::CannotEnter => "cannot enter component instance",
            Why::CannotLeave => "cannot leave component instance",
            Why::Unaligned => "unaligned pointer",
            Why::MemoryBounds => "out of bounds memory access",
            Why::StringBounds => "string content out-of-bounds",
            Why::ListBounds => "list content out-of-bounds",
            Why::Char => "invalid `char` bit pattern",
            Why::Discriminant => "invalid variant discriminant",
            Why::Utf8 => "invalid utf8 encoding",
            Why::Utf16 => "invalid utf16 encoding",
            Why::UnknownHandle => "unknown handle index",
            Why::HandleType => "handle index used with the wrong type",
            Why::HandleLent => "cannot remove owned resource while borrowed",
            Why::BorrowsRemain => "borrow handles still remain at the end of the call",
            Why::TooManyHandles => "cannot allocate another handle",
            Why::NoMemory => "no memory left for handles",
        }
    }
}

/// A function body in progress.
pub(crate) struct Code {
    params: u32,
    locals: Vec<ValType>,
    free: HashMap<ValType, Vec<Local>>,
    ops: Vec<Op>,
}

impl Code {
    pub fn new(params: usize) -> Self {
        Code {
            params: params as u32,
            locals: Vec::new(),
            free: HashMap::new(),
            ops: Vec::new(),
        }
    }

    pub fn ins(&mut self, instruction: Instruction<'static>) -> &mut Self {
        self.ops.push(Op::Ins(instruction));
        self
    }

    /// A local that nothing else uses: zero until it is set.
    pub fn fresh(&mut self, ty: ValType) -> Local {
        self.locals.push(ty);
        self.params + self.locals.len() as u32 - 1
    }

    /// A local whose content is whatever was left there.
    pub fn local(&mut self, ty: ValType) -> Local {
        match self.free.get_mut(&ty).and_then(Vec::pop) {
            Some(local) => local,
            None => self.fresh(ty),
        }
    }

    /// Gives a local of [`Self::local`] back for another use.
    pub fn release(&mut self, local: Local, ty: ValType) {
        self.free.entry(ty).or_default().push(local);
    }

    /// Pops the stack into a local.
    pub fn save(&mut self, ty: ValType) -> Local {
        let local = self.local(ty);
        self.set(local);
        local
    }

    pub fn get(&mut self, local: Local) -> &mut Self {
        self.ins(Instruction::LocalGet(local))
    }

    pub fn set(&mut self, local: Local) -> &mut Self {
        self.ins(Instruction::LocalSet(local))
    }

    pub fn tee(&mut self, local: Local) -> &mut Self {
        self.ins(Instruction::LocalTee(local))
    }

    pub fn i32(&mut self, value: u32) -> &mut Self {
        self.ins(Instruction::I32Const(value.cast_signed()))
    }

    pub fn i64(&mut self, value: u64) -> &mut Self {
        self.ins(Instruction::I64Const(value.cast_signed()))
    }

    pub fn call(&mut self, function: Imported) -> &mut Self {
        self.ins(Instruction::Call(function.0))
    }

    pub fn call_own(&mut self, function: Own) -> &mut Self {
        self.ops.push(Op::CallOwn(function));
        self
    }

    pub fn if_(&mut self) -> &mut Self {
        self.ins(Instruction::If(BlockType::Empty))
    }

    pub fn else_(&mut self) -> &mut Self {
        self.ins(Instruction::Else)
    }

    pub fn end(&mut self) -> &mut Self {
        self.ins(Instruction::End)
    }

    pub fn block(&mut self) -> &mut Self {
        self.ins(Instruction::Block(BlockType::Empty))
    }

    pub fn loop_(&mut self) -> &mut Self {
        self.ins(Instruction::Loop(BlockType::Empty))
    }

    pub fn br(&mut self, depth: u32) -> &mut Self {
        self.ins(Instruction::Br(depth))
    }

    pub fn br_if(&mut self, depth: u32) -> &mut Self {
        self.ins(Instruction::BrIf(depth))
    }

    pub fn trap(&mut self, why: Why) -> &mut Self {
        self.ops.push(Op::Trap(why));
        self
    }

    /// Traps if the `i32` on the stack is not zero.
    pub fn trap_if(&mut self, why: Why) -> &mut Self {
        self.if_().trap(why).end()
    }

    /// The reasons that it may trap for.
    pub fn traps(&self) -> impl Iterator<Item = Why> {
        self.ops.iter().filter_map(|op| match op {
            Op::Trap(why) => Some(*why),
            Op::Ins(_) | Op::CallOwn(_) => None,
        })
    }

    /// Finishes the function, in a module that imports so many functions and has
    /// these for the reasons to trap.
    pub fn finish(self, imported: u32, traps: &BTreeMap<Why, u32>) -> Function {
        let mut function = Function::new_with_locals_types(self.locals);
        for op in self.ops {
            match op {
                Op::Ins(instruction) => function.instruction(&instruction),
                Op::CallOwn(own) => function.instruction(&Instruction::Call(imported + own.0)),
                Op::Trap(why) => {
                    if let Some(trap) = traps.get(&why) {
                        function.instruction(&Instruction::Call(*trap));
                    }
                    function.instruction(&Instruction::Unreachable)
                }
            };
        }
        function.instruction(&Instruction::End);
        function
    }
}

/// The operand of a load or store: memory, offset and alignment in bytes.
pub(crate) fn at(memory: u32, offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align: align.trailing_zeros(),
        memory_index: memory,
    }
}
