//! `box index serve`, and sources at the end of a wire as a user meets them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::Place;

/// A running `box index serve`; it is killed when this is dropped.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    pub fn start(place: &Place) -> Self {
        let args = ["-q", "index", "serve", "index", "--listen", "127.0.0.1:0"];
        let mut child = place.command(&args).spawn().unwrap();
        let mut address = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        Self { child, address }
    }

    fn socket(&self) -> SocketAddr {
        self.address.trim_start_matches("http://").parse().unwrap()
    }

    /// The status and the body of an answer.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.socket()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: index\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer[9..12].parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, body.to_owned())
    }

    /// The most memory that it ever had, in bytes; `VmHWM` of `proc_pid_status(5)`.
    fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn published() -> Place {
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    place.write("README.md", "# A log\n\nIt is **kept**.\n");
    let more = ["--readme", "README.md", "--description", "Keeps a log"];
    place.publish("sink.wasm", "acme:log@1.0.0", &more).well();
    place
}

#[test]
fn a_served_index_is_a_source_and_a_site() {
    let place = published();
    let served = Served::start(&place);
    let found = place.run(&[
        "search",
        "--registry",
        &served.address,
        "--exports",
        "acme:log/sink",
    ]);
    assert_eq!(found.succeeds(), "acme:log  1.0.0  library  Keeps a log\n");
    place
        .run(&["-q", "pull", "acme:log", "--registry", &served.address])
        .succeeds();
    assert_eq!(
        fs::read(place.path().join("log.wasm")).unwrap(),
        fs::read(place.path().join("sink.wasm")).unwrap()
    );
    let (status, page) = served.get("/p/acme/log");
    assert_eq!(status, 200);
    for part in [
        "<strong>kept</strong>",
        "interface sink",
        "acme:log",
        "[dependencies]",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(served.get("/p/acme/none").0, 404);
    let refused = place.run(&[
        "publish",
        "sink.wasm",
        "--as",
        "acme:log@1.1.0",
        "--registry",
        &served.address,
    ]);
    assert!(
        refused.fails(1).contains("takes no packages"),
        "{refused:#?}"
    );
    // What is published into the folder shows at once.
    place.sink("next.wasm", &["put", "flush"], &[]);
    place.publish("next.wasm", "acme:log@1.1.0", &[]).well();
    let info = place.run(&["info", "acme:log", "--registry", &served.address]);
    assert!(info.succeeds().starts_with("acme:log 1.1.0\n"), "{info:#?}");
}

#[test]
fn offline_takes_what_was_fetched_and_asks_nobody() {
    let place = published();
    let served = Served::start(&place);
    let address = served.address.clone();
    let pull = |more: &[&str]| {
        let mut args = vec!["-q", "pull", "acme:log", "--registry", &*address];
        args.extend(more);
        place.run(&args)
    };
    let never = pull(&["--offline"]);
    assert!(never.fails(1).contains("was never fetched"), "{never:#?}");
    pull(&[]).succeeds();
    drop(served);
    pull(&["--offline"]).succeeds();
    let gone = pull(&[]);
    let error = gone.fails(1);
    assert!(
        error.contains("cannot reach") && error.contains("--offline"),
        "{error}"
    );
    place.run(&["cache", "prune", "--all"]).well();
    pull(&["--offline"]).fails(1);
}

#[test]
fn many_at_once_are_served_in_bounded_memory() {
    const CLIENTS: usize = 40;
    const REQUESTS: usize = 25;
    let place = published();
    let served = Served::start(&place);
    let paths = [
        "/",
        "/p/acme/log",
        "/packages/acme/log.json",
        "/search.json?words=log",
        "/nothing",
    ];
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let served = &served;
            scope.spawn(move || {
                for request in 0..REQUESTS {
                    let path = paths[(client + request) % paths.len()];
                    let (status, body) = served.get(path);
                    let expected = if path == "/nothing" { 404 } else { 200 };
                    assert_eq!(status, expected, "{path}");
                    assert!(status == 404 || body.contains("log"), "{path}");
                }
            });
        }
    });
    // The program itself, with all that is built into it, has most of this.
    let peak = served.peak_memory();
    assert!(peak < 256 << 20, "{peak} bytes");
}

/// A server that sends the first half of the bytes, waits, and sends the rest.
fn slow(content: Vec<u8>, documents: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut request).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let path = request.split(' ').nth(1).unwrap();
            let known = documents.iter().find(|(own, _)| own == path);
            let body = known.map_or(&content, |(_, body)| body);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            if known.is_some() {
                stream.write_all(body).unwrap();
                continue;
            }
            for piece in body.chunks(body.len() / 4 + 1) {
                stream.write_all(piece).unwrap();
                stream.flush().unwrap();
                thread::sleep(Duration::from_millis(600));
            }
        }
    });
    format!("http://{address}")
}

/// `script` gives the program a terminal, as a person has it.
#[test]
fn a_long_transfer_shows_a_bar_on_a_terminal_and_nowhere_else() {
    let place = published();
    let document = |path: &str| {
        (
            format!("/{path}"),
            fs::read(place.path().join("index").join(path)).unwrap(),
        )
    };
    let documents = vec![document("index.toml"), document("packages/acme/log.json")];
    let content = fs::read(place.path().join("sink.wasm")).unwrap();
    let address = slow(content, documents);
    let pull = format!(
        "{} pull acme:log --registry {address} -o got.wasm",
        env!("CARGO_BIN_EXE_box")
    );
    let mut command = place.command_through("script", &["-q", "-e", "-c", &pull, "typescript"]);
    let output = command
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("░") || shown.contains('█'), "{shown:?}");
    place.run(&["cache", "prune", "--all"]).well();
    let silent = place.run(&[
        "-q",
        "pull",
        "acme:log",
        "--registry",
        &address,
        "-o",
        "got.wasm",
    ]);
    silent.succeeds();
}
