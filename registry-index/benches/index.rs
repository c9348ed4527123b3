//! How an index of 10,000 packages with 10 versions each does, and its server under load:
//! `cargo bench -p registry-index --features remote,serve`.
//!
//! Prints one line a figure. It fails where reading all of it takes longer than the limit
//! that is said below, so it can stand in a nightly run.

#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{
    Dependency, Directory, Http, Index, Memory, Network, PackageName, Query, Release, Server,
};

const PACKAGES: usize = 10_000;
const VERSIONS: u64 = 10;
/// For the whole index from memory, which is what a resolver asks for in the worst case.
const LIMIT: Duration = Duration::from_secs(1);

fn name(number: usize) -> PackageName {
    format!("acme:p{number}").parse().unwrap()
}

/// Releases as a driver would have them: some imports, some exports, three requirements.
fn releases(number: usize) -> Vec<Release> {
    let bytes = wat::parse_str(
        r#"(component
            (import "wasi:clocks/monotonic-clock@0.2.6" (instance (export "now" (func))))
            (import "wasi:random/random@0.2.6" (instance (export "get" (func))))
            (import "boxer:kernel/vfs@0.1.0" (instance $i (export "read" (func))))
            (export "boxer:kernel/vfs@0.1.0" (instance $i)))"#,
    )
    .unwrap();
    let first = Release::describe(name(number), "1.0.0".parse().unwrap(), &bytes).unwrap();
    let versions = (0..VERSIONS).map(|minor| {
        let mut release = first.clone();
        release.version.minor = minor;
        release.description = format!("Package number {number} of many");
        release.dependencies = (1..4)
            .map(|step| Dependency {
                name: name((number + step * 37) % PACKAGES),
                requirement: "^1.2".parse().unwrap(),
            })
            .collect();
        release
    });
    versions.collect()
}

/// An index folder written at once; publishing 100,000 times waits for the disk each time.
fn fill(folder: &Path) -> Directory {
    let index = Directory::create(folder).unwrap();
    fs::create_dir_all(folder.join("packages/acme")).unwrap();
    for number in 0..PACKAGES {
        let document = serde_json::json!({ "releases": releases(number) });
        let path = folder.join(format!("packages/acme/p{number}.json"));
        fs::write(path, serde_json::to_vec(&document).unwrap()).unwrap();
    }
    let names: Vec<PackageName> = (0..PACKAGES).map(name).collect();
    let list = serde_json::json!({ "packages": names });
    fs::write(
        folder.join("names.json"),
        serde_json::to_vec(&list).unwrap(),
    )
    .unwrap();
    index
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let value = work();
    let time = begin.elapsed();
    println!("{what}: {:.1} ms", time.as_secs_f64() * 1000.0);
    (value, time)
}

fn read_all(index: &dyn Index) -> usize {
    (0..PACKAGES)
        .map(|number| index.releases(&name(number)).unwrap().len())
        .sum()
}

/// Resident memory of this process in MiB; `proc_pid_status(5)`.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: f64 = line.map_or(0.0, |line| {
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0)
    });
    kibibytes / 1024.0
}

/// As many requests as eight clients can make in three seconds, each on a connection that
/// stays open.
fn load(address: SocketAddr, path: &str) {
    let served = AtomicUsize::new(0);
    let begin = Instant::now();
    let end = begin + Duration::from_secs(3);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(address).unwrap();
                let mut buffer = vec![0; 1 << 20];
                // In one piece: TCP would hold back the second until the first is confirmed.
                let request = format!("GET {path} HTTP/1.1\r\nhost: index\r\n\r\n");
                while Instant::now() < end {
                    stream.write_all(request.as_bytes()).unwrap();
                    let mut answer = Vec::new();
                    while !whole(&answer) {
                        let read = stream.read(&mut buffer).unwrap();
                        assert!(read > 0, "the server hung up");
                        answer.extend_from_slice(&buffer[..read]);
                    }
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let rate = served.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64();
    println!(
        "serve {path}: {rate:.0} requests/s, {:.0} MiB resident",
        memory()
    );
}

/// Whether an answer has come to its end, by its `content-length`.
fn whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    answer.len() >= end + 4 + length
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, _) = timed("write 10,000 documents", || fill(folder.path()));
    let mut in_memory = Memory::new("memory");
    for number in 0..PACKAGES {
        for release in releases(number) {
            in_memory.insert(release, Vec::new()).unwrap();
        }
    }
    let expected = PACKAGES * usize::try_from(VERSIONS).unwrap();
    let (count, time) = timed("all releases from memory", || read_all(&in_memory));
    assert_eq!(count, expected);
    drop(in_memory);
    assert!(time < LIMIT, "it took {time:?}, and may take {LIMIT:?}");
    let (count, _) = timed("all releases from a folder", || read_all(&directory));
    assert_eq!(count, expected);
    let query = Query {
        words: vec!["9999".to_owned()],
        exports: Some("boxer:kernel/vfs".to_owned()),
        ..Query::default()
    };
    let (found, _) = timed("a search through the folder", || {
        directory.search(&query).unwrap()
    });
    assert_eq!(found.len(), 1);

    let server = Server::bind(directory, "127.0.0.1:0".parse().unwrap()).unwrap();
    let (address, stop) = (server.address(), server.stop());
    let serving = thread::spawn(|| server.run());
    println!("before serving: {:.0} MiB resident", memory());
    let index = Http::open(&format!("http://{address}"), Network::default()).unwrap();
    let (found, _) = timed("the first search of the server", || {
        index.search(&query).unwrap()
    });
    assert_eq!(found.len(), 1);
    timed("the second search of the server", || {
        index.search(&query).unwrap()
    });
    for path in [
        "/index.toml",
        "/packages/acme/p77.json",
        "/search.json?words=9999",
        "/?words=99",
    ] {
        load(address, path);
    }
    stop.stop();
    serving.join().unwrap();
}
