//! A server between the client and the right one, which lets through what it likes, and
//! what that does to the client.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{Directory, Http, Index as _, IndexError, Network, Publish as _, Release};

use crate::corruption::damages;
use crate::http::network;
use crate::support::{Running, component, name, parcel};

type Rule = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// A server that hands on what it is asked to another, one request a connection, but for
/// what its rule answers itself. A rule that answers nothing at all cuts the connection.
pub struct Proxy {
    pub url: String,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Proxy {
    pub fn start(
        target: &str,
        rule: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&answers);
        let target = target.strip_prefix("http://").unwrap().to_owned();
        let rule: Arc<Rule> = Arc::new(rule);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (target, rule, log) = (target.clone(), Arc::clone(&rule), Arc::clone(&log));
                thread::spawn(move || serve(stream.unwrap(), &target, &*rule, &log));
            }
        });
        Self { url, answers }
    }

    /// The statuses of what was answered since the last time.
    pub fn answers(&self) -> Vec<u16> {
        std::mem::take(&mut self.answers.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, target: &str, rule: &Rule, log: &Mutex<Vec<u16>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    let head = String::from_utf8(request).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    let answer = rule(path).unwrap_or_else(|| {
        let mut upstream = TcpStream::connect(target).unwrap();
        let host = head.lines().find(|line| line.starts_with("host:")).unwrap();
        let asked = head.replace(host, &format!("host: {target}\r\nconnection: close"));
        upstream.write_all(asked.as_bytes()).unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).unwrap();
        answer
    });
    if let Some(status) = answer.get(9..12) {
        let status = std::str::from_utf8(status).unwrap().parse().unwrap();
        log.lock().unwrap().push(status);
    }
    // The client may have gone.
    let _ = stream.write_all(&answer);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", "", body)
}

