//! Any bytes as an app and its dependency: the linker refuses them with a message or
//! makes a valid box of them.
//!
//! The first byte tells where the dependency begins, in 256ths of the rest. A corpus of
//! the linker's cases makes a good start; `composer/tests/arbitrary.rs` compiles it.
#![no_main]

use composer::build::{Finish, Sources, compose, finish};
use composer::component::Component;
use composer::fetch::{Locals, adapt::adapt};
use composer::resolve::LockMode;
use libfuzzer_sys::fuzz_target;
use miette::NarratableReportHandler;
use registry_index::Memory;

const BOXFILE: &str = "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n\
                       [dependencies]\n\"t:d\" = { path = \"d.wasm\" }\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((split, rest)) = bytes.split_first() else { return };
    let (app, dependency) = rest.split_at(rest.len() * usize::from(*split) / 256);
    let component = |bytes: &[u8]| {
        let (bytes, _) = adapt(bytes.to_vec()).ok()?;
        Component::validated(bytes).ok()
    };
    let (Some(app), Some(dependency)) = (component(app), component(dependency)) else { return };
    let name = "t:d".parse().expect("a name");
    let locals = Locals {
        app: Some(app),
        dependencies: [(name, dependency)].into(),
        ..Locals::default()
    };
    let manifest = boxfile_spec::parse(BOXFILE, "Boxfile.toml").expect("a Boxfile");
    let index = Memory::new("nothing");
    let sources = Sources { index: &index, open: &|_| unreachable!("no line names a registry"), store: None };
    let composed = compose(&manifest, &locals, sources, None, &LockMode::Keep, &());
    let built = composed.and_then(|composed| finish(&manifest, composed, &Finish::default()));
    if let Err(error) = built {
        let mut message = String::new();
        NarratableReportHandler::new().render_report(&mut message, &error).expect("a message");
    }
});
