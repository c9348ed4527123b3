//! What people see of an index in a browser.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{Dependency, Directory, Publish as _, Signer};

use crate::support::{Running, component, draft, name, parcel, text};

fn get(server: &Running, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(&server.url["http://".len()..]).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: index\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer[9..12].parse().unwrap(), answer)
}

pub fn filled() -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let driver = |imports: &str| {
        text(&format!(
            r#"(component {imports}
                (import "boxer:kernel/vfs@0.1.0" (instance $lower
                    (type $s (record (field "size" u64)))
                    (export "stat" (type $stat (eq $s)))
                    (export "read" (func (param "path" string) (result $stat)))))
                (export "boxer:kernel/vfs@0.1.0" (instance $lower)))"#
        ))
    };
    let pair = Signer::generate(None).unwrap();
    let signer = Signer::read(&pair.secret, None).unwrap();
    let mut first = draft("acme:cache", "1.0.0", &driver(""));
    first.description = Some("Caches <files> & more".to_owned());
    first.license = Some("MIT".to_owned());
    first.readme = Some("# Cache\n\nReads *once*.\n\n<script>alert(1)</script>\n".to_owned());
    first.dependencies = vec![Dependency {
        name: name("acme:base"),
        requirement: "^2".parse().unwrap(),
    }];
    index
        .publish(&first.prepare(Some(&signer)).unwrap())
        .unwrap();
    let second = driver(r#"(import "wasi:sockets/tcp@0.2.6" (instance))"#);
    index
        .publish(&parcel("acme:cache", "1.1.0", &second))
        .unwrap();
    index
        .publish(&parcel("other:sink", "0.1.0", &component(0)))
        .unwrap();
    let server = Running::start(folder.path());
    (folder, server)
}

#[test]
fn a_search_finds_and_links() {
    let (_folder, server) = filled();
    let (status, page) = get(&server, "/?words=cache&exports=&imports=&kind=");
    assert_eq!(status, 200);
    assert!(
        page.contains("<a href=\"/p/acme/cache\"><b>acme:cache</b></a>"),
        "{page}"
    );
    assert!(!page.contains("other:sink"), "{page}");
    assert!(page.contains("name=\"viewport\""), "{page}");
    assert!(
        page.contains("content-security-policy: default-src 'none'"),
        "{page}"
    );
    let (_, page) = get(&server, "/?exports=boxer:kernel/vfs&kind=vfs");
    assert!(page.contains("1 package<"), "{page}");
    let (status, page) = get(&server, "/?kind=spaceship");
    assert_eq!(status, 400);
    assert!(page.contains("`spaceship` is no kind of package"), "{page}");
    let (_, page) = get(&server, "/?words=%22%3E%3Cscript%3E");
    assert!(
        page.contains("No package matches") && !page.contains("<script>"),
        "{page}"
    );
}

#[test]
fn a_package_has_a_page_with_all_that_is_known() {
    let (_folder, server) = filled();
    let (status, page) = get(&server, "/p/acme/cache");
    assert_eq!(status, 200);
    for expected in [
        // To paste: with the address that the visitor used.
        "vfs = { package = &quot;acme:cache&quot;, version = &quot;^1.1.0&quot;, registry = &quot;http://index&quot; }",
        "interface vfs {\n  record stat {\n    size: u64,\n  }\n\n  read: func(path: string) -&gt; stat;\n}",
        "gains <code>wasi:sockets/tcp@0.2.6</code>",
        "<svg class=\"wiring\"",
        "<a href=\"/?exports=wasi:sockets/tcp\">who exports it</a>",
        "<a href=\"/p/acme/cache/1.0.0\">1.0.0</a>",
        "sha256:",
    ] {
        assert!(page.contains(expected), "no {expected} in {page}");
    }
    let (status, page) = get(&server, "/p/acme/cache/1.0.0");
    assert_eq!(status, 200);
    for expected in [
        "Caches &lt;files&gt; &amp; more",
        "<h1>Cache</h1>",
        "<em>once</em>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<dt>licence</dt><dd>MIT</dd>",
        "<dt>needs</dt><dd>acme:base ^2</dd>",
        ">signed</span>",
    ] {
        assert!(page.contains(expected), "no {expected} in {page}");
    }
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn what_is_not_there_is_a_page_too() {
    let (folder, server) = filled();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    for path in [
        "/p/acme/none",
        "/p/acme/cache/9.9.9",
        "/p/acme/cache/new",
        "/p/AC ME/x",
        "/packages/acme/none.json",
        "/packages/..%2f..%2f/secret.json",
        "/packages/acme/..%2f..%2f..%2fsecret",
        "/blobs/sha256/..%2f..%2fsecret",
        "/blobs/sha256/00",
        "/../secret",
        "/secret",
        "/.lock",
    ] {
        let (status, page) = get(&server, &path.replace(' ', "%20"));
        assert!(matches!(status, 400 | 404), "{path}: {status}");
        assert!(!page.contains("\r\n\r\nsecret"), "{path}");
    }
}

#[test]
fn a_damaged_package_is_not_shown() {
    let (folder, server) = filled();
    for blob in std::fs::read_dir(folder.path().join("blobs/sha256")).unwrap() {
        std::fs::write(blob.unwrap().path(), "damaged").unwrap();
    }
    let (status, page) = get(&server, "/p/acme/cache");
    assert_eq!(status, 500);
    assert!(page.contains("is damaged"), "{page}");
}

/// Bounded in count and time: clients that say nothing do not keep others out for ever,
/// and a crowd is served.
#[test]
fn a_crowd_is_served() {
    let (_folder, server) = filled();
    let silent: Vec<TcpStream> = (0..40)
        .map(|_| TcpStream::connect(&server.url["http://".len()..]).unwrap())
        .collect();
    let served = AtomicUsize::new(0);
    let end = Instant::now() + Duration::from_millis(700);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while Instant::now() < end {
                    for path in ["/packages/acme/cache.json", "/?words=cache", "/index.toml"] {
                        assert_eq!(get(&server, path).0, 200);
                        served.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(served.load(Ordering::Relaxed) >= 24);
    drop(silent);
}
