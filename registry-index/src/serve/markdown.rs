//! READMEs of strangers, as harmless HTML.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

/// Renders Markdown. HTML in it is shown as text, and links lead to the web only.
pub(super) fn render(text: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: safe(dest_url),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: safe(dest_url),
            title,
            id,
        }),
        other => other,
    });
    let mut page = String::with_capacity(text.len() * 2);
    html::push_html(&mut page, events);
    page
}

/// The web and places in the page itself; anything else could run.
fn safe(address: CowStr<'_>) -> CowStr<'_> {
    let lower = address.trim().to_ascii_lowercase();
    let allowed = ["https://", "http://", "mailto:", "#"];
    if allowed.iter().any(|start| lower.starts_with(start)) {
        address
    } else {
        CowStr::Borrowed("#")
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn markdown_becomes_html() {
        let page = render(
            "# Title\n\nSome *text* and [a link](https://example.com).\n\n| a |\n|---|\n| b |\n",
        );
        assert!(page.contains("<h1>Title</h1>"), "{page}");
        assert!(
            page.contains(r#"<a href="https://example.com">a link</a>"#),
            "{page}"
        );
        assert!(page.contains("<td>b</td>"), "{page}");
    }

    #[test]
    fn nothing_in_it_runs() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x]( JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "![x](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[x]: vbscript:alert(1)\n\n[x]",
            "<iframe src=https://example.com></iframe>",
            "```html\n<script>alert(1)</script>\n```",
            "[\"><script>alert(1)</script>](https://example.com/\"><script>)",
        ] {
            let page = render(text).to_lowercase();
            for bad in [
                "<script",
                "<img src=x",
                "<iframe",
                "=\"javascript:",
                "=\"data:",
                "=\"vbscript:",
                "=\" javascript:",
            ] {
                assert!(!page.contains(bad), "{text} became {page}");
            }
        }
    }
}
