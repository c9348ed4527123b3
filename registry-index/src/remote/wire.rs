//! Requests that come back with an answer or a clear error, in bounded time.
//!
//! What may pass by itself (a server that is busy, a connection that breaks) is tried
//! again, twice as long after each time. What will not is an error at once.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ETAG, HeaderMap, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::IndexError;

/// As many redirections are followed, which is more than honest servers need.
const REDIRECTS: usize = 5;
/// A server that asks for more patience than this gets none.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How to use the network.
#[derive(Clone)]
pub struct Network {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long to wait for the next byte.
    pub read_timeout: Duration,
    /// How often to ask before giving up, at least once.
    pub attempts: u32,
    /// How long to wait before the second attempt; each later one waits twice as long.
    pub backoff: Duration,
    /// Nothing may be asked of a network: what was fetched before must do.
    pub offline: bool,
    /// Where documents are kept, to ask for them only where they changed.
    pub cache: Option<PathBuf>,
    /// Told of long transfers.
    pub progress: Option<Arc<dyn Transfer>>,
    /// Certificates to trust beside the system's, in PEM.
    pub extra_roots: Vec<Bytes>,
}

/// Whom to tell of long transfers. Calls come from any thread.
pub trait Transfer: Send + Sync {
    /// A transfer begins: what it is, and how many bytes it has.
    fn started(&self, what: &str, total: u64);
    /// So many bytes of it came since the last call.
    fn advanced(&self, what: &str, bytes: u64);
    /// It is over, well or badly.
    fn finished(&self, what: &str);
}

impl Default for Network {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempts: 4,
            backoff: Duration::from_millis(250),
            offline: false,
            cache: None,
            progress: None,
            extra_roots: Vec::new(),
        }
    }
}

/// An answer that is not an error.
pub(super) enum Answer {
    /// Bytes, and a header's line by which to ask whether they changed, or nothing.
    Found { body: Bytes, tag: String },
    /// They have not changed.
    Same,
    /// There is nothing at this address.
    Absent,
}

/// What to ask for.
#[derive(Default)]
pub(super) struct Ask<'a> {
    /// The tag that came with what is known.
    pub(super) tag: Option<&'a str>,
    /// `Authorization`, for this server only.
    pub(super) token: Option<&'a str>,
    /// The most bytes that the answer may have; one more is read where there are more.
    pub(super) limit: u64,
    /// What to call the transfer to those who watch, where anybody does.
    pub(super) watched: Option<&'a str>,
}

/// A client of HTTP under these rules.
pub(super) struct Wire {
    client: Client,
    network: Network,
}

enum Failure {
    /// It may go better next time; not before this long, where the server said so.
    Passing(IndexError, Option<Duration>),
    Final(IndexError),
}

impl Wire {
    pub(super) fn new(network: Network) -> Result<Self, IndexError> {
        use_ring();
        let follow = || {
            redirect::Policy::custom(|attempt| {
                let secure = |url: &reqwest::Url| url.scheme() == "https";
                let lowered =
                    attempt.previous().last().is_some_and(secure) && !secure(attempt.url());
                if lowered {
                    attempt.error("it leads from https to http")
                } else if attempt.previous().len() > REDIRECTS {
                    attempt.error("too many redirections")
                } else {
                    attempt.follow()
                }
            })
        };
        let unusable = |error: reqwest::Error| IndexError::Configuration {
            what: "the network".to_owned(),
            reason: chain(&error),
        };
        let mut roots = Vec::new();
        for pem in &network.extra_roots {
            roots.push(reqwest::Certificate::from_pem(pem).map_err(unusable)?);
        }
        let builder = || {
            Client::builder()
                .user_agent(concat!("box/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(network.connect_timeout)
                .read_timeout(network.read_timeout)
                .redirect(follow())
        };
        // A machine without certificates can still use servers without them.
        let client = builder()
            .tls_certs_merge(roots.clone())
            .build()
            .or_else(|_| builder().tls_certs_only(roots).build());
        Ok(Self {
            client: client.map_err(unusable)?,
            network,
        })
    }

    pub(super) const fn network(&self) -> &Network {
        &self.network
    }

    /// Asks until there is an answer, or no hope for one.
    pub(super) async fn get(&self, url: &str, ask: &Ask<'_>) -> Result<Answer, IndexError> {
        if self.network.offline {
            return Err(IndexError::Offline {
                url: url.to_owned(),
            });
        }
        let mut wait = self.network.backoff;
        let mut left = self.network.attempts.max(1);
        loop {
            left -= 1;
            match self.attempt(url, ask).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(error, _)) if left == 0 => return Err(error),
                Err(Failure::Passing(error, asked)) => {
                    if asked.is_some_and(|asked| asked > MAX_WAIT) {
                        return Err(error);
                    }
                    tokio::time::sleep(asked.unwrap_or(wait)).await;
                    wait *= 2;
                }
            }
        }
    }

