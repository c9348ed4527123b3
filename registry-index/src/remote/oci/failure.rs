//! What a registry's refusals mean, and which of them may pass.

use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::{Reference, RegistryOperation};

use super::Shared;
use crate::error::IndexError;
use crate::remote::wire::chain;

/// Why there is no answer.
pub(super) enum Failed {
    /// There is no such thing in the registry.
    Absent,
    Error(IndexError),
}

enum Meaning {
    Absent,
    /// The token may have run out: a new one may help, once.
    Unauthorized(IndexError),
    Passing(IndexError),
    Final(IndexError),
}

/// Asks until there is an answer, or no hope for one.
pub(super) async fn retry<T, F>(
    shared: &Shared,
    reference: &Reference,
    operation: RegistryOperation,
    mut ask: impl FnMut() -> F,
) -> Result<T, Failed>
where
    F: Future<Output = Result<T, OciDistributionError>> + Send,
{
    let mut left = shared.network.attempts.max(1);
    let mut wait = shared.network.backoff;
    let mut renewed = false;
    if shared.network.offline {
        return Err(Failed::Error(IndexError::Offline {
            url: reference.to_string(),
        }));
    }
    loop {
        left -= 1;
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match meaning(shared, reference, error) {
            Meaning::Absent => return Err(Failed::Absent),
            Meaning::Unauthorized(error) if renewed => return Err(Failed::Error(error)),
            Meaning::Unauthorized(error) => {
                renewed = true;
                left += 1;
                let again = shared.client.auth(reference, &shared.auth, operation).await;
                if let Err(OciDistributionError::AuthenticationFailure(words)) = again {
                    return Err(Failed::Error(denied(reference, &words)));
                }
                if again.is_err() {
                    return Err(Failed::Error(error));
                }
            }
            Meaning::Passing(error) if left == 0 => return Err(Failed::Error(error)),
            Meaning::Passing(_) => {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Meaning::Final(error) => return Err(Failed::Error(error)),
        }
    }
}

fn denied(reference: &Reference, words: &str) -> IndexError {
    IndexError::Denied {
        url: reference.to_string(),
        reason: words.trim().chars().take(200).collect(),
    }
}

fn meaning(shared: &Shared, reference: &Reference, error: OciDistributionError) -> Meaning {
    let unreachable = |reason: String| IndexError::Unreachable {
        url: reference.to_string(),
        reason,
    };
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) => Meaning::Absent,
        OciDistributionError::UnauthorizedError { .. } => {
            Meaning::Unauthorized(denied(reference, "the credentials are not accepted"))
        }
        OciDistributionError::AuthenticationFailure(words) => {
            Meaning::Final(denied(reference, &words))
        }
        OciDistributionError::RegistryError { envelope, url } => {
            let codes = || envelope.errors.iter().map(|error| &error.code);
            let all = |wanted: &[OciErrorCode]| {
                codes().count() > 0 && codes().all(|code| wanted.contains(code))
            };
            let words = envelope.to_string();
            if all(&[
                OciErrorCode::NameUnknown,
                OciErrorCode::ManifestUnknown,
                OciErrorCode::BlobUnknown,
                OciErrorCode::NotFound,
            ]) {
                Meaning::Absent
            } else if all(&[OciErrorCode::Unauthorized]) {
                Meaning::Unauthorized(denied(reference, &words))
            } else if all(&[OciErrorCode::Denied, OciErrorCode::Unauthorized]) {
                Meaning::Final(denied(reference, &words))
            } else {
                let status = IndexError::Status {
                    url,
                    status: 400,
                    reason: words,
                };
                if all(&[OciErrorCode::Toomanyrequests]) {
                    Meaning::Passing(status)
                } else {
                    Meaning::Final(status)
                }
            }
        }
        OciDistributionError::ServerError { code, url, message } => {
            let reason = message
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect();
            let error = IndexError::Status {
                url,
                status: code,
                reason,
            };
            match code {
                404 => Meaning::Absent,
                403 => Meaning::Final(denied(reference, &message)),
                408 | 429 | 500.. => Meaning::Passing(error),
                _ => Meaning::Final(error),
            }
        }
        OciDistributionError::RequestError(error) if error.is_redirect() => {
            Meaning::Final(IndexError::Redirects {
                url: reference.to_string(),
                limit: 10,
                reason: chain(&error),
            })
        }
        OciDistributionError::RequestError(error) if error.is_timeout() && !error.is_connect() => {
            Meaning::Passing(IndexError::Slow {
                url: reference.to_string(),
                seconds: shared.network.read_timeout.as_secs_f32(),
            })
        }
        OciDistributionError::RequestError(error) => Meaning::Passing(unreachable(chain(&error))),
        OciDistributionError::IoError(error) => Meaning::Passing(unreachable(error.to_string())),
        other => Meaning::Final(IndexError::Document {
            path: reference.to_string(),
            reason: other.to_string(),
        }),
    }
}
