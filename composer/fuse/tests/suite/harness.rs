//! Runs a component in wasmtime as it is and fused, and compares.

use std::fmt::Write as _;

use wasmtime::component::{Component, Linker, Resource, ResourceAny, ResourceType, Val};
use wasmtime::{AsContextMut, Config, Engine, Error, OptLevel, WasmBacktrace};

/// A resource of the host: all that is known of it is its number.
pub struct Thing;

/// What the host saw and did.
#[derive(Default)]
pub struct Host {
    pub log: Vec<String>,
    /// Numbers for resources that the host makes.
    pub next: u32,
}

/// An engine that compiles fast; the code's speed does not matter here.
pub fn engine() -> Engine {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::None);
    config.wasm_component_model(true);
    Engine::new(&config).expect("the configuration is valid")
}

/// A value as text, with resources by their number where the host knows it. The
/// host is done with the value then: it keeps no handle.
pub fn consume(mut store: impl AsContextMut<Data = Host>, val: &Val) -> String {
    let mut text = String::new();
    write_val(&mut store, val, &mut text);
    text
}

fn write_val(store: &mut impl AsContextMut<Data = Host>, val: &Val, text: &mut String) {
    match val {
        Val::Resource(any) => *text += &take_resource(store, *any),
        Val::List(vals) | Val::Tuple(vals) => {
            *text += "[";
            for val in vals {
                write_val(store, val, text);
                *text += ", ";
            }
            *text += "]";
        }
        Val::Record(fields) => {
            *text += "{";
            for (name, val) in fields {
                let _ = write!(text, "{name}: ");
                write_val(store, val, text);
                *text += ", ";
            }
            *text += "}";
        }
        Val::Variant(name, Some(val)) => {
            let _ = write!(text, "{name} ");
            write_val(store, val, text);
        }
        Val::Option(Some(val)) => {
            *text += "some ";
            write_val(store, val, text);
        }
        Val::Result(Ok(Some(val))) => {
            *text += "ok ";
            write_val(store, val, text);
        }
        Val::Result(Err(Some(val))) => {
            *text += "err ";
            write_val(store, val, text);
        }
        // A NaN's bits are nobody's to rely on.
        Val::Float32(value) if value.is_nan() => *text += "nan",
        Val::Float64(value) if value.is_nan() => *text += "nan",
        other => {
            let _ = write!(text, "{other:?}");
        }
    }
}

fn take_resource(store: &mut impl AsContextMut<Data = Host>, any: ResourceAny) -> String {
    let owned = if any.owned() { "own" } else { "borrow" };
    match any.try_into_resource::<Thing>(&mut *store) {
        Ok(resource) => format!("{owned} {}", resource.rep()),
        Err(_) => owned.to_owned(),
    }
}

/// A new resource of the host's, to be given away.
pub fn own(mut store: impl AsContextMut<Data = Host>) -> Val {
    let mut context = store.as_context_mut();
    context.data_mut().next += 1;
    let rep = context.data().next;
    let any = Resource::<Thing>::new_own(rep).try_into_resource_any(&mut context);
    Val::Resource(any.expect("the store takes one more resource"))
}

/// A linker with the host's resource `r` in the instance `host`.
pub fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker: Linker<Host> = Linker::new(engine);
    let mut host = linker.instance("host").expect("the name is new");
    host.resource("r", ResourceType::host::<Thing>(), |mut store, rep| {
        store
            .as_context_mut()
            .data_mut()
            .log
            .push(format!("drop {rep}"));
        Ok(())
    })
    .expect("the name is new");
    linker
}

/// What kind of trap it was, in a word: a fused component says it by the name of
/// the function that trapped.
pub fn kind(error: &Error) -> String {
    let named = error
        .downcast_ref::<WasmBacktrace>()
        .and_then(|trace| trace.frames().first())
        .and_then(|frame| frame.func_name())
        .and_then(|name| name.strip_prefix("trap: "));
    let text = match named {
        Some(text) => text.to_owned(),
        None => error.root_cause().to_string(),
    };
    let kinds = [
        ("out of bounds", "bounds"),
        ("out-of-bounds", "bounds"),
        ("unaligned pointer", "alignment"),
        ("not aligned", "alignment"),
        ("`char`", "char"),
        ("discriminant", "discriminant"),
        ("utf8", "utf8"),
        ("utf16", "utf16"),
        ("while borrowed", "lent"),
        ("borrow handles still remain", "borrows remain"),
        ("unknown handle index", "handle"),
        ("wrong type", "handle"),
        ("from a borrow", "handle"),
        ("cannot enter", "enter"),
        ("cannot leave", "leave"),
        ("unreachable", "unreachable"),
    ];
    kinds
        .iter()
        .find(|(part, _)| text.contains(part))
        .map_or(text.clone(), |(_, kind)| (*kind).to_owned())
}

/// Compiles a component, or says why it can't be.
pub fn compile(engine: &Engine, bytes: &[u8]) -> Component {
    match Component::new(engine, bytes) {
        Ok(component) => component,
        Err(error) => panic!(
            "{error:?}\n{}",
            wasmprinter::print_bytes(bytes).unwrap_or_default()
        ),
    }
}

/// A component in its forms: linked, fused, and fused to as few core modules as can be.
pub fn forms(bytes: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    [
        ("linked", bytes.to_vec()),
        ("fused", fuse_within(bytes, usize::MAX)),
        ("merged", fuse_within(bytes, 0)),
    ]
}

fn fuse_within(bytes: &[u8], instances: usize) -> Vec<u8> {
    match boxer_fuse::fuse_within(bytes, &boxer_fuse::Options::default(), instances) {
        Ok(fused) => fused.bytes,
        Err(error) => panic!(
            "{error}\n{}",
            wasmprinter::print_bytes(bytes).unwrap_or_default()
        ),
    }
}