fn answer(status: &str, header: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An index of one package, a server of it, and its release as the client sees it.
struct Scene {
    _folder: tempfile::TempDir,
    server: Running,
    release: Release,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::create(folder.path()).unwrap();
    directory
        .publish(&parcel("acme:a", "1.0.0", &component(0)))
        .unwrap();
    let server = Running::start(folder.path());
    let index = Http::open(&server.url, network()).unwrap();
    let release = index.releases(&name("acme:a")).unwrap().remove(0);
    Scene {
        _folder: folder,
        server,
        release,
    }
}

/// Fetches through a server with this rule for the bytes.
fn fetch(
    scene: &Scene,
    network: Network,
    rule: impl Fn(usize) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (Result<bytes::Bytes, IndexError>, usize) {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let proxy = Proxy::start(&scene.server.url, move |path| {
        if !path.starts_with("/blobs/") {
            return None;
        }
        let turn = {
            let mut count = count.lock().unwrap();
            *count += 1;
            *count
        };
        rule(turn)
    });
    let index = Http::open(&proxy.url, network).unwrap();
    let result = index.fetch(&scene.release);
    let asked = *asked.lock().unwrap();
    (result, asked)
}

#[test]
fn no_damaged_transfer_is_accepted() {
    let scene = scene();
    let good = component(0);
    let bodies: BTreeMap<usize, (&str, Vec<u8>)> = damages()
        .into_iter()
        .map(|(what, damage)| (what, damage(&good)))
        .enumerate()
        .collect();
    assert!(bodies.len() >= 50);
    for (what, body) in bodies.values() {
        let sent = body.clone();
        let (result, _) = fetch(&scene, network(), move |_| Some(ok(&sent)));
        let error = result.expect_err(what);
        assert!(
            matches!(error, IndexError::Digest { .. } | IndexError::Size { .. }),
            "{what}: {error}"
        );
        let text = error.to_string();
        assert!(text.contains("/blobs/sha256/"), "{what}: {text}");
        assert!(
            text.contains(&scene.release.digest.to_string()),
            "{what}: {text}"
        );
    }
    let (result, asked) = fetch(&scene, network(), |_| None);
    assert_eq!((result.unwrap(), asked), (good, 1));
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let scene = scene();
    let huge = vec![0; 64 << 20];
    let (result, asked) = fetch(&scene, network(), move |_| Some(ok(&huge)));
    let error = result.unwrap_err();
    let IndexError::Size { found, .. } = &error else {
        panic!("{error}");
    };
    assert!(*found < 4 << 20, "{found} bytes were read");
    assert_eq!(asked, 1);
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let scene = scene();
    let cut = {
        let mut cut = ok(&component(0));
        cut.truncate(cut.len() - 5);
        cut
    };
    let busy = |header: &str| answer("503 Service Unavailable", header, b"busy\n");
    for (what, fault) in [
        ("a cut connection", Vec::new()),
        ("a cut answer", cut),
        ("half a head", b"HTTP/1.1 200".to_vec()),
        ("a busy server", busy("")),
        ("a server that says when", busy("retry-after: 0\r\n")),
        (
            "too many requests",
            answer("429 Too Many Requests", "", b""),
        ),
        (
            "a gateway without a server",
            answer("502 Bad Gateway", "", b""),
        ),
    ] {
        let twice = fault.clone();
        let (result, asked) = fetch(&scene, network(), move |turn| {
            (turn < 3).then(|| twice.clone())
        });
        assert_eq!((result.expect(what), asked), (component(0), 3), "{what}");
        let (result, asked) = fetch(&scene, network(), move |_| Some(fault.clone()));
        let error = result.expect_err(what);
        assert!(
            matches!(
                error,
                IndexError::Unreachable { .. } | IndexError::Status { .. }
            ),
            "{what}: {error}"
        );
        assert_eq!(asked, 3, "{what}");
    }
}

#[test]
fn what_does_not_pass_is_an_error_at_once() {
    let scene = scene();
    let cases = [
        (
            "401 Unauthorized",
            "token expired\n",
            "refuses access: token expired",
        ),
        ("403 Forbidden", "", "refuses access: 403 Forbidden"),
        ("400 Bad Request", "what?\nmore", "answered 400: what?"),
        (
            "404 Not Found",
            "",
            "is missing: it should hold `acme:a` 1.0.0",
        ),
        ("418 I'm a teapot", "", "answered 418"),
        (
            "503 Service Unavailable",
            "down for a day",
            "answered 503: down for a day",
        ),
    ];
    for (status, body, expected) in cases {
        let later = if status.starts_with("503") {
            "retry-after: 86400\r\n"
        } else {
            ""
        };
        let (result, asked) = fetch(&scene, network(), move |_| {
            Some(answer(status, later, body.as_bytes()))
        });
        let error = result.expect_err(status).to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(asked, 1, "{status}");
    }
}

#[test]
fn circles_and_steps_down_are_not_followed() {
    let scene = scene();
    let (result, asked) = fetch(&scene, network(), |_| {
        Some(answer(
            "302 Found",
            "location: /blobs/sha256/again\r\n",
            b"",
        ))
    });
    let error = result.unwrap_err();
    assert!(matches!(error, IndexError::Redirects { .. }), "{error}");
    assert!(asked <= 8, "asked {asked} times");
    // One step is fine.
    let path = format!("/blobs/sha256/{}?moved", scene.release.digest.to_hex());
    let (result, _) = fetch(&scene, network(), move |turn| {
        (turn == 1).then(|| {
            answer(
                "307 Temporary Redirect",
                &format!("location: {path}\r\n"),
                b"",
            )
        })
    });
    assert_eq!(result.unwrap(), component(0));
}

#[test]
fn silence_and_absence_end_in_bounded_time() {
    let scene = scene();
    let once = Network {
        attempts: 2,
        read_timeout: Duration::from_millis(300),
        ..network()
    };
    // It accepts connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let begin = Instant::now();
    let error = Http::open(&address, once.clone())
        .unwrap()
        .fetch(&scene.release)
        .unwrap_err();
    assert!(matches!(error, IndexError::Slow { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(15));
    // Nobody listens there any more.
    drop(silent);
    let error = Http::open(&address, once.clone())
        .unwrap()
        .fetch(&scene.release)
        .unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&address), "{error}");
    let nowhere = Http::open("http://does-not-exist.invalid", once).unwrap();
    let error = nowhere.releases(&name("acme:a")).unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
}

#[test]
fn a_token_goes_to_its_server_only() {
    let scene = scene();
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = format!("http://{}/bytes", stranger.local_addr().unwrap());
    let listening = thread::spawn(move || {
        let (mut stream, _) = stranger.accept().unwrap();
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).unwrap();
        stream.write_all(&ok(&component(0))).unwrap();
        String::from_utf8_lossy(&head[..read]).to_lowercase()
    });
    let proxy = Proxy::start(&scene.server.url, move |path| {
        path.starts_with("/blobs/")
            .then(|| answer("302 Found", &format!("location: {there}\r\n"), b""))
    });
    let index = Http::with_token(&proxy.url, network(), Some("secret".to_owned())).unwrap();
    // Another port is another server: RFC 6454 section 4.
    assert_eq!(index.fetch(&scene.release).unwrap(), component(0));
    assert!(!listening.join().unwrap().contains("secret"));
}

#[test]
fn documents_that_are_not_documents_are_named() {
    let scene = scene();
    for body in [&b"<html>login</html>"[..], b"{\"releases\":[{}]}", b""] {
        let proxy = Proxy::start(&scene.server.url, move |path| {
            path.starts_with("/packages/").then(|| ok(body))
        });
        let index = Http::open(&proxy.url, network()).unwrap();
        let error = index.releases(&name("acme:a")).unwrap_err();
        assert!(matches!(error, IndexError::Document { .. }), "{error}");
        assert!(
            error.to_string().contains("/packages/acme/a.json"),
            "{error}"
        );
    }
}
