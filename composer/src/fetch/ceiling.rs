//! Keeps the memory of the wasip1 adapter out of the way of Go's heap.
//!
//! The adapter lives in the memory of the module that it serves. It takes two pages
//! for itself with `memory.grow`, as C and Rust do, and they look at what it returns.
//! Go's runtime does not: it takes for granted that memory grows at the end of what it
//! has, and nobody else lets it grow (`sbrk` in `src/runtime/mem_wasm.go`). Its heap
//! would run over the adapter's pages, and does within the first megabytes.
//!
//! So the memory of such a module is divided. Below a ceiling it is the program's,
//! whose `memory.grow` and `memory.size` are replaced by functions that know the
//! ceiling; above it is the adapter's, which allocates with the exported `cabi_realloc`
//! that it looks for. The ceiling is set as high as the host lets memory grow when the
//! adapter first asks. What lies between the two is address space that is never touched.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, TypeSection, ValType,
};
use wasmparser::{BinaryReaderError, Operator, Parser, Payload, TypeRef};

/// Where the ceiling is tried, in pages of 64 KiB: 1 GiB and less. Go reports a heap
/// that would reach it as out of memory.
const CEILINGS: [i32; 4] = [16_384, 4_096, 1_024, 256];

/// What allocates for the adapter, by the name under which `wit-component` looks for it.
const ALLOCATE: &str = "cabi_realloc";

/// The module with its memory divided, where it is one of Go's that needs it.
pub(super) fn divide(module: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
    let shape = Shape::read(module)?;
    let (true, Some(pages)) = (shape.is_go, shape.pages) else {
        return Ok(None);
    };
    if shape.allocates {
        return Ok(None);
    }
    let mut divided = Module::new();
    let mut divider = Divider { shape, pages };
    match divider.parse_core_module(&mut divided, Parser::new(0), module) {
        Ok(()) => Ok(Some(divided.finish())),
        Err(reencode::Error::ParseError(error)) => Err(error),
        // Only components have what else cannot be written again.
        Err(_) => Ok(None),
    }
}

/// What is counted in a module.
#[derive(Default)]
struct Shape {
    /// The Go linker made it: it has a section for Go's build ID.
    is_go: bool,
    /// It brings an allocator of its own.
    allocates: bool,
    types: u32,
    functions: u32,
    globals: u32,
    /// The initial size of its own, one memory of 32-bit addresses.
    pages: Option<i32>,
}

