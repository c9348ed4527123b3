//! A picture of what a module stands on, as SVG: whoever uses it above, it in the middle,
//! whatever it needs below.

use std::fmt::Write as _;

use super::pages::escape;
use crate::interface::Extern;
use crate::release::Release;

/// The width of a letter, in the picture's units: near enough for any sans-serif of 13.
const LETTER: usize = 8;
const ROW: usize = 34;
const GAP: usize = 14;
const BOX: usize = 26;
/// The picture shows as many interfaces on each side; the page lists them all.
const MOST: usize = 12;

/// The picture, or nothing where there is nothing to show.
pub(super) fn picture(release: &Release) -> String {
    if release.imports.is_empty() && release.exports.is_empty() {
        return String::new();
    }
    let (above, below) = (labels(&release.exports), labels(&release.imports));
    let name = release.name.to_string();
    let widest = above
        .iter()
        .chain(&below)
        .map(String::len)
        .max()
        .unwrap_or(0);
    let label = widest.max(name.len()) * LETTER + 2 * GAP;
    // Two columns: exports on the left, the module between, imports on the right would be
    // too wide for a phone, so rows stand above each other.
    let width = label + 2 * GAP;
    let middle = GAP + above.len() * ROW + GAP;
    let height = middle + BOX + 2 * GAP + below.len() * ROW;
    let mut svg = format!(
        r#"<svg class="wiring" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="wiring of {}">"#,
        escape(&name)
    );
    let spine = GAP / 2 + 2;
    let centre = middle + BOX / 2;
    for (place, text) in above.iter().enumerate() {
        let y = GAP + place * ROW;
        port(&mut svg, "export", y, label, text, spine, centre);
    }
    for (place, text) in below.iter().enumerate() {
        let y = middle + BOX + GAP + place * ROW;
        port(&mut svg, "import", y, label, text, spine, centre);
    }
    let _ = write!(
        svg,
        r#"<rect class="module" x="{GAP}" y="{middle}" width="{label}" height="{BOX}" rx="6"/><text x="{}" y="{}" class="name">{}</text>"#,
        GAP + GAP,
        middle + 18,
        escape(&name)
    );
    svg + "</svg>"
}

fn port(
    svg: &mut String,
    class: &str,
    y: usize,
    width: usize,
    text: &str,
    spine: usize,
    centre: usize,
) {
    let middle = y + BOX / 2;
    let _ = write!(
        svg,
        r#"<path class="{class}" d="M{GAP} {middle} H{spine} V{centre} H{GAP}"/><rect class="{class}" x="{GAP}" y="{y}" width="{width}" height="{BOX}" rx="13"/><text x="{}" y="{}">{}</text>"#,
        GAP + GAP,
        y + 18,
        escape(text)
    );
}

fn labels(externs: &[Extern]) -> Vec<String> {
    let shown = externs.len().min(MOST);
    let mut labels: Vec<String> = externs[..shown]
        .iter()
        .map(|one| one.name.clone())
        .collect();
    if externs.len() > shown {
        labels.push(format!("and {} more", externs.len() - shown));
    }
    labels
}
