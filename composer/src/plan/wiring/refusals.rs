//! What the wiring refuses, each with all that the Boxfile's author needs: what is
//! wrong, who is concerned, where it is asked for, and what to write instead.

use std::ops::Range;

use boxfile_spec::{Slot, Wire};
use registry_index::Extern;

use super::{Decisions, Supplier, Wiring};
use crate::authority;
use crate::description::Role;
use crate::plan::error::{PlanError, PlanErrorKind};
use crate::plan::parts::{APP, Part, PartId};
use crate::reason::list;

impl Wiring<'_> {
    fn error(&self, kind: PlanErrorKind, message: String, help: String) -> PlanError {
        PlanError::new(self.manifest, kind, message, help)
    }

    fn words(&self, id: PartId) -> String {
        self.parts.get(id).words()
    }

    /// The consumer as `[wire]` spells it.
    fn party(&self, id: PartId) -> String {
        self.parts.get(id).id()
    }

    fn span(&self, id: PartId) -> Option<Range<usize>> {
        self.parts.get(id).span.clone()
    }

    pub(super) fn unsupported(&self, id: PartId, reason: &str) -> PlanError {
        let message = format!(
            "{} is more than the linker can read: {reason}",
            self.words(id)
        );
        let help = "build it with a newer or a more common toolchain".to_owned();
        self.error(PlanErrorKind::Unsupported, message, help)
            .at(self.span(id), "this component")
    }

    pub(super) fn missing(&self, consumer: PartId, import: &Extern) -> PlanError {
        let message = format!(
            "nothing in the box provides the {} `{}`, which {} imports",
            import.kind,
            import.name,
            self.words(consumer)
        );
        let error = self.error(
            PlanErrorKind::Missing,
            message,
            self.remedy(consumer, import),
        );
        error.at(self.span(consumer), &format!("imports `{}`", import.name))
    }

    fn remedy(&self, consumer: PartId, import: &Extern) -> String {
        let Some(interface) = import.interface() else {
            let party = self.party(consumer);
            return format!(
                "say who provides it, as `\"{party}\" = {{ \"{}\" = \"acme:provider\" }}` in [wire], with the provider in [dependencies]",
                import.name
            );
        };
        let other_tracks: Vec<String> = self
            .exporters
            .get(&interface.path())
            .into_iter()
            .flatten()
            .filter(|id| **id != consumer && **id != APP)
            .flat_map(|id| {
                let exports = self.parts.get(*id).component.interfaces().exports.iter();
                let same = exports.filter(|export| {
                    export
                        .interface()
                        .is_some_and(|name| name.path() == interface.path())
                });
                same.map(|export| format!("{} exports `{}`", self.words(*id), export.name))
                    .collect::<Vec<_>>()
            })
            .collect();
        if !other_tracks.is_empty() {
            return format!(
                "bring both to compatible versions: {}, which cannot stand in for it",
                other_tracks.join(", ")
            );
        }
        if interface.namespace == "wasi"
            && interface
                .version
                .as_ref()
                .is_some_and(|v| (v.major, v.minor) != (0, 2))
        {
            return "build it against WASI 0.2, which is what a box and its host speak".to_owned();
        }
        let path = interface.path();
        format!(
            "add a package that exports `{path}` to [dependencies]; `box search --exports {path}` finds those that there are"
        )
    }

    pub(super) fn not_granted(
        &self,
        consumer: PartId,
        import: &Extern,
        grant: authority::Grant,
    ) -> PlanError {
        let message = format!(
            "{} imports `{}` from the host, and the Boxfile does not grant `{}`",
            self.words(consumer),
            import.name,
            grant.key()
        );
        let part = self.parts.get(consumer);
        let satisfy = match part.role {
            Role::Kernel(slot) => {
                format!("choose a module for `kernel.{slot}` that does not face the host")
            }
            _ => "add a package that exports it to [dependencies]".to_owned(),
        };
        let error = self.error(
            PlanErrorKind::NotGranted,
            message,
            format!("{}, or {satisfy}", grant.how()),
        );
        let denied = self.manifest.grants.span.clone();
        error
            .at(part.span.clone(), &format!("imports `{}`", import.name))
            .at(denied, &format!("no `{}` here", grant.key()))
    }

    pub(super) fn ambiguous(
        &self,
        consumer: PartId,
        import: &Extern,
        candidates: &[PartId],
    ) -> PlanError {
        let names: Vec<String> = candidates.iter().map(|id| self.words(*id)).collect();
        let (last, rest) = names
            .split_last()
            .map_or((String::new(), String::new()), |(last, rest)| {
                (last.clone(), rest.join(", "))
            });
        let message = format!(
            "{rest} and {last} all export `{}`, which {} imports",
            import.name,
            self.words(consumer)
        );
        let message = if names.len() == 2 {
            message.replacen(" all export", " both export", 1)
        } else {
            message
        };
        let named = import
            .interface()
            .map_or_else(|| import.name.clone(), |name| name.path());
        let help = format!(
            "say which one in [wire]: `\"{}\" = {{ \"{named}\" = \"{}\" }}`",
            self.party(consumer),
            self.party(candidates[0])
        );
        let error = self.error(PlanErrorKind::Ambiguous, message, help);
        candidates
            .iter()
            .fold(error, |error, id| error.at(self.span(*id), "exports it"))
    }

    pub(super) fn mismatch(
        &self,
        consumer: PartId,
        import: &Extern,
        provider: PartId,
        export: &str,
        differences: &[String],
    ) -> PlanError {
        let message = format!(
            "{} exports `{export}`, which cannot be the `{}` that {} imports: {}",
            self.words(provider),
            import.name,
            self.words(consumer),
            differences.join("; ")
        );
        let help = match import.interface() {
            Some(interface) => format!(
                "take a version of `{}` that exports `{interface}` or a later one of its track, or build `{}` against what is exported",
                self.party(provider),
                self.party(consumer)
            ),
            None => "wire another provider".to_owned(),
        };
        let error = self.error(PlanErrorKind::Mismatch, message, help);
        error
            .at(self.span(consumer), "imports it")
            .at(self.span(provider), "exports it")
    }

    pub(super) fn nothing_below(&self, consumer: PartId, import: &Extern, slot: Slot) -> PlanError {
        let message = format!(
            "{} stacks on another module: it exports `{}` and imports it too, and there is none below it",
            self.words(consumer),
            import.name
        );
        let help = format!(
            "add the lower module to [dependencies], as `\"boxer:{}\" = \"*\"`",
            match slot {
                Slot::Vfs => "memfs",
                Slot::Net => "loopback",
                Slot::Clock => "host-clock",
                Slot::Random => "host-random",
                Slot::Console => "host-console",
                Slot::Environment => "host-environment",
                Slot::Exit => "host-exit",
                Slot::Libc | Slot::Wait | Slot::Runtime => "host-wait",
            }
        );
        self.error(PlanErrorKind::Missing, message, help)
            .at(self.span(consumer), "stacks on nothing")
    }

    pub(super) fn slot_lacks(
        &self,
        consumer: PartId,
        import: &Extern,
        slot: Slot,
        module: Option<PartId>,
    ) -> PlanError {
        let provider = match module {
            Some(module) => format!(
                "{}, which fills that slot, does not export it",
                self.words(module)
            ),
            None => "that slot is empty".to_owned(),
        };
        let message = format!(
            "{} imports `{}` of `kernel.{slot}`, and {provider}",
            self.words(consumer),
            import.name
        );
        let help = match (slot, import.interface().is_some_and(|name| name.interface == "wait-host")) {
            (Slot::Wait, true) => "set `wait = \"boxer:host-wait\"` in [kernel], or choose modules that do not face the host".to_owned(),
            _ => format!("choose a module for `{slot}` in [kernel] that exports it at this version"),
        };
        let error = self.error(PlanErrorKind::Missing, message, help);
        error
            .at(self.span(consumer), "imports it")
            .at(module.and_then(|id| self.span(id)), "does not export it")
    }

    pub(super) fn unknown_party(&self, name: &str, span: Range<usize>) -> PlanError {
        let known: Vec<String> = self.parts.all().iter().map(Part::id).collect();
        let message = format!("[wire] names `{name}`, and the box has no such part");
        let help = format!(
            "name one of {}, or add `{name}` to [dependencies]",
            list(&known)
        );
        self.error(PlanErrorKind::BadWire, message, help)
            .at(Some(span), "expected a part of the box")
    }

    pub(super) fn unknown_import(&self, wire: &Wire, consumer: PartId) -> PlanError {
        let imports = &self.parts.get(consumer).component.interfaces().imports;
        let names: Vec<&str> = imports.iter().map(|import| import.name.as_str()).collect();
        let message = format!(
            "[wire] says who provides `{}` to {}, which does not import it",
            *wire.import,
            self.words(consumer)
        );
        let help = if names.is_empty() {
            "remove the line: the part imports nothing".to_owned()
        } else {
            format!(
                "remove the line, or name one of its imports: {}",
                list(&names)
            )
        };
        let error = self.error(PlanErrorKind::BadWire, message, help);
        error.at(Some(wire.import.span()), "expected an import of that part")
    }

    pub(super) fn no_such_export(
        &self,
        wire: &Wire,
        import: &Extern,
        provider: PartId,
        fitting: &[String],
    ) -> PlanError {
        let exports = &self.parts.get(provider).component.interfaces().exports;
        let names: Vec<&str> = exports.iter().map(|export| export.name.as_str()).collect();
        let message = if fitting.is_empty() {
            format!(
                "[wire] takes `{}` from {}, which exports nothing that fits",
                import.name,
                self.words(provider)
            )
        } else {
            format!(
                "[wire] takes `{}` from {}, of which {} all fit",
                import.name,
                self.words(provider),
                list(fitting)
            )
        };
        let help = format!("name another provider: this one exports {}", list(&names));
        let error = self.error(PlanErrorKind::BadWire, message, help);
        error.at(
            Some(wire.provider.span()),
            "expected a part that exports it",
        )
    }

    pub(super) fn cycle(&self, decisions: &Decisions, ring: &[PartId]) -> PlanError {
        // A walk within the ring comes back after at most as many steps as it has members.
        let step = |id: PartId| {
            decisions[&id].iter().find_map(|wire| match wire.supplier {
                Supplier::Part(provider) if ring.contains(&provider) => Some((provider, wire)),
                _ => None,
            })
        };
        let mut walk: Vec<PartId> = Vec::new();
        let mut at = ring.iter().copied().min().unwrap_or(APP);
        while !walk.contains(&at) {
            walk.push(at);
            match step(at) {
                Some((next, _)) => at = next,
                None => break,
            }
        }
        walk.drain(..walk.iter().position(|id| *id == at).unwrap_or(0));
        let steps: Vec<String> = walk
            .iter()
            .filter_map(|id| {
                let (provider, wire) = step(*id)?;
                Some(format!(
                    "{} imports `{}` from {}",
                    self.words(*id),
                    wire.import,
                    self.words(provider)
                ))
            })
            .collect();
        let message = format!(
            "the parts import from one another in a ring: {}",
            steps.join(", ")
        );
        let help = "let one of them import from another part, with a line in [wire]; calls in a box only go down".to_owned();
        let error = self.error(PlanErrorKind::Cycle, message, help);
        walk.iter().fold(error, |error, id| {
            error.at(self.span(*id), "part of the ring")
        })
    }
}
