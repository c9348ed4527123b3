//! Starts one box ten thousand times in one process, each time with an argument and
//! standard output of its own, as a server does for its requests.
//!
//! ```text
//! cargo run --release --example serve -- hello.wasm
//! ```

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use boxer_cli::commands::run::describe;
use boxer_cli::run::service::Service;
use boxer_cli::run::{Invocation, Outcome, Runner, Stdio};
use tokio::task::JoinSet;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

const STARTS: usize = 10_000;
/// How many run at once.
const BOXES: usize = 16;
/// What one start may write.
const OUTPUT: usize = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args()
        .nth(1)
        .ok_or("name a box: `serve -- FILE.wasm`")?;
    let file = Path::new(&file);

    // Compiled on the first use; later ones map what the cache has.
    let cache = env::temp_dir().join("box-example-serve");
    let runner = Runner::new(Some(&cache), &|_| {}).pooled(BOXES.try_into()?);
    let loaded = runner.load_file(file, |bytes| describe(file, bytes))?;
    let service = Arc::new(Service::new(loaded)?);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let begun = Instant::now();
    let written = runtime.block_on(async {
        let mut written: usize = 0;
        let mut running: JoinSet<Result<Vec<u8>, String>> = JoinSet::new();
        for number in 0..STARTS {
            if running.len() == BOXES
                && let Some(answer) = running.join_next().await
            {
                written += answer??.len();
            }
            running.spawn(request(Arc::clone(&service), number));
        }
        for answer in running.join_all().await {
            written += answer?.len();
        }
        Ok::<_, Box<dyn Error>>(written)
    })?;
    let each = begun.elapsed() / u32::try_from(STARTS)?;
    let each = each.as_secs_f64() * 1e6;
    println!("{STARTS} starts, {written} bytes written, {each:.1} µs each");
    Ok(())
}

/// One request, one box.
async fn request(service: Arc<Service>, number: usize) -> Result<Vec<u8>, String> {
    let stdout = MemoryOutputPipe::new(OUTPUT);
    let outcome = service
        .start(
            &Invocation {
                program: "hello".to_owned(),
                args: vec![format!("number {number}")],
                base: PathBuf::new(),
            },
            Stdio::Given {
                stdin: Box::new(MemoryInputPipe::new("")),
                stdout: Box::new(stdout.clone()),
                stderr: Box::new(MemoryOutputPipe::new(OUTPUT)),
            },
        )
        .await;
    match outcome {
        Ok(Outcome::Exited(0)) => Ok(stdout.contents().to_vec()),
        other => Err(format!("request {number} ended with {other:?}")),
    }
}
