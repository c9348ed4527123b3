//! Index spaces of a component while its sections run.

use std::cell::RefCell;
use std::rc::Rc;

use wasmparser::{ComponentExternalKind, ExternalKind};

use super::types::resource_of;
use super::{ComponentVal, TypeVal, nth};
use crate::FuseError;
use crate::graph::{CoreBundle, CoreItem, FuncId, InstanceVal, Item, ModuleId, PartId};
use crate::types::ResourceId;

/// The index spaces that inner components can reach by an outer alias.
#[derive(Debug, Default)]
pub(crate) struct Shared<'a> {
    pub(super) types: RefCell<Vec<TypeVal<'a>>>,
    pub(super) modules: RefCell<Vec<ModuleId>>,
    pub(super) components: RefCell<Vec<ComponentVal<'a>>>,
    pub(super) outer: Option<Rc<Shared<'a>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn up(self: &Rc<Self>, count: u32) -> Option<Rc<Shared<'a>>> {
        let mut at = Rc::clone(self);
        for _ in 0..count {
            let next = Rc::clone(at.outer.as_ref()?);
            at = next;
        }
        Some(at)
    }

    pub(super) fn ty(&self, index: u32) -> Result<TypeVal<'a>, FuseError> {
        nth(&self.types.borrow(), index)
    }
}

/// One run of a component's sections.
pub(super) struct Frame<'a> {
    pub(super) part: PartId,
    pub(super) shared: Rc<Shared<'a>>,
    pub(super) funcs: Vec<FuncId>,
    pub(super) instances: Vec<Rc<InstanceVal<'a>>>,
    pub(super) core_funcs: Vec<CoreItem>,
    pub(super) core_memories: Vec<CoreItem>,
    pub(super) core_tables: Vec<CoreItem>,
    pub(super) core_globals: Vec<CoreItem>,
    pub(super) core_tags: Vec<CoreItem>,
    pub(super) core_instances: Vec<CoreBundle>,
    pub(super) exports: Vec<(String, Item<'a>)>,
}

impl<'a> Frame<'a> {
    pub(super) fn push(&mut self, item: Item<'a>) {
        match item {
            Item::Func(func) => self.funcs.push(func),
            Item::Type(ty) => self.shared.types.borrow_mut().push(ty),
            Item::Instance(instance) => self.instances.push(instance),
            Item::Component(component) => self.shared.components.borrow_mut().push(component),
            Item::Module(module) => self.shared.modules.borrow_mut().push(module),
        }
    }

    pub(super) fn get(
        &self,
        kind: ComponentExternalKind,
        index: u32,
    ) -> Result<Item<'a>, FuseError> {
        Ok(match kind {
            ComponentExternalKind::Module => {
                Item::Module(nth(&self.shared.modules.borrow(), index)?)
            }
            ComponentExternalKind::Func => Item::Func(nth(&self.funcs, index)?),
            ComponentExternalKind::Type => Item::Type(self.shared.ty(index)?),
            ComponentExternalKind::Instance => Item::Instance(nth(&self.instances, index)?),
            ComponentExternalKind::Component => {
                Item::Component(nth(&self.shared.components.borrow(), index)?)
            }
            ComponentExternalKind::Value => {
                return Err(FuseError::unsupported("the component", "it passes values"));
            }
        })
    }

    pub(super) fn core_space(&mut self, kind: ExternalKind) -> &mut Vec<CoreItem> {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.core_funcs,
            ExternalKind::Table => &mut self.core_tables,
            ExternalKind::Memory => &mut self.core_memories,
            ExternalKind::Global => &mut self.core_globals,
            ExternalKind::Tag => &mut self.core_tags,
        }
    }

    pub(super) fn core_item(
        &mut self,
        kind: ExternalKind,
        index: u32,
    ) -> Result<CoreItem, FuseError> {
        nth(self.core_space(kind), index)
    }

    pub(super) fn resource(&self, index: u32) -> Result<ResourceId, FuseError> {
        resource_of(&self.shared, index)
    }
}
