//! `[wire]`.

use super::reader::{Problems, Table};
use crate::manifest::{Party, Wire};
use crate::name::{ImportName, NameError};
use crate::problem::{Problem, quoted, reason, shown};
use crate::slot::Slot;
use crate::span::Spanned;

pub(super) fn wire(root: &Table<'_>, problems: &mut Problems) -> Vec<Wire> {
    let example = "wire = { app = { \"acme:greet/hello\" = \"acme:greeter\" } }";
    let table = root
        .get("wire")
        .and_then(|value| problems.table(root, "wire", value, example));
    let mut wires = Vec::new();
    let Some(table) = table else {
        return wires;
    };
    for (key, value) in table.entries() {
        let consumer = problems.party(Spanned::new(key.get_ref().as_ref(), key.span()));
        let example = "app = { \"acme:greet/hello\" = \"acme:greeter\" }";
        // A misspelt part of the box has no table to look into: `kernel.vfs` without quotes is one.
        let Some(consumer) = consumer else {
            continue;
        };
        let Some(imports) = problems.table(&table, key.get_ref(), value, example) else {
            continue;
        };
        for (key, value) in imports.entries() {
            let import = problems.import(Spanned::new(key.get_ref().as_ref(), key.span()));
            let provider = problems
                .string(&imports.what(key.get_ref()), value)
                .and_then(|text| problems.party(text));
            let (Some(import), Some(provider)) = (import, provider) else {
                continue;
            };
            if provider == consumer {
                problems.push(Problem::WiredToItself {
                    party: shown(&provider.to_string()),
                    import: shown(&import.to_string()),
                    span: provider.span().into(),
                });
                continue;
            }
            wires.push(Wire {
                consumer: consumer.clone(),
                import,
                provider,
            });
        }
    }
    wires
}

impl Problems {
    fn party(&mut self, text: Spanned<&str>) -> Option<Spanned<Party>> {
        if *text == "app" {
            return Some(text.map(|_| Party::App));
        }
        if let Some(word) = text.strip_prefix("kernel.") {
            return match word.parse::<Slot>() {
                Ok(slot) => Some(text.map(|_| Party::Kernel(slot))),
                Err(_) => {
                    let word = Spanned::new(word, text.span());
                    self.push(super::kernel::unknown_slot(word));
                    None
                }
            };
        }
        if let Ok(name) = text.parse() {
            return Some(text.map(|_| Party::Package(name)));
        }
        let help = if *text == "kernel" {
            "put the slot into the quotes too: `\"kernel.vfs\"`".into()
        } else if let Ok(slot) = text.parse::<Slot>() {
            format!("write `kernel.{slot}` for the module in that slot")
        } else {
            "name the app, a slot of the kernel such as `kernel.vfs`, or a package such as `acme:greeter`"
                .into()
        };
        self.push(Problem::BadParty {
            text: quoted(&text),
            span: text.span().into(),
            help,
        });
        None
    }

    fn import(&mut self, text: Spanned<&str>) -> Option<Spanned<ImportName>> {
        let error = match text.parse() {
            Ok(name) => return Some(text.map(|_| name)),
            Err(error) => error,
        };
        let help = match &error {
            NameError::NoInterface(package) => {
                format!("add the interface, as in `{}/hello`", shown(package))
            }
            NameError::Version { .. } => {
                "write a whole version such as `@1.2.0`, or none for any".into()
            }
            _ => "write `namespace:package/interface` as the component imports it".into(),
        };
        self.push(Problem::BadName {
            text: quoted(&text),
            expected: "the name of an import",
            span: text.span().into(),
            reason: format!(
                "expected namespace:package/interface, but {}",
                reason(&error)
            ),
            help,
        });
        None
    }
}
