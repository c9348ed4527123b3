//! Debian's `docker-registry`, fetched from the mirror and started on loopback.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{Credentials, Network, Oci, OciOptions};

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
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// With more lines for its configuration.
    pub fn start_with(more: &str) -> Self {
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

    pub fn open(&self, prefix: &str) -> Oci {
        self.open_as(prefix, Credentials::Anonymous)
    }

    pub fn open_as(&self, prefix: &str, credentials: Credentials) -> Oci {
        let options = OciOptions {
            credentials,
            network: network(),
            ..OciOptions::default()
        };
        Oci::open(&format!("oci://{}{prefix}", self.address), options).unwrap()
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

pub fn network() -> Network {
    Network {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(20),
        attempts: 2,
        backoff: Duration::from_millis(5),
        ..Network::default()
    }
}
