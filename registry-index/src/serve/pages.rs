//! Pages for people: they need no script, and fit a phone.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, Query as Pairs, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use boxfile_spec::PackageName;
use semver::Version;

use super::files::{Asked, blocking};
use super::{Shared, markdown, wiring};
use crate::difference::{Changes, difference};
use crate::directory::Directory;
use crate::error::IndexError;
use crate::index::Index as _;
use crate::interface::Extern;
use crate::kind::Kind;
use crate::line::boxfile_line;
use crate::query::Query;
use crate::release::Release;
use crate::wit::{Wit, WitItem};

const STYLE: &str = include_str!("style.css");
/// A search shows as many packages; more words narrow it down.
const MOST: usize = 100;

/// Text as HTML, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<header><a href=\"/\">Packages</a></header>\n<main>\n{body}\n</main>\n</html>\n"
    );
    (status, Html(page)).into_response()
}

fn failed(error: &IndexError) -> Response {
    let body = format!(
        "<h1>This went wrong</h1><p>{}</p>",
        escape(&error.to_string())
    );
    page(StatusCode::INTERNAL_SERVER_ERROR, "This went wrong", &body)
}

pub(super) async fn nowhere() -> Response {
    let body = "<h1>Nothing here</h1><p>There is nothing at this address. <a href=\"/\">Search</a> for a package.</p>";
    page(StatusCode::NOT_FOUND, "Nothing here", body)
}

pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    Pairs(asked): Pairs<Asked>,
) -> Response {
    let query = match asked.query() {
        Ok(query) => query,
        Err(words) => {
            let body = format!("{}<p class=\"none\">{}</p>", form(&asked), escape(&words));
            return page(StatusCode::BAD_REQUEST, "Packages", &body);
        }
    };
    let found = match blocking(move || shared.catalog.search(&query)).await {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let mut body = form(&asked);
    let _ = match found.len() {
        0 => write!(body, "<p class=\"none\">No package matches.</p>"),
        1 => write!(body, "<p class=\"count\">1 package</p>"),
        many if many > MOST => write!(
            body,
            "<p class=\"count\">{many} packages; the first {MOST}:</p>"
        ),
        many => write!(body, "<p class=\"count\">{many} packages</p>"),
    };
    body += "<ul class=\"results\">";
    for release in found.iter().take(MOST) {
        let _ = write!(
            body,
            "<li><a href=\"{}\"><b>{}</b></a> <span class=\"version\">{}</span> {}<p>{}</p></li>",
            address(&release.name, None),
            escape(release.name.as_str()),
            escape(&release.version.to_string()),
            badge(release),
            escape(&release.description)
        );
    }
    body += "</ul>";
    page(StatusCode::OK, "Packages", &body)
}

fn form(asked: &Asked) -> String {
    let field = |name: &str, label: &str, example: &str, value: &str| {
        format!(
            "<label>{label}<input name=\"{name}\" value=\"{}\" placeholder=\"{example}\" autocapitalize=\"off\" spellcheck=\"false\"></label>",
            escape(value)
        )
    };
    let mut kinds = String::from("<option value=\"\">any</option>");
    for kind in Kind::ALL {
        let selected = if asked.kind == kind.as_str() {
            " selected"
        } else {
            ""
        };
        let _ = write!(kinds, "<option{selected}>{kind}</option>");
    }
    let narrowed = [&asked.exports, &asked.imports, &asked.kind];
    let open = if narrowed.iter().any(|text| !text.is_empty()) {
        " open"
    } else {
        ""
    };
    format!(
        "<form action=\"/\" role=\"search\"><div class=\"line\"><input type=\"search\" name=\"words\" value=\"{}\" aria-label=\"words\" placeholder=\"words in the name or the description\"><button>Search</button></div><details{open}><summary>by interface</summary>{}{}<label>kind<select name=\"kind\">{kinds}</select></label></details></form>",
        escape(&asked.words),
        field("exports", "exports", "boxer:kernel/vfs", &asked.exports),
        field("imports", "imports", "wasi:sockets/tcp", &asked.imports),
    )
}

fn badge(release: &Release) -> String {
    let mut badges = format!("<span class=\"badge\">{}</span>", release.kind);
    if release.yanked {
        badges += "<span class=\"badge warning\">yanked</span>";
    }
    if release.signature.is_some() {
        badges += "<span class=\"badge\">signed</span>";
    }
    badges
}

/// Names and versions have no letter that an address would have to escape, but for the
/// `+` of build metadata, which stands for itself in a path.
fn address(name: &PackageName, version: Option<&Version>) -> String {
    let version = version.map_or_else(String::new, |version| format!("/{version}"));
    format!("/p/{}/{}{version}", name.namespace(), name.name())
}

pub(super) async fn newest(
    shared: State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    package(shared, &namespace, &name, None, &headers).await
}

pub(super) async fn version(
    shared: State<Arc<Shared>>,
    Path((namespace, name, version)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    match version.parse() {
        Ok(version) => package(shared, &namespace, &name, Some(version), &headers).await,
        Err(_) => nowhere().await,
    }
}

async fn package(
    State(shared): State<Arc<Shared>>,
    namespace: &str,
    name: &str,
    version: Option<Version>,
    headers: &HeaderMap,
) -> Response {
    let Ok(name) = format!("{namespace}:{name}").parse::<PackageName>() else {
        return nowhere().await;
    };
    let title = name.to_string();
    let here = address_of_server(headers);
    let made = blocking(move || {
        let releases = shared.directory.releases(&name)?;
        let shown = match &version {
            Some(version) => releases.iter().find(|release| release.version == *version),
            None => Query::best(&releases),
        };
        shown
            .map(|release| about(&shared.directory, release, &releases, here.as_deref()))
            .transpose()
    });
    match made.await {
        Ok(Some(body)) => page(StatusCode::OK, &title, &body),
        Ok(None) => nowhere().await,
        Err(error) => failed(&error),
    }
}

/// Where a visitor found this server; a proxy in front of it may tell that it speaks `https`.
fn address_of_server(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    text("host").map(|host| format!("{scheme}://{host}"))
}

/// `here` is this server's address, as the visitor wrote it.
fn about(
    directory: &Directory,
    release: &Release,
    all: &[Release],
    here: Option<&str>,
) -> Result<String, IndexError> {
    // Every digest is checked before anything of a package is shown.
    let bytes = directory.fetch(release)?;
    let readme = directory.readme(release)?;
    // Archives and core modules have no interfaces.
    let wit = Wit::read(&bytes).unwrap_or_default();
    let mut body = format!(
        "<h1>{} <span class=\"version\">{}</span></h1><p class=\"lead\">{}</p><p>{}</p>",
        escape(release.name.as_str()),
        escape(&release.version.to_string()),
        escape(&release.description),
        badge(release)
    );
    if let Some(line) = boxfile_line(release, here) {
        let _ = write!(
            body,
            "<h2>Use it</h2><pre class=\"copy\"><code>{}</code></pre>",
            escape(&line)
        );
    }
    body += &wiring::picture(release);
    if let Some(readme) = readme {
        let _ = write!(
            body,
            "<section class=\"readme\">{}</section>",
            markdown::render(&readme)
        );
    }
    section(
        &mut body,
        "Exports",
        &wit.exports,
        &release.exports,
        "imports",
        // Of many, their names are enough at first.
        release.exports.len() <= 2,
    );
    section(
        &mut body,
        "Imports",
        &wit.imports,
        &release.imports,
        "exports",
        false,
    );
    facts(&mut body, release);
    versions(&mut body, release, all);
    Ok(body)
}

/// Each interface with its text, and a way to those on its other side.
fn section(
    body: &mut String,
    title: &str,
    texts: &[WitItem],
    externs: &[Extern],
    others: &str,
    open: bool,
) {
    if externs.is_empty() {
        return;
    }
    let _ = write!(body, "<h2>{title}</h2>");
    let open = if open { " open" } else { "" };
    for one in externs {
        let text = texts.iter().find(|item| item.name == one.name);
        let text = text.map_or_else(String::new, |item| {
            format!("<pre><code>{}</code></pre>", escape(&item.text))
        });
        let other = one.interface().map_or_else(String::new, |interface| {
            let word = if others == "imports" {
                "who imports it"
            } else {
                "who exports it"
            };
            format!(
                "<p><a href=\"/?{others}={}\">{word}</a></p>",
                escape(&interface.path())
            )
        });
        let _ = write!(
            body,
            "<details{open}><summary><code>{}</code></summary>{text}{other}</details>",
            escape(&one.name)
        );
    }
}

fn facts(body: &mut String, release: &Release) {
    *body += "<h2>Facts</h2><dl>";
    let mut fact = |name: &str, value: &str| {
        let _ = write!(body, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    };
    fact("digest", &release.digest.to_string());
    fact("size", &format!("{} bytes", release.size));
    if !release.license.is_empty() {
        fact("licence", &release.license);
    }
    for dependency in &release.dependencies {
        fact(
            "needs",
            &format!("{} {}", dependency.name, dependency.requirement),
        );
    }
    *body += "</dl>";
}

/// The versions, each with the imports that it gained and lost: what an update would mean.
fn versions(body: &mut String, shown: &Release, all: &[Release]) {
    *body += "<h2>Versions</h2><ul class=\"versions\">";
    for (place, release) in all.iter().enumerate().rev() {
        let version = escape(&release.version.to_string());
        let link = if release.version == shown.version {
            format!("<b>{version}</b>")
        } else {
            let address = address(&release.name, Some(&release.version));
            format!("<a href=\"{}\">{version}</a>", escape(&address))
        };
        let yanked = if release.yanked {
            " <span class=\"badge warning\">yanked</span>"
        } else {
            ""
        };
        let _ = write!(body, "<li>{link}{yanked}");
        if let Some(before) = place.checked_sub(1).and_then(|before| all.get(before)) {
            changes(body, &difference(before, release).imports);
        }
        *body += "</li>";
    }
    *body += "</ul>";
}

fn changes(body: &mut String, imports: &Changes) {
    let functions = |pairs: &[(String, String)]| -> Vec<String> {
        pairs
            .iter()
            .map(|(interface, name)| format!("{interface} {name}"))
            .collect()
    };
    for (class, word, names) in [
        ("gained", "gains", imports.added.clone()),
        ("gained", "gains", functions(&imports.functions_added)),
        ("lost", "loses", imports.removed.clone()),
        ("lost", "loses", functions(&imports.functions_removed)),
    ] {
        for name in names {
            let _ = write!(
                body,
                "<div class=\"{class}\">{word} <code>{}</code></div>",
                escape(&name)
            );
        }
    }
}
