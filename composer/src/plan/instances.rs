//! From parts to instances: a shared part is one node for all its consumers, a
//! per-consumer part one for each; settings, files and bare types get nodes of
//! their own.

use std::collections::HashMap;
use std::sync::Arc;

use boxfile_spec::{Instance, Manifest};
use registry_index::ComponentError;

use super::error::{PlanError, PlanErrorKind};
use super::library::Library;
use super::parts::{APP, PartId, Parts};
use super::wiring::{Decision, Decisions, Supplier};
use super::{Node, NodeWire};
use crate::bake::Baked;
use crate::component::Component;
use crate::description::Role;
use crate::link::{data, types};

pub(super) struct Instances<'a> {
    manifest: &'a Manifest,
    parts: &'a Parts,
    decisions: &'a Decisions,
    baked: &'a Baked,
    library: &'a mut Library,
    nodes: Vec<Node>,
    shared: HashMap<PartId, usize>,
    image: Option<usize>,
    /// By the component's digest: one definition of the same types is enough.
    types: HashMap<boxfile_spec::Digest, usize>,
    settings: HashMap<Vec<(String, String)>, Arc<Component>>,
}

/// A part whose imports are being satisfied.
struct Frame {
    part: PartId,
    id: String,
    wires: Vec<NodeWire>,
    /// The import that the frame above works for.
    next: usize,
}

impl<'a> Instances<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        parts: &'a Parts,
        decisions: &'a Decisions,
        baked: &'a Baked,
        library: &'a mut Library,
    ) -> Self {
        Self {
            manifest,
            parts,
            decisions,
            baked,
            library,
            nodes: Vec::new(),
            shared: HashMap::new(),
            image: None,
            types: HashMap::new(),
            settings: HashMap::new(),
        }
    }

    /// All nodes, each after its providers, the app last. The parts have no cycles.
    pub(super) fn expand(mut self) -> Result<Vec<Node>, PlanError> {
        // A stack of our own: a chain of parts may be longer than a thread's is deep.
        let mut stack = vec![self.frame(APP, None)];
        while let Some(frame) = stack.last_mut() {
            let decisions = &self.decisions[&frame.part];
            let Some(decision) = decisions.get(frame.next) else {
                let node = self.finish(&mut stack);
                match stack.last_mut() {
                    Some(consumer) => {
                        let decision = &self.decisions[&consumer.part][consumer.next];
                        consumer.wires.push(wire(decision, Some(node)));
                        consumer.next += 1;
                    }
                    None => break,
                }
                continue;
            };
            let (part, id) = (frame.part, frame.id.clone());
            let provider = match decision.supplier {
                Supplier::Host => None,
                Supplier::Image => Some(self.image()?),
                Supplier::Config => Some(self.config(part, &id)?),
                Supplier::Types => Some(self.types_of(part, &decision.import)?),
                Supplier::Part(provider) => match self.shared.get(&provider) {
                    Some(node) => Some(*node),
                    None => {
                        stack.push(self.frame(provider, Some(&id)));
                        continue;
                    }
                },
            };
            if let Some(frame) = stack.last_mut() {
                frame.wires.push(wire(decision, provider));
                frame.next += 1;
            }
        }
        Ok(self.nodes)
    }

    fn frame(&self, part: PartId, consumer: Option<&str>) -> Frame {
        let own = self.parts.get(part).id();
        let id = match (self.parts.get(part).instance, consumer) {
            (Instance::PerConsumer, Some(consumer)) => format!("{own} for {consumer}"),
            _ => own,
        };
        Frame {
            part,
            id,
            wires: Vec::new(),
            next: 0,
        }
    }

    /// Makes a node of the uppermost frame, whose imports are all satisfied.
    fn finish(&mut self, stack: &mut Vec<Frame>) -> usize {
        let at = self.nodes.len();
        if let Some(frame) = stack.pop() {
            let part = self.parts.get(frame.part);
            self.nodes.push(Node {
                id: frame.id,
                role: part.role,
                component: Arc::clone(&part.component),
                wires: frame.wires,
                source: Some(frame.part),
            });
            if part.instance == Instance::Shared {
                self.shared.insert(frame.part, at);
            }
        }
        at
    }

    fn made(
        &mut self,
        id: String,
        role: Role,
        component: Arc<Component>,
    ) -> Result<usize, PlanError> {
        self.library
            .add(&component)
            .map_err(|reason| self.defect(&id, &reason))?;
        self.nodes.push(Node {
            id,
            role,
            component,
            wires: Vec::new(),
            source: None,
        });
        Ok(self.nodes.len() - 1)
    }

    fn image(&mut self) -> Result<usize, PlanError> {
        if let Some(at) = self.image {
            return Ok(at);
        }
        let component = self.read("image", &data::image(&self.baked.image))?;
        let at = self.made("image".to_owned(), Role::Image, component)?;
        self.image = Some(at);
        Ok(at)
    }

    fn config(&mut self, part: PartId, consumer: &str) -> Result<usize, PlanError> {
        let settings = &self.parts.get(part).settings;
        let component = match self.settings.get(settings) {
            Some(component) => Arc::clone(component),
            None => {
                let component = self.read("config", &data::config(settings))?;
                self.settings
                    .insert(settings.clone(), Arc::clone(&component));
                component
            }
        };
        self.made(format!("config of {consumer}"), Role::Config, component)
    }

    fn types_of(&mut self, part: PartId, import: &str) -> Result<usize, PlanError> {
        let of = &self.parts.get(part).component;
        let kind = self.library.import(of, import);
        let definition = kind.and_then(|kind| self.library.instance(kind));
        let bytes = definition
            .map(|(all, id)| types::define(import, all, id))
            .unwrap_or_default();
        let component = self.read("types", &bytes)?;
        if let Some(at) = self.types.get(&component.digest()) {
            return Ok(*at);
        }
        let digest = component.digest();
        let alike = self
            .nodes
            .iter()
            .filter(|node| node.id.starts_with(import))
            .count();
        let id = if alike == 0 {
            import.to_owned()
        } else {
            format!("{import} ({})", alike + 1)
        };
        let at = self.made(id, Role::Types, component)?;
        self.types.insert(digest, at);
        Ok(at)
    }

    fn read(&self, what: &str, bytes: &[u8]) -> Result<Arc<Component>, PlanError> {
        let component = Component::read(bytes.to_vec());
        component.map_err(|error: ComponentError| self.defect(what, &error.to_string()))
    }

    fn defect(&self, what: &str, reason: &str) -> PlanError {
        let message =
            format!("the linker made a component for `{what}` that does not hold: {reason}");
        let help = "report this with the Boxfile and its components".to_owned();
        PlanError::new(self.manifest, PlanErrorKind::Unsupported, message, help)
    }
}

fn wire(decision: &Decision, provider: Option<usize>) -> NodeWire {
    NodeWire {
        import: decision.import.clone(),
        provider,
        export: decision.export.clone(),
        reason: decision.reason.clone(),
    }
}
