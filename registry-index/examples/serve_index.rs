//! Publishes files into a folder and serves it:
//!
//! ```sh
//! cargo run -p registry-index --features serve --example serve_index -- \
//!     /tmp/index acme:fs@1.0.0=fs.wasm
//! ```

#![allow(clippy::print_stdout, reason = "it tells where it listens")]

use std::error::Error;
use std::fs;

use registry_index::{Directory, Draft, Server, publish};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let index = Directory::create(folder)?;
    for argument in arguments {
        let (package, file) = argument
            .split_once('=')
            .ok_or("expected NAME@VERSION=FILE")?;
        let (name, version) = package
            .split_once('@')
            .ok_or("expected NAME@VERSION=FILE")?;
        let mut draft = Draft::new(name.parse()?, version.parse()?, fs::read(file)?);
        // A README beside the file goes with it.
        draft.readme = fs::read_to_string(format!("{file}.md")).ok();
        let published = publish(draft, &index, None)?;
        println!("{name} {version}: {:?}", published.outcome);
    }
    let server = Server::bind(index, "127.0.0.1:0".parse()?)?;
    println!("http://{}", server.address());
    server.run();
    Ok(())
}
