//! The sparse index, file by file.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query as Pairs, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use boxfile_spec::Digest;
use serde::Deserialize;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::Shared;
use crate::digest::digest_of;
use crate::document::{Document, MARKER, NAMES};
use crate::error::IndexError;
use crate::query::Query;

/// The pairs of a search, as they are in an address; empty ones ask for nothing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) words: String,
    #[serde(default)]
    pub(super) exports: String,
    #[serde(default)]
    pub(super) imports: String,
    #[serde(default)]
    pub(super) kind: String,
}

impl Asked {
    /// What is looked for; an unknown kind finds nothing, and is told.
    pub(super) fn query(&self) -> Result<Query, String> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let kind = given(&self.kind).map(|word| word.parse()).transpose();
        Ok(Query {
            words: self.words.split_whitespace().map(str::to_owned).collect(),
            exports: given(&self.exports),
            imports: given(&self.imports),
            kind: kind.map_err(|error: crate::UnknownKind| error.to_string())?,
        })
    }
}

pub(super) async fn marker(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    text(shared.directory.path(MARKER), "application/toml", &headers).await
}

pub(super) async fn names(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    text(shared.directory.path(NAMES), "application/json", &headers).await
}

pub(super) async fn document(
    State(shared): State<Arc<Shared>>,
    Path((namespace, document)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // A name has no dots and no slashes, so it leads to no other file.
    let name = document
        .strip_suffix(".json")
        .map(|name| format!("{namespace}:{name}").parse());
    match name {
        Some(Ok(name)) => {
            let path = shared.directory.document_path(&name);
            text(path, "application/json", &headers).await
        }
        _ => absent(),
    }
}

pub(super) async fn blob(
    State(shared): State<Arc<Shared>>,
    Path(hex): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Ok(digest) = format!("sha256:{hex}").parse::<Digest>() else {
        return absent();
    };
    let tag = format!("\"{hex}\"");
    let Ok(file) = File::open(shared.directory.blob(&digest)).await else {
        return absent();
    };
    if known(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let Ok(metadata) = file.metadata().await else {
        return absent();
    };
    // READMEs lie here as well, and neither is ever a page of this server.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, metadata.len().to_string()),
        (header::ETAG, tag),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
    ];
    // In pieces: memory does not grow with the package.
    let body = Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024));
    (headers, body).into_response()
}

pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    Pairs(asked): Pairs<Asked>,
) -> Response {
    let query = match asked.query() {
        Ok(query) => query,
        Err(words) => return (StatusCode::BAD_REQUEST, words).into_response(),
    };
    match blocking(move || shared.catalog.search(&query)).await {
        Ok(releases) => json(&Document { releases }),
        Err(error) => broken(&error),
    }
}

fn json(document: &Document) -> Response {
    match serde_json::to_vec(document) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A small file, with the digest of its bytes as its tag.
async fn text(path: PathBuf, kind: &'static str, headers: &HeaderMap) -> Response {
    let Ok(bytes) = tokio::fs::read(path).await else {
        return absent();
    };
    let tag = format!("\"{}\"", digest_of(&bytes).to_hex());
    let head = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    if known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, bytes).into_response()
}

/// RFC 9110 section 13.1.2.
fn known(headers: &HeaderMap, tag: &str) -> bool {
    let asked = headers.get(header::IF_NONE_MATCH);
    let asked = asked
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    asked
        .split(',')
        .any(|one| matches!(one.trim(), one if one == tag || one == "*"))
}

fn absent() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing at this address\n").into_response()
}

pub(super) fn broken(error: &IndexError) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response()
}

/// Files are read on threads of their own, so that others are served meanwhile.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| {
        Err(IndexError::Unsupported {
            origin: "the server".to_owned(),
            action: format!("go on: {panic}"),
            help: "look at what it wrote to its standard error",
        })
    })
}
