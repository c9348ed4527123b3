//! Many starts of one box in one process, from a pool.

use std::fs;
use std::path::PathBuf;

use boxer_cli::commands::run::describe;
use boxer_cli::run::service::Service;
use boxer_cli::run::{Invocation, Outcome, Runner, Stdio};
use tempfile::TempDir;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

use crate::support::boxes::Project;
use crate::support::guests::guest;

/// Each start has arguments and streams of its own and finds nothing of the one before:
/// the file that the program makes is not there yet.
#[test]
fn every_start_is_the_first() {
    let project = Project::new(&format!(
        "[box]\nname = \"test:service\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        guest("first_start").display()
    ));
    let cache = TempDir::new().expect("a temporary folder can be made");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    for file in project.build_forms("service") {
        let runner = Runner::new(Some(cache.path()), &|event| println!("{event:?}")).pooled(2);
        let loaded = runner
            .load_file(&file, |bytes| describe(&file, bytes))
            .expect("the box can be loaded");
        let service = Service::new(loaded).expect("the box can be linked");
        for number in 0..100 {
            let stdout = MemoryOutputPipe::new(1 << 10);
            let invocation = Invocation {
                program: "service".to_owned(),
                args: vec![format!("start {number}")],
                base: PathBuf::new(),
            };
            let stdio = Stdio::Given {
                stdin: Box::new(MemoryInputPipe::new(format!("input {number}"))),
                stdout: Box::new(stdout.clone()),
                stderr: Box::new(MemoryOutputPipe::new(1 << 10)),
            };
            let outcome = runtime
                .block_on(service.start(&invocation, stdio))
                .expect("the box can be started");
            assert!(matches!(outcome, Outcome::Exited(0)), "{outcome:?}");
            let said = String::from_utf8_lossy(&stdout.contents()).into_owned();
            assert_eq!(said, format!("start {number}, input {number}\n"));
        }
    }
    let kept = fs::read_dir(cache.path()).expect("the cache").count();
    assert!(kept > 0, "compiled code is kept");
}
