//! A folder of packages as a server of HTTP: the sparse index for programs, and pages
//! for people.
//!
//! ```text
//! GET /index.toml, /names.json, /packages/NS/NAME.json, /blobs/sha256/HEX    the index
//! GET /search.json?words=&exports=&imports=&kind=                           {"releases": […]}
//! GET /?words=…                                                             a page to search
//! GET /p/NS/NAME, /p/NS/NAME/VERSION                                        a page to read
//! ```
//!
//! It reads the folder and never writes: `box publish` into the folder shows at once.

mod catalog;
mod files;
mod markdown;
mod pages;
mod wiring;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::directory::Directory;
use crate::error::IndexError;
use catalog::Catalog;

/// As many connections are served at a time; others wait to be accepted.
const CONNECTIONS: usize = 256;
/// A client has this long to ask, and to ask again on the same connection.
const ASK_WITHIN: Duration = Duration::from_secs(30);
/// A connection has this long in all, which is enough for a large package on a slow line.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What the routes share.
struct Shared {
    directory: Directory,
    catalog: Catalog,
}

/// A server that listens, and serves once it is [run](Server::run).
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    stop: watch::Sender<bool>,
}

/// Ends a [`Server`] from another thread.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// No connection is accepted any more, and those that are open are cut.
    pub fn stop(&self) {
        // Also where nobody waits for it yet, because the server has only just begun.
        self.0.send_replace(true);
    }
}

impl Server {
    /// Listens at an address; port 0 takes one that is free.
    ///
    /// # Errors
    ///
    /// Where the address is not to be had.
    pub fn bind(directory: Directory, address: SocketAddr) -> Result<Self, IndexError> {
        let failed = |reason: io::Error| IndexError::Io {
            action: "listen at",
            path: address.to_string(),
            reason,
        };
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            runtime,
            listener,
            address,
            router: router(directory),
            stop: watch::channel(false).0,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Serves until it is [stopped](Stop::stop).
    pub fn run(self) {
        let serve = serve(self.listener, self.router, self.stop.subscribe());
        self.runtime.block_on(serve);
        // Connections that are open, and what reads files for them.
        self.runtime.shutdown_background();
    }
}

async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of files, mostly, which passes; and never a busy loop.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Answers are written in one piece, or in pieces that are worth a packet each.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(ASK_WITHIN)
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            // Whatever goes wrong with a connection is its client's concern.
            let _ = timeout(CONNECTION_LIFETIME, connection).await;
            drop(place);
        });
    }
}

fn router(directory: Directory) -> Router {
    let shared = Arc::new(Shared {
        catalog: Catalog::new(directory.clone()),
        directory,
    });
    Router::new()
        .route("/", get(pages::search))
        .route("/p/{namespace}/{name}", get(pages::newest))
        .route("/p/{namespace}/{name}/{version}", get(pages::version))
        .route("/index.toml", get(files::marker))
        .route("/names.json", get(files::names))
        .route("/search.json", get(files::search))
        .route("/packages/{namespace}/{document}", get(files::document))
        .route("/blobs/sha256/{hex}", get(files::blob))
        .fallback(pages::nowhere)
        .layer(map_response(guarded))
        .with_state(shared)
}

/// Pages show what strangers wrote: no script runs in them, whatever it says.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
