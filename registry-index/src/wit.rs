//! A component's interfaces as WIT, for people to read.
//!
//! Source: <https://component-model.bytecodealliance.org/design/wit.html>

use std::fmt::Write as _;

use crate::interface::ComponentError;
use crate::interface_name::InterfaceName;
use crate::shape::{Definition, Item, Shape, Shapes, escaped, function_text};

/// The text of one import or export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitItem {
    /// As the component spells it: `wasi:cli/run@0.2.6`, or a plain name.
    pub name: String,
    /// Its definition.
    pub text: String,
}

/// What a component, or a package of WIT, has to do with others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wit {
    /// What it asks for.
    pub imports: Vec<WitItem>,
    /// What it offers; for a package of WIT, its interfaces.
    pub exports: Vec<WitItem>,
}

impl Wit {
    /// Reads it from the bytes.
    ///
    /// # Errors
    ///
    /// Where the bytes are neither a component nor a package of WIT.
    pub fn read(bytes: &[u8]) -> Result<Self, ComponentError> {
        let shapes = Shapes::read(bytes)?;
        let texts = |shapes: &[Shape]| {
            let texts = shapes.iter().map(|shape| WitItem {
                name: shape.name.clone(),
                text: text(shape),
            });
            texts.collect()
        };
        Ok(Self {
            imports: texts(&shapes.imports),
            exports: texts(&shapes.exports),
        })
    }
}

fn text(shape: &Shape) -> String {
    if !shape.interface {
        let lines = shape.items.iter().filter(|item| !item.foreign);
        return lines
            .map(|item| format!("{}: {};", item.name, item.definition.text()))
            .collect();
    }
    let name = shape.name.parse::<InterfaceName>();
    let short = name.map_or_else(|_| shape.name.clone(), |name| name.interface);
    let mut text = format!("interface {} {{\n", escaped(&short));
    uses(&mut text, &shape.items);
    let mut first = !text.ends_with(";\n");
    for item in shape
        .items
        .iter()
        .filter(|item| !item.foreign && item.from.is_none())
    {
        // Methods stand with their resource.
        if item.name.starts_with('[') {
            continue;
        }
        if !first {
            text.push('\n');
        }
        first = false;
        if matches!(item.definition, Definition::Function { .. }) {
            let _ = writeln!(
                text,
                "  {}: {};",
                escaped(&item.name),
                item.definition.text()
            );
        } else {
            definition(&mut text, item, &shape.items);
        }
    }
    text.push('}');
    text
}

/// The types of other interfaces, a line for each interface.
fn uses(text: &mut String, items: &[Item]) {
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    for item in items {
        let (Some(from), Definition::Use(_, there)) = (&item.from, &item.definition) else {
            continue;
        };
        let word = if *there == item.name {
            there.clone()
        } else {
            format!("{there} as {}", item.name)
        };
        match lines.iter_mut().find(|(known, _)| known == from) {
            Some((_, words)) => words.push(word),
            None => lines.push((from, vec![word])),
        }
    }
    for (from, words) in lines {
        let _ = writeln!(text, "  use {from}.{{{}}};", words.join(", "));
    }
}

fn definition(text: &mut String, item: &Item, all: &[Item]) {
    let name = &escaped(&item.name);
    // Writing to a `String` never fails.
    let _ = match &item.definition {
        Definition::Block(keyword, parts) => {
            let lines: String = parts.iter().map(|part| format!("    {part},\n")).collect();
            writeln!(text, "  {keyword} {name} {{\n{lines}  }}")
        }
        Definition::Alias(of) => writeln!(text, "  type {name} = {of};"),
        Definition::Resource => {
            let methods: String = all
                .iter()
                .filter_map(|one| method(&item.name, one))
                .collect();
            if methods.is_empty() {
                writeln!(text, "  resource {name};")
            } else {
                writeln!(text, "  resource {name} {{\n{methods}  }}")
            }
        }
        Definition::Function { .. } | Definition::Use(..) => Ok(()),
    };
}

/// A line for a function that belongs to a resource, if it does. `self` is understood, and
/// so is what a constructor returns.
fn method(resource: &str, item: &Item) -> Option<String> {
    let Definition::Function {
        asynchronous,
        params,
        result,
    } = &item.definition
    else {
        return None;
    };
    let (kind, rest) = item.name.strip_prefix('[')?.split_once(']')?;
    if kind == "constructor" {
        let text = function_text(false, params, None);
        let params = text.strip_prefix("func").unwrap_or(&text);
        return (rest == resource).then(|| format!("    constructor{params};\n"));
    }
    let name = rest.strip_prefix(resource)?.strip_prefix('.')?;
    let (keyword, params) = match kind {
        "static" => ("static ", params.as_slice()),
        _ => ("", params.get(1..).unwrap_or_default()),
    };
    let text = function_text(*asynchronous, params, result.as_deref());
    Some(format!("    {}: {keyword}{text};\n", escaped(name)))
}