    async fn attempt(&self, url: &str, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let mut request = self.client.get(url);
        if let Some((name, value)) = ask.tag.and_then(|tag| tag.split_once(": ")) {
            request = request.header(name, value);
        }
        if let Some(token) = ask.token {
            request = request.bearer_auth(token);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.failure(url, &error)),
        };
        let status = response.status();
        match status {
            StatusCode::OK => {
                let tag = tag(response.headers());
                let body = self.body(url, ask, response).await?;
                Ok(Answer::Found { body, tag })
            }
            StatusCode::NOT_MODIFIED => Ok(Answer::Same),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Answer::Absent),
            _ => Err(refusal(url, response).await),
        }
    }

    async fn body(
        &self,
        url: &str,
        ask: &Ask<'_>,
        mut response: Response,
    ) -> Result<Bytes, Failure> {
        let watcher = self.network.progress.as_ref().zip(ask.watched);
        if let Some((watcher, what)) = watcher {
            watcher.started(what, response.content_length().unwrap_or(ask.limit));
        }
        let mut body = BytesMut::new();
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    body.extend_from_slice(&chunk);
                    if let Some((watcher, what)) = watcher {
                        watcher.advanced(what, chunk.len() as u64);
                    }
                    if body.len() as u64 > ask.limit {
                        break Ok(());
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(self.failure(url, &error)),
            }
        };
        if let Some((watcher, what)) = watcher {
            watcher.finished(what);
        }
        end.map(|()| body.freeze())
    }

    fn failure(&self, url: &str, error: &reqwest::Error) -> Failure {
        if error.is_redirect() {
            return Failure::Final(IndexError::Redirects {
                url: url.to_owned(),
                limit: REDIRECTS,
                reason: chain(error),
            });
        }
        if error.is_builder() || error.is_request() && error.url().is_none() {
            return Failure::Final(IndexError::Configuration {
                what: url.to_owned(),
                reason: chain(error),
            });
        }
        if error.is_timeout() && !error.is_connect() {
            let error = IndexError::Slow {
                url: url.to_owned(),
                seconds: self.network.read_timeout.as_secs_f32(),
            };
            return Failure::Passing(error, None);
        }
        let error = IndexError::Unreachable {
            url: url.to_owned(),
            reason: chain(error),
        };
        Failure::Passing(error, None)
    }
}

/// What an answer that is an error says.
async fn refusal(url: &str, response: Response) -> Failure {
    let status = response.status();
    let asked = header(response.headers(), RETRY_AFTER.as_str());
    let asked = asked
        .and_then(|text| text.trim().parse().ok())
        .map(Duration::from_secs);
    // Pages of errors can be long; their first line says it.
    let words = response.text().await.unwrap_or_default();
    let reason: String = words
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    let url = url.to_owned();
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let reason = if reason.is_empty() {
            status.to_string()
        } else {
            reason
        };
        return Failure::Final(IndexError::Denied { url, reason });
    }
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        );
    let error = IndexError::Status {
        url,
        status: status.as_u16(),
        reason,
    };
    if passing {
        Failure::Passing(error, asked)
    } else {
        Failure::Final(error)
    }
}

/// RFC 9110 sections 13.1.2 and 13.1.3: the tag where there is one, and else the time.
fn tag(headers: &HeaderMap) -> String {
    let line = |ask: &str, told: &str| Some(format!("{ask}: {}", header(headers, told)?));
    line("if-none-match", ETAG.as_str())
        .or_else(|| line("if-modified-since", LAST_MODIFIED.as_str()))
        .unwrap_or_default()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// An error with its causes, the innermost last, which is the one that tells. What only
/// says that something was asked for is left out where there is more.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !words.iter().any(|known| known.contains(&text)) {
            words.push(text);
        }
        cause = inner.source();
    }
    let empty = [
        "error sending request",
        "error following redirect",
        "client error (Connect)",
    ];
    let last = words.len() - 1;
    let mut place = 0;
    words.retain(|text| {
        place += 1;
        place > last || !empty.iter().any(|start| text.starts_with(start))
    });
    words.join(": ")
}

/// Makes ring do the cryptography of TLS, where the program has chosen nothing else.
pub(super) fn use_ring() {
    // An error says that something is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Waits for a future, wherever this is called from: one thread serves all sources.
pub(super) fn wait_for<T: Send>(future: impl Future<Output = T> + Send) -> Result<T, IndexError> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let made = Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build();
            let made = made.map_err(|reason| IndexError::Io {
                action: "start",
                path: "the network's thread".to_owned(),
                reason,
            })?;
            RUNTIME.get_or_init(|| made)
        }
    };
    if Handle::try_current().is_err() {
        return Ok(runtime.block_on(future));
    }
    // A thread that serves another runtime may not wait in it.
    let waited = thread::scope(|scope| scope.spawn(|| runtime.block_on(future)).join());
    waited.map_err(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Words(&'static str, #[source] Option<Box<Words>>);

    fn words(texts: &[&'static str]) -> Words {
        let inner = (texts.len() > 1).then(|| Box::new(words(&texts[1..])));
        Words(texts[0], inner)
    }

    #[test]
    fn the_cause_is_what_is_told() {
        for (texts, told) in [
            (
                &["error sending request for url (x)"][..],
                "error sending request for url (x)",
            ),
            (
                &[
                    "error sending request for url (x)",
                    "client error (Connect)",
                    "connection refused",
                ],
                "connection refused",
            ),
            (
                &["builder error", "bad: no roots", "no roots"],
                "builder error: bad: no roots",
            ),
        ] {
            assert_eq!(chain(&words(texts)), told);
        }
    }
}
