//! Data components: what the composer generates so that drivers can import a
//! box's baked files and settings like anything else.
//!
//! Each is a core module with a memory, one data segment and functions that
//! return a pointer into it. Nothing runs at start and nothing is allocated: a
//! host that maps memory images copy-on-write starts a box with a large image as
//! fast as one without.

use wasm_encoder::{
    CanonicalOption, CodeSection, ComponentBuilder, ComponentExportKind, ComponentExportSection,
    ComponentInstanceSection, ComponentSection, ComponentValType, ConstExpr, DataSection,
    ExportKind, ExportSection, Function, FunctionSection, InstructionSink, MemArg, MemorySection,
    MemoryType, Module, ModuleArg, PrimitiveValType, TypeSection, ValType,
};

/// The interface that [`image`] exports.
pub const IMAGE_INTERFACE: &str = "boxer:kernel/image@0.1.0";
/// The interface that [`config`] exports.
pub const CONFIG_INTERFACE: &str = "boxer:kernel/config@0.1.0";

/// Size of a page of linear memory, in bytes (WebAssembly core specification,
/// section 4.2.8). Data begins at the second one, so that a host can map it.
const PAGE: u64 = 65_536;
/// Where a function leaves the pointer and length of a list that it returns.
const RETURN_AREA: u32 = 16;

/// The largest image in bytes: what a 32-bit memory holds beside its first page.
pub const LARGEST_IMAGE: u64 = (1 << 32) - 2 * PAGE;

/// Where an image begins in its memory, in bytes.
pub(crate) const IMAGE_START: usize = PAGE as usize;

/// A component that exports [`IMAGE_INTERFACE`] over `image`.
///
/// # Panics
///
/// When the image is larger than [`LARGEST_IMAGE`]; callers check that where
/// they can name the file that was too much.
#[must_use]
pub fn image(image: &[u8]) -> Vec<u8> {
    let size = image.len() as u64;
    assert!(
        size <= LARGEST_IMAGE,
        "an image of {size} bytes does not fit a 32-bit memory"
    );

    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I64]);
    types
        .ty()
        .function([ValType::I64, ValType::I32], [ValType::I32]);
    let mut code = CodeSection::new();
    code.function(&function([], |body| {
        body.i64_const(size.cast_signed());
    }));
    code.function(&function([(1, ValType::I64)], |body| {
        read_image(body, size);
    }));
    let module = core_module(&types, &code, &["size", "read"], image);

    let mut component = ComponentBuilder::default();
    let core = instantiate(&mut component, &module);
    let list = list_of(&mut component, PrimitiveValType::U8.into());

    let (size_type, mut encoder) = component.type_function(None);
    encoder
        .params::<_, ComponentValType>([])
        .result(Some(PrimitiveValType::U64.into()));
    let (read_type, mut encoder) = component.type_function(None);
    encoder
        .params([
            ("offset", PrimitiveValType::U64),
            ("length", PrimitiveValType::U32),
        ])
        .result(Some(list));

    let size = core.lift(&mut component, "size", size_type, false);
    let read = core.lift(&mut component, "read", read_type, true);
    export(
        component,
        IMAGE_INTERFACE,
        &[("size", size), ("read", read)],
    )
}

/// A component that exports [`CONFIG_INTERFACE`] with these entries in this order.
#[must_use]
pub fn config(entries: &[(String, String)]) -> Vec<u8> {
    // The table of (key pointer, key length, value pointer, value length) comes first.
    let base = PAGE as u32;
    let mut table = Vec::with_capacity(entries.len() * 16);
    let mut text = Vec::new();
    let text_base = base + u32::try_from(entries.len() * 16).expect("settings fit a memory");
    for part in entries.iter().flat_map(|(key, value)| [key, value]) {
        let at = text_base + u32::try_from(text.len()).expect("settings fit a memory");
        table.extend_from_slice(&at.to_le_bytes());
        table.extend_from_slice(&(part.len() as u32).to_le_bytes());
        text.extend_from_slice(part.as_bytes());
    }
    table.extend_from_slice(&text);

    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    let mut code = CodeSection::new();
    code.function(&function([], |body| {
        store(body, 0, |body| {
            body.i32_const(base.cast_signed());
        });
        store(body, 4, |body| {
            body.i32_const((entries.len() as u32).cast_signed());
        });
        body.i32_const(RETURN_AREA.cast_signed());
    }));
    let module = core_module(&types, &code, &["entries"], &table);

    let mut component = ComponentBuilder::default();
    let core = instantiate(&mut component, &module);
    let (pair, encoder) = component.type_defined(None);
    encoder.tuple([PrimitiveValType::String, PrimitiveValType::String]);
    let list = list_of(&mut component, ComponentValType::Type(pair));
    let (entries_type, mut encoder) = component.type_function(None);
    encoder.params::<_, ComponentValType>([]).result(Some(list));
    let entries = core.lift(&mut component, "entries", entries_type, true);
    export(component, CONFIG_INTERFACE, &[("entries", entries)])
}