/// All of it as one text: what is offered, then what is asked for.
///
/// # Errors
///
/// As [`Wit::read`].
pub fn wit_text(bytes: &[u8]) -> Result<String, ComponentError> {
    let wit = Wit::read(bytes)?;
    let mut text = String::from("world root {\n");
    for (word, items) in [("import", &wit.imports), ("export", &wit.exports)] {
        for item in items {
            let plain = item.name.parse::<InterfaceName>().is_err();
            let what = if plain {
                item.text.trim_end_matches(';')
            } else {
                &item.name
            };
            let _ = writeln!(text, "  {word} {what};");
        }
    }
    text.push_str("}\n");
    let mut shown: Vec<&str> = Vec::new();
    for item in wit.exports.iter().chain(&wit.imports) {
        if item.name.parse::<InterfaceName>().is_ok() && !shown.contains(&&*item.name) {
            let _ = write!(text, "\n// {}\n{}\n", item.name, item.text);
            shown.push(&item.name);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Wit, wit_text};

    #[test]
    fn interfaces_read_as_they_were_written() {
        let bytes = wat::parse_str(
            r#"(component
                (import "acme:kv/types@1.0.0" (instance $types
                    (type $r (record (field "size" u64) (field "tags" (list string))))
                    (export "entry" (type (eq $r)))))
                (alias export $types "entry" (type $entry))
                (import "acme:kv/store@1.0.0" (instance $i
                    (export "entry" (type $e (eq $entry)))
                    (type $c (enum "small" "large"))
                    (export "class" (type $class (eq $c)))
                    (export "bucket" (type $b (sub resource)))
                    (export "[constructor]bucket" (func
                        (param "class" $class) (result (own $b))))
                    (export "[method]bucket.get" (func
                        (param "self" (borrow $b)) (param "key" string)
                        (result (option $e))))
                    (export "[static]bucket.count" (func (result u32)))
                    (export "flush" (func (result (result (error string)))))))
                (import "log" (func $log (param "line" string)))
                (export "acme:kv/store@1.1.0" (instance $i))
                (export "again" (func $log)))"#,
        )
        .unwrap();
        let wit = Wit::read(&bytes).unwrap();
        let names: Vec<_> = wit.imports.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["acme:kv/types@1.0.0", "acme:kv/store@1.0.0", "log"]);
        assert_eq!(
            wit.imports[0].text,
            "interface types {\n  record entry {\n    size: u64,\n    tags: list<string>,\n  }\n}"
        );
        let store = "interface store {
  use acme:kv/types@1.0.0.{entry};

  enum class {
    small,
    large,
  }

  resource bucket {
    constructor(class: class);
    get: func(key: string) -> option<entry>;
    count: static func() -> u32;
  }

  flush: func() -> result<_, string>;
}";
        assert_eq!(wit.imports[1].text, store);
        assert_eq!(wit.exports[0].text, store);
        assert_eq!(wit.exports[1].text, "again: func(line: string);");
        let text = wit_text(&bytes).unwrap();
        assert!(text.contains("  import acme:kv/store@1.0.0;"), "{text}");
        assert!(
            text.contains("  export again: func(line: string);"),
            "{text}"
        );
    }

    /// What is written for people is what WIT's own parser reads.
    #[test]
    fn the_text_is_wit() {
        let text = r#"(component
            (import "acme:kv/interface@1.0.0" (instance
                (type $r (record (field "type" u64) (field "from" (tuple u8 char))))
                (export "record" (type $record (eq $r)))
                (type $v (variant (case "list" $record) (case "none")))
                (export "choice" (type $choice (eq $v)))
                (type $f (flags "use" "read"))
                (export "rights" (type $rights (eq $f)))
                (export "again" (type (eq $rights)))
                (export "resource" (type $b (sub resource)))
                (export "[method]resource.import" (func
                    (param "self" (borrow $b)) (param "with" (list string))
                    (result (result (own $b) (error $choice)))))
                (export "[static]resource.open" (func (result (option (own $b)))))
                (export "export" (func (param "as" (result)) (result s8))))))"#;
        let wit = Wit::read(&wat::parse_str(text).unwrap()).unwrap();
        let text = format!("package acme:kv@1.0.0;\n\n{}\n", wit.imports[0].text);
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_str("kv.wit", &text).expect(&text);
        let interface = resolve.packages[package].interfaces["interface"];
        let interface = &resolve.interfaces[interface];
        let types: Vec<_> = interface.types.keys().map(String::as_str).collect();
        assert_eq!(types, ["record", "choice", "rights", "again", "resource"]);
        let functions: Vec<_> = interface.functions.keys().map(String::as_str).collect();
        assert_eq!(
            functions,
            ["[method]resource.import", "[static]resource.open", "export"]
        );
    }

    #[test]
    fn other_bytes_are_an_error() {
        assert!(Wit::read(b"text").is_err());
        assert!(wit_text(b"").is_err());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail: Vec<u8>) {
            let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend(&tail);
            let _ = Wit::read(&bytes);
        }
    }
}