impl Shape {
    fn read(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CustomSection(section) => shape.is_go |= section.name() == "go:buildid",
                Payload::TypeSection(section) => {
                    for group in section {
                        shape.types += group?.types().count() as u32;
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) => shape.functions += 1,
                            TypeRef::Global(_) => shape.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => shape.functions += section.count(),
                Payload::GlobalSection(section) => shape.globals += section.count(),
                Payload::MemorySection(section) => {
                    let memories = section.into_iter().collect::<Result<Vec<_>, _>>()?;
                    if let [memory] = memories[..]
                        && !memory.memory64
                    {
                        shape.pages = i32::try_from(memory.initial).ok();
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        shape.allocates |= export?.name == ALLOCATE;
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }
}

/// Writes the module again, with three functions and three globals more.
struct Divider {
    shape: Shape,
    pages: i32,
}

impl Divider {
    // The functions' types.
    const fn grow_type(&self) -> u32 {
        self.shape.types
    }
    const fn size_type(&self) -> u32 {
        self.shape.types + 1
    }
    const fn allocate_type(&self) -> u32 {
        self.shape.types + 2
    }
    // The functions.
    const fn grow(&self) -> u32 {
        self.shape.functions
    }
    const fn size(&self) -> u32 {
        self.shape.functions + 1
    }
    const fn allocate(&self) -> u32 {
        self.shape.functions + 2
    }
    // The globals.
    /// How many pages the program has.
    const fn pages(&self) -> u32 {
        self.shape.globals
    }
    /// The ceiling, in pages; 0 until it is set.
    const fn ceiling(&self) -> u32 {
        self.shape.globals + 1
    }
    /// Where the adapter's memory goes on, in bytes.
    const fn top(&self) -> u32 {
        self.shape.globals + 2
    }
}

impl Reencode for Divider {
    type Error = Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([], [ValType::I32]);
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_function_section(self, functions, section)?;
        functions
            .function(self.grow_type())
            .function(self.size_type());
        functions.function(self.allocate_type());
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_global_section(self, globals, section)?;
        let number = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        for initial in [self.pages, 0, 0] {
            globals.global(number, &ConstExpr::i32_const(initial));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_export_section(self, exports, section)?;
        exports.export(ALLOCATE, ExportKind::Func, self.allocate());
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_code_section(self, code, section)?;
        code.function(&self.grow_body()).function(&self.size_body());
        code.function(&self.allocate_body());
        Ok(())
    }

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> Result<Instruction<'a>, reencode::Error> {
        Ok(match operator {
            Operator::MemoryGrow { .. } => Instruction::Call(self.grow()),
            Operator::MemorySize { .. } => Instruction::Call(self.size()),
            other => reencode::utils::instruction(self, other)?,
        })
    }
}

impl Divider {
    /// `memory.grow` as the program knows it.
    fn grow_body(&self) -> Function {
        const DELTA: u32 = 0;
        const OLD: u32 = 1;
        let mut body = Function::new([(1, ValType::I32)]);
        body.instructions()
            .global_get(self.pages())
            .local_set(OLD)
            .global_get(self.ceiling())
            .i32_eqz()
            .if_(BlockType::Empty)
            // The adapter has not asked for any memory yet.
            .local_get(DELTA)
            .memory_grow(0)
            .i32_const(-1)
            .i32_eq()
            .if_(BlockType::Empty)
            .i32_const(-1)
            .return_()
            .end()
            .else_()
            // Unsigned, so that no sum can wrap round: DELTA > ceiling - pages.
            .local_get(DELTA)
            .global_get(self.ceiling())
            .local_get(OLD)
            .i32_sub()
            .i32_gt_u()
            .if_(BlockType::Empty)
            .i32_const(-1)
            .return_()
            .end()
            .end()
            .local_get(OLD)
            .local_get(DELTA)
            .i32_add()
            .global_set(self.pages())
            .local_get(OLD)
            .end();
        body
    }

    /// `memory.size` as the program knows it.
    fn size_body(&self) -> Function {
        let mut body = Function::new([]);
        body.instructions().global_get(self.pages()).end();
        body
    }

    /// `cabi_realloc(old pointer, old size, alignment, new size)`: takes memory above the
    /// ceiling and never gives it back. The adapter asks twice, for new memory.
    fn allocate_body(&self) -> Function {
        const ALIGNMENT: u32 = 2;
        const SIZE: u32 = 3;
        const START: u32 = 4;
        let mut body = Function::new([(1, ValType::I32)]);
        let mut code = body.instructions();
        code.global_get(self.ceiling())
            .i32_eqz()
            .if_(BlockType::Empty);
        for ceiling in CEILINGS {
            // Not yet set, above what there is, and the host allows it.
            code.global_get(self.ceiling())
                .i32_eqz()
                .if_(BlockType::Empty)
                .i32_const(ceiling)
                .memory_size(0)
                .i32_gt_u()
                .if_(BlockType::Empty)
                .i32_const(ceiling)
                .memory_size(0)
                .i32_sub()
                .memory_grow(0)
                .i32_const(-1)
                .i32_ne()
                .if_(BlockType::Empty)
                .i32_const(ceiling)
                .global_set(self.ceiling())
                .end()
                .end()
                .end();
        }
        // Otherwise the program has to do with what it has.
        code.global_get(self.ceiling())
            .i32_eqz()
            .if_(BlockType::Empty)
            .memory_size(0)
            .global_set(self.ceiling())
            .end()
            .global_get(self.ceiling())
            .i32_const(16)
            .i32_shl()
            .global_set(self.top())
            .end();
        // START = (top + ALIGNMENT - 1) & -ALIGNMENT; top = START + SIZE
        code.global_get(self.top())
            .local_get(ALIGNMENT)
            .i32_add()
            .i32_const(1)
            .i32_sub()
            .i32_const(0)
            .local_get(ALIGNMENT)
            .i32_sub()
            .i32_and()
            .local_tee(START)
            .local_get(SIZE)
            .i32_add()
            .global_set(self.top());
        // As many pages as top needs beyond those there are: ceil(top / 64 KiB) - size.
        code.global_get(self.top())
            .i32_const(0xffff)
            .i32_add()
            .i32_const(16)
            .i32_shr_u()
            .memory_size(0)
            .i32_gt_u()
            .if_(BlockType::Empty)
            .global_get(self.top())
            .i32_const(0xffff)
            .i32_add()
            .i32_const(16)
            .i32_shr_u()
            .memory_size(0)
            .i32_sub()
            .memory_grow(0)
            .i32_const(-1)
            .i32_eq()
            .if_(BlockType::Empty)
            .unreachable()
            .end()
            .end();
        code.local_get(START).end();
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::Validator;

    const GO: &str = r#"(module
        (@custom "go:buildid" "x")
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (memory (export "memory") 3)
        (global i32 (i32.const 0))
        (func (export "_start")
            memory.size drop
            i32.const 1 memory.grow drop))"#;

    fn divided(text: &str) -> Option<Vec<u8>> {
        let module = wat::parse_str(text).expect("valid WAT");
        divide(&module).expect("a valid module")
    }

    #[test]
    fn only_go_without_an_allocator_is_divided() {
        assert!(divided(GO).is_some());
        assert!(divided(&GO.replace("go:buildid", "producers")).is_none());
        assert!(
            divided(&GO.replace(
                "(func (export \"_start\")",
                "(func (export \"cabi_realloc\")"
            ))
            .is_none()
        );
    }

    #[test]
    fn the_program_asks_for_memory_through_the_ceiling() {
        let module = divided(GO).expect("one of Go's");
        Validator::new()
            .validate_all(&module)
            .expect("a valid module");
        // In the program's function, and in the one that allocates for the adapter.
        let mut per_function = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let operators = body.get_operators_reader().unwrap();
                let of_memory = operators.into_iter().filter(|operator| {
                    matches!(
                        operator,
                        Ok(Operator::MemoryGrow { .. } | Operator::MemorySize { .. })
                    )
                });
                per_function.push(of_memory.count());
            }
        }
        assert_eq!(per_function[..3], [0, 1, 0]);
        assert!(per_function[3] > 0);
    }
}
