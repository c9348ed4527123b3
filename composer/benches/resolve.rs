//! A resolver that many can use: 10,000 packages with 10 versions each, all of them needed:
//! `cargo bench -p composer --bench resolve`.
//!
//! Measured is the thread's time on a processor: who else uses the machine does not count.
//! Fails where the best of five resolutions takes longer than a second of that.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

use std::fs;
use std::time::Duration;

use boxfile_spec::PackageName;
use composer::fetch::Locals;
use composer::resolve::{LockMode, resolve};
use registry_index::{Dependency, Memory, Release};

const PACKAGES: u64 = 10_000;
const VERSIONS: u64 = 10;
const LIMIT: Duration = Duration::from_secs(1);

fn name(number: u64) -> PackageName {
    format!("acme:p{number}").parse().unwrap()
}

/// Each version needs three packages further on; the newest of every third package needs
/// what does not exist, so the resolver must turn back.
fn index() -> Memory {
    let component = wat::parse_str("(component)").unwrap();
    let first = Release::describe(name(0), "1.0.0".parse().unwrap(), &component).unwrap();
    let mut index = Memory::new("the index");
    for number in 0..PACKAGES {
        for minor in 0..VERSIONS {
            let mut release = first.clone();
            release.name = name(number);
            release.version.minor = minor;
            let further = [1, 7, 101].map(|step| number + step);
            let further = further.into_iter().filter(|number| *number < PACKAGES);
            let broken = number % 3 == 0 && minor + 1 == VERSIONS;
            release.dependencies = further
                .map(|number| Dependency {
                    name: name(number),
                    requirement: if broken { "^2" } else { "^1.2" }.parse().unwrap(),
                })
                .collect();
            index.insert(release, Vec::new()).unwrap();
        }
    }
    index
}

/// Of this thread, on a processor: the first number of `/proc/thread-self/schedstat`, in
/// nanoseconds.
fn on_processor() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let first = text.split(' ').next().unwrap();
    Duration::from_nanos(first.parse().unwrap())
}

fn main() {
    let index = index();
    let text = "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[dependencies]\n\"acme:p0\" = \"^1\"\n";
    let manifest = boxfile_spec::parse(text, "Boxfile.toml").unwrap();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = on_processor();
        let resolution = resolve(&manifest, &Locals::default(), &index, None, &LockMode::Keep);
        best = best.min(on_processor() - begin);
        let chosen = resolution.unwrap().releases().count();
        assert_eq!(chosen as u64, PACKAGES);
    }
    println!(
        "resolve 10,000 packages x 10 versions: {:.0} ms",
        best.as_secs_f64() * 1000.0
    );
    assert!(best < LIMIT, "{best:?}");
}