/// `read(offset, length)`: clamps the range to the image and returns it in place.
fn read_image(body: &mut InstructionSink<'_>, size: u64) {
    const OFFSET: u32 = 0;
    const LENGTH: u32 = 1;
    const LEFT: u32 = 2;
    let size = size.cast_signed();

    // offset = min(offset, size); left = min(length, size - offset)
    body.local_get(OFFSET).i64_const(size);
    body.local_get(OFFSET)
        .i64_const(size)
        .i64_lt_u()
        .select()
        .local_set(OFFSET);
    body.i64_const(size)
        .local_get(OFFSET)
        .i64_sub()
        .local_set(LEFT);
    body.local_get(LENGTH).i64_extend_i32_u().local_get(LEFT);
    body.local_get(LENGTH)
        .i64_extend_i32_u()
        .local_get(LEFT)
        .i64_lt_u()
        .select()
        .local_set(LEFT);

    store(body, 0, |body| {
        body.local_get(OFFSET)
            .i32_wrap_i64()
            .i32_const(PAGE as i32)
            .i32_add();
    });
    store(body, 4, |body| {
        body.local_get(LEFT).i32_wrap_i64();
    });
    body.i32_const(RETURN_AREA.cast_signed());
}

/// Stores what `value` leaves on the stack into the return area.
fn store(body: &mut InstructionSink<'_>, at: u64, value: impl FnOnce(&mut InstructionSink<'_>)) {
    body.i32_const(RETURN_AREA.cast_signed());
    value(body);
    body.i32_store(MemArg {
        offset: at,
        align: 2,
        memory_index: 0,
    });
}

fn function<const N: usize>(
    locals: [(u32, ValType); N],
    body: impl FnOnce(&mut InstructionSink<'_>),
) -> Function {
    let mut function = Function::new(locals);
    let mut sink = function.instructions();
    body(&mut sink);
    sink.end();
    function
}

/// A module whose n-th function has the n-th type and name, with `data` behind
/// the first page of its memory.
fn core_module(types: &TypeSection, code: &CodeSection, names: &[&str], data: &[u8]) -> Module {
    let pages = 1 + (data.len() as u64).div_ceil(PAGE);
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    for (index, name) in (0..).zip(names) {
        functions.function(index);
        exports.export(name, ExportKind::Func, index);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: pages,
        // It never grows while the box runs. A snapshot reads it through a page more.
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut segments = DataSection::new();
    if !data.is_empty() {
        segments.active(0, &ConstExpr::i32_const(PAGE as i32), data.iter().copied());
    }
    let mut module = Module::new();
    module
        .section(types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(code)
        .section(&segments);
    module
}

/// The instance of the core module inside the component that wraps it.
struct Core {
    instance: u32,
    memory: u32,
}

fn instantiate(component: &mut ComponentBuilder, module: &Module) -> Core {
    let module = component.core_module(None, module);
    let instance = component.core_instantiate::<[(&str, ModuleArg); 0]>(None, module, []);
    let memory = component.core_alias_export(None, instance, "memory", ExportKind::Memory);
    Core { instance, memory }
}

impl Core {
    fn lift(&self, component: &mut ComponentBuilder, name: &str, ty: u32, by_pointer: bool) -> u32 {
        let function = component.core_alias_export(None, self.instance, name, ExportKind::Func);
        let in_memory = [CanonicalOption::Memory(self.memory), CanonicalOption::UTF8];
        let options = if by_pointer { &in_memory[..] } else { &[] };
        component.lift_func(None, function, ty, options.iter().copied())
    }
}

fn list_of(component: &mut ComponentBuilder, element: ComponentValType) -> ComponentValType {
    let (list, encoder) = component.type_defined(None);
    encoder.list(element);
    ComponentValType::Type(list)
}

/// The component, with these functions as its one exported interface.
fn export(component: ComponentBuilder, interface: &str, functions: &[(&str, u32)]) -> Vec<u8> {
    let instance = component.instance_count();
    let mut bytes = component.finish();
    // The builder knows no instance that is made of exports alone.
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(
        functions
            .iter()
            .map(|(name, index)| (*name, ComponentExportKind::Func, *index)),
    );
    instances.append_to_component(&mut bytes);
    let mut exports = ComponentExportSection::new();
    exports.export(interface, ComponentExportKind::Instance, instance, None);
    exports.append_to_component(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(component: &[u8]) {
        wasmparser::Validator::new()
            .validate_all(component)
            .expect("a valid component");
    }

    #[test]
    fn images_of_any_size_are_valid_components() {
        for size in [0, 1, 65_536, 200_000] {
            validate(&image(&vec![7; size]));
        }
    }

    #[test]
    fn settings_of_any_number_are_valid_components() {
        validate(&config(&[]));
        let entries: Vec<_> = (0..5_000)
            .map(|n| (format!("key.{n}"), "ä".repeat(n % 7)))
            .collect();
        validate(&config(&entries));
    }

    #[test]
    fn the_image_is_one_segment_in_place() {
        let bytes = image(b"needle in the image");
        let found = bytes
            .windows(6)
            .filter(|window| window == b"needle")
            .count();
        assert_eq!(found, 1);
    }
}
