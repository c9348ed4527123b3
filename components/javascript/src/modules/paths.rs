//! Paths and `file:` URLs.

/// `path` without `.`, `..` and doubled slashes. Absolute paths stay absolute.
pub fn normalize(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            name => parts.push(name),
        }
    }
    let joined = parts.join("/");
    if absolute {
        format!("/{joined}")
    } else {
        joined
    }
}

/// `base` and `path` as one path; an absolute `path` stands alone.
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') {
        normalize(path)
    } else {
        normalize(&format!("{base}/{path}"))
    }
}

/// The folder that `path` is in.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// What follows the last dot of the file's name; nothing for `.name`.
pub fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rfind('.') {
        Some(0) | None => "",
        Some(at) => &name[at + 1..],
    }
}

/// The `file:` URL of an absolute path.
/// Source: <https://url.spec.whatwg.org/#path-percent-encode-set>.
pub fn file_url(path: &str) -> String {
    use std::fmt::Write as _;
    let mut url = String::from("file://");
    for byte in path.bytes() {
        let plain = byte.is_ascii_graphic() && !br##""#<>?`{}%\^|"##.contains(&byte);
        if plain {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// The path of a `file:` URL and its query and fragment. `None` for other URLs.
pub fn path_of_url(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("file:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, suffix) = rest.split_at(end);
    Some((normalize(&decode(path)?), suffix.to_owned()))
}

/// Text with `%41` replaced by `A`. `None` where that is not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = bytes
            .get(index + 1..index + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[index], byte) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                index += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizing() {
        assert_eq!(normalize("/a/./b/../../c//d"), "/c/d");
        assert_eq!(normalize("/.."), "/");
        assert_eq!(normalize("a/../.."), "..");
        assert_eq!(join("/a/b", "../c"), "/a/c");
        assert_eq!(join("/a/b", "/c"), "/c");
        assert_eq!(parent("/a"), "/");
        assert_eq!(parent("/a/b.js"), "/a");
        assert_eq!(extension("/a.b/c.tar.gz"), "gz");
        assert_eq!(extension("/a/.profile"), "");
    }

    #[test]
    fn urls() {
        assert_eq!(file_url("/a b/ü#?.js"), "file:///a%20b/%C3%BC%23%3F.js");
        let back = path_of_url("file:///a%20b/%C3%BC.js?x=1#y");
        assert_eq!(back, Some(("/a b/ü.js".to_owned(), "?x=1#y".to_owned())));
        assert_eq!(path_of_url("https://example.com/"), None);
    }
}
