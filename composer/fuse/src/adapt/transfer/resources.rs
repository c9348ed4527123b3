//! Handles: from one table to another, or to the host's and back.

use wasm_encoder::ValType;

use super::{HandleSpace, Transfer};
use crate::adapt::code::{Imported, Local};
use crate::adapt::handles::{self, HandleOp};
use crate::adapt::module::{FlatBuiltin, Need};
use crate::graph::Resource;

impl Transfer<'_, '_> {
    /// Turns the source's own handle on the stack into the destination's.
    pub(super) fn own(&mut self, resource: crate::types::ResourceId) {
        let of_host = matches!(self.graph.resources[resource.0 as usize], Resource::Host);
        match self.src.handles {
            HandleSpace::Part(part) => {
                let take = handles::helper(self, HandleOp::Take(part, resource));
                self.code.call_own(take);
            }
            HandleSpace::Host if of_host => {}
            HandleSpace::Host => {
                let take = handles::helper(self, HandleOp::TakeFromHost(resource));
                self.code.call_own(take);
            }
        }
        match self.dst.handles {
            HandleSpace::Part(part) => {
                let new = handles::helper(self, HandleOp::New(part, resource));
                self.code.call_own(new);
            }
            HandleSpace::Host if of_host => {}
            HandleSpace::Host => {
                let new = self.flat_builtin(FlatBuiltin::ResourceNew(resource));
                self.code.call(new);
            }
        }
    }

    /// Turns the source's handle on the stack into one that the destination
    /// borrows, for as long as the call takes. Returns a local to be released.
    pub(super) fn borrow(&mut self, resource: crate::types::ResourceId) -> Local {
        let definer = match &self.graph.resources[resource.0 as usize] {
            Resource::Host => None,
            Resource::Part { part, .. } => Some(*part),
        };
        match self.src.handles {
            HandleSpace::Part(part) => {
                let lend = handles::helper(self, HandleOp::Lend(part, resource));
                self.code.call_own(lend);
                let entry = if self.repeats {
                    let entry = self.code.save(ValType::I32);
                    self.scope.stack = true;
                    handles::push_lent(self, entry);
                    entry
                } else {
                    // The entry's address stays valid: the lender's table can't
                    // grow while the lender waits.
                    let entry = self.code.fresh(ValType::I32);
                    self.code.set(entry);
                    self.scope.lent.push(entry);
                    entry
                };
                self.code.get(entry);
                handles::load_rep(self);
                if self.repeats {
                    self.code.release(entry, ValType::I32);
                }
            }
            // A borrow of a part's own resource arrives as its representation.
            HandleSpace::Host if definer.is_some() => {}
            HandleSpace::Host => {
                if self.repeats {
                    let handle = self.code.save(ValType::I32);
                    self.scope.stack = true;
                    handles::push_borrowed(self, handle, resource);
                    self.code.get(handle);
                    self.code.release(handle, ValType::I32);
                } else {
                    let handle = self.code.fresh(ValType::I32);
                    self.code.tee(handle);
                    self.scope.borrowed.push((handle, resource));
                }
            }
        }
        if let HandleSpace::Part(part) = self.dst.handles
            && definer != Some(part)
        {
            let new = handles::helper(self, HandleOp::NewBorrow(part, resource));
            self.code.call_own(new);
        }
        self.code.save(ValType::I32)
    }

    pub fn flat_builtin(&mut self, builtin: FlatBuiltin) -> Imported {
        let i32 = [ValType::I32];
        let results: &[ValType] = match builtin {
            FlatBuiltin::ResourceDrop(_) => &[],
            _ => &i32,
        };
        self.module.import_func(Need::Flat(builtin), &i32, results)
    }
}
