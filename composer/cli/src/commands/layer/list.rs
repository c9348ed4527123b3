//! `box layer list`.

use serde_json::{Value, json};
use vfs_image::{Attributes, Kind};
use vfs_layer::{Entry, Stack};

use crate::args::layer::List;
use crate::errors::CliError;
use crate::layers::{self, LayersError};
use crate::terminal::Terminal;

pub(super) fn list(args: &List, terminal: Terminal) -> Result<(), CliError> {
    let layer = match args.layers.as_slice() {
        [one] => layers::read(one)?,
        several => {
            let stack = layers::stack(several)?;
            let all = Stack::new().difference(&stack);
            all.map_err(|source| LayersError::Read {
                path: several[0].clone(),
                source,
            })?
        }
    };
    let shown = if args.json {
        let entries: Vec<Value> = layer
            .entries()
            .map(|(path, entry)| as_json(path, entry))
            .collect();
        terminal.print_json(&entries)
    } else {
        let lines: Vec<String> = layer
            .entries()
            .map(|(path, entry)| as_text(path, entry) + "\n")
            .collect();
        terminal.print(lines.concat())
    };
    shown.map_err(CliError::Output)
}

fn as_json(path: &str, entry: &Entry) -> Value {
    let mut value = json!({ "path": format!("/{path}") });
    let mut attributes = |attributes: &Attributes| {
        value["mode"] = json!(format!("{:04o}", attributes.mode));
        value["user"] = json!(attributes.user);
        value["group"] = json!(attributes.group);
        value["modified"] = json!(attributes.modified.seconds);
    };
    match entry {
        Entry::Removed => value["kind"] = json!("removed"),
        Entry::Directory {
            attributes: known,
            opaque,
        } => {
            if let Some(known) = known {
                attributes(known);
            }
            value["kind"] = json!("directory");
            value["opaque"] = json!(opaque);
        }
        Entry::Regular {
            attributes: known,
            content,
        } => {
            attributes(known);
            value["kind"] = json!("file");
            value["size"] = json!(content.size());
            value["digest"] = json!(super::digest_text(content.digest()));
        }
        Entry::SymbolicLink {
            attributes: known,
            target,
        } => {
            attributes(known);
            value["kind"] = json!("symlink");
            value["target"] = json!(target);
        }
        Entry::Node {
            attributes: known,
            kind,
            device,
        } => {
            attributes(known);
            value["kind"] = json!(word(*kind));
            if matches!(kind, Kind::CharacterDevice | Kind::BlockDevice) {
                value["device"] = json!([device >> 32, device & 0xffff_ffff]);
            }
        }
        Entry::HardLink(existing) => {
            value["kind"] = json!("link");
            value["target"] = json!(format!("/{existing}"));
        }
    }
    value
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::CharacterDevice => "character-device",
        Kind::BlockDevice => "block-device",
        Kind::Socket => "socket",
        _ => "fifo",
    }
}

/// As `ls -l` and `tar -tv` do.
fn as_text(path: &str, entry: &Entry) -> String {
    let line = |letter: char, attributes: &Attributes, size: &str, end: &str| {
        let mode = mode(attributes.mode);
        let owner = format!("{}:{}", attributes.user, attributes.group);
        format!("{letter}{mode} {owner:>9} {size:>10} /{path}{end}")
    };
    let none = Attributes::default();
    match entry {
        Entry::Removed => format!("{:>31} /{path}", "removed"),
        Entry::Directory {
            attributes: Some(attributes),
            opaque,
        } => {
            let end = if *opaque { " (nothing from below)" } else { "" };
            line('d', attributes, "", end)
        }
        Entry::Directory {
            attributes: None,
            opaque,
        } => {
            let end = if *opaque { " (nothing from below)" } else { "" };
            format!("{:>31} /{path}{end}", "as below")
        }
        Entry::Regular {
            attributes,
            content,
        } => line('-', attributes, &content.size().to_string(), ""),
        Entry::SymbolicLink { attributes, target } => {
            line('l', attributes, "", &format!(" -> {target}"))
        }
        Entry::Node {
            attributes,
            kind,
            device,
        } => {
            let letter = match kind {
                Kind::CharacterDevice => 'c',
                Kind::BlockDevice => 'b',
                Kind::Socket => 's',
                _ => 'p',
            };
            let numbers = match letter {
                'c' | 'b' => format!("{},{}", device >> 32, device & 0xffff_ffff),
                _ => String::new(),
            };
            line(letter, attributes, &numbers, "")
        }
        Entry::HardLink(existing) => line('h', &none, "", &format!(" is /{existing}")),
    }
}

/// The nine letters of a mode, with the three bits that hide in them (ls(1), "The Long Format").
fn mode(mode: u32) -> String {
    let mut text = String::new();
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (false, false) => '-',
            (true, false) => 'x',
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::mode;

    #[test]
    fn modes_are_spelled_as_ls_does() {
        for (bits, text) in [
            (0o644, "rw-r--r--"),
            (0o1777, "rwxrwxrwt"),
            (0o4755, "rwsr-xr-x"),
            (0o2650, "rw-r-s---"),
            (0o7000, "--S--S--T"),
        ] {
            assert_eq!(mode(bits), text);
        }
    }
}
