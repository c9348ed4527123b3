//! Packages to publish.

use bytes::Bytes;
use registry_index::{Draft, PackageName, Parcel};

/// A component that imports an interface of this version and nothing else.
pub fn component(minor: u64) -> Bytes {
    text(&format!(
        r#"(component (import "acme:log/sink@1.{minor}.0" (instance (export "put" (func)))))"#
    ))
}

/// A component from its text.
pub fn text(wat: &str) -> Bytes {
    wat::parse_str(wat).unwrap().into()
}

pub fn name(text: &str) -> PackageName {
    text.parse().unwrap()
}

pub fn draft(name: &str, version: &str, bytes: &Bytes) -> Draft {
    Draft::new(
        name.parse().unwrap(),
        version.parse().unwrap(),
        bytes.clone(),
    )
}

pub fn parcel(name: &str, version: &str, bytes: &Bytes) -> Parcel {
    draft(name, version, bytes).prepare(None).unwrap()
}

/// A server of a folder, in a thread of its own until it is dropped.
#[cfg(feature = "serve")]
pub struct Running {
    /// Its address, without a slash at the end.
    pub url: String,
    stop: registry_index::Stop,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[cfg(feature = "serve")]
impl Running {
    pub fn start(folder: &std::path::Path) -> Self {
        let directory = registry_index::Directory::open(folder).unwrap();
        let server = registry_index::Server::bind(directory, "127.0.0.1:0".parse().unwrap());
        let server = server.unwrap();
        Self {
            url: format!("http://{}", server.address()),
            stop: server.stop(),
            thread: Some(std::thread::spawn(|| server.run())),
        }
    }
}

#[cfg(feature = "serve")]
impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}
