//! Debian's `docker-registry`, fetched from the mirror and started on loopback. The tests of
//! `box` use this file as well.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The registry's program, fetched once for all tests and kept below `target`.
fn program() -> PathBuf {
    static ONCE: Mutex<()> = Mutex::new(());
    let _one = ONCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docker-registry");
    let program = folder.join("usr/bin/docker-registry");
    if !program.exists() {
        fs::create_dir_all(&folder).unwrap();
        let run = |command: &mut Command| {
            let output = command.current_dir(&folder).output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{command:?}: {words}");
        };
        run(Command::new("apt-get").args(["download", "docker-registry"]));
        run(Command::new("sh").args(["-c", "dpkg -x docker-registry_*.deb ."]));
    }
    program
}

pub struct Registry {
    process: Child,
    pub address: String,
    pub folder: tempfile::TempDir,
}

impl Registry {
    /// One that asks nobody who they are.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// One that lets `me` in, with the password `secret`.
    pub fn start_with_login() -> Self {
        let registry =
            Self::start_with("auth: { htpasswd: { realm: packages, path: FOLDER/users } }");
        // "secret" by bcrypt, as `htpasswd -B` would write it.
        let hash = "me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
        fs::write(registry.folder.path().join("users"), hash).unwrap();
        registry
    }

    /// With more lines for its configuration.
    fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It takes no port 0 that it would tell of, so one that was free just now.
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let address = format!("127.0.0.1:{port}");
        let more = more.replace("FOLDER", &folder.path().display().to_string());
        let config = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: \"{address}\" }}\n{more}\n",
            folder.path().join("data").display()
        );
        let path = folder.path().join("config.yml");
        fs::write(&path, config).unwrap();
        let process = Command::new(program())
            .arg("serve")
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < end, "the registry does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            process,
            address,
            folder,
        }
    }

    /// The file in which it keeps these bytes.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        let blobs = self
            .folder
            .path()
            .join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }

    /// A manifest as it lies in the registry, whoever pushed it.
    pub fn manifest(&self, repository: &str, tag: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /v2/{repository}/manifests/{tag} HTTP/1.0\r\nhost: {}\r\naccept: application/vnd.oci.image.manifest.v1+json\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("200 OK"), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
