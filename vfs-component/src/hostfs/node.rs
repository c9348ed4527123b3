//! Files of the host that are named or open, and the directories among them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

use super::host::HostStat;
use super::listing::Listing;
use crate::errno::{Errno, Result};
use crate::types::Kind;

/// Names a file of a [`HostTree`](super::HostTree).
#[derive(Debug)]
pub struct HostNode<H>(pub(super) Inner<H>);

#[derive(Debug)]
pub(super) enum Inner<H> {
    /// A name that was looked up a moment ago, or what `O_PATH` opened.
    Named(Rc<Named<H>>),
    Directory(Rc<Directory<H>>),
    /// A directory that is open for listing.
    Listed(Rc<(Rc<Directory<H>>, RefCell<Listing>)>),
    /// A regular file that is open.
    File(Rc<H>),
}

/// A name in a directory.
#[derive(Debug)]
pub(super) struct Named<H> {
    pub directory: Rc<Directory<H>>,
    pub name: Box<str>,
    pub kind: Kind,
    /// What the lookup learnt, for the call that it was made for.
    pub stat: Cell<Option<HostStat>>,
}

/// A directory that is open on the host. There is one for each that is in use, so that
/// a handle's `..` is right after a rename.
#[derive(Debug)]
pub(super) struct Directory<H> {
    /// `None` where the host gave nothing.
    pub file: Option<H>,
    /// Its parent and its name there; `None` for the root, no name once removed.
    pub place: RefCell<Option<Place<H>>>,
    pub children: RefCell<BTreeMap<Box<str>, Weak<Directory<H>>>>,
}

type Place<H> = (Rc<Directory<H>>, Box<str>);

impl<H> Directory<H> {
    pub fn root(file: Option<H>) -> Rc<Self> {
        Rc::new(Self {
            file,
            place: RefCell::default(),
            children: RefCell::default(),
        })
    }

    pub fn file(&self) -> Result<&H> {
        self.file.as_ref().ok_or(Errno::NoDevice)
    }

    fn is_at(&self, named: &Named<H>) -> bool {
        let place = self.place.borrow();
        let place = place.as_ref();
        place.is_some_and(|(parent, name)| {
            Rc::ptr_eq(parent, &named.directory) && *name == named.name
        })
    }

    /// A child that is in use.
    pub fn child(&self, name: &str) -> Option<Rc<Self>> {
        self.children.borrow().get(name)?.upgrade()
    }

    /// After a child is gone: who still uses it keeps its parent, but has no name.
    pub fn forget(&self, name: &str) {
        if let Some(child) = self.child(name)
            && let Some((_, name)) = &mut *child.place.borrow_mut()
        {
            *name = Box::default();
        }
        self.children.borrow_mut().remove(name);
    }
}

impl<H> Drop for Directory<H> {
    fn drop(&mut self) {
        let mut place = self.place.get_mut().take();
        // Upwards one by one: a deep directory may be the last user of all its parents.
        while let Some((parent, name)) = place {
            let mut siblings = parent.children.borrow_mut();
            // Another of this name may have taken its place.
            if siblings
                .get(&name)
                .is_some_and(|known| known.strong_count() == 0)
            {
                siblings.remove(&name);
            }
            drop(siblings);
            place = Rc::into_inner(parent).and_then(|mut parent| parent.place.get_mut().take());
        }
    }
}

impl<H> HostNode<H> {
    fn open(&self) -> Option<&Rc<Directory<H>>> {
        match &self.0 {
            Inner::Directory(directory) => Some(directory),
            Inner::Listed(listed) => Some(&listed.0),
            Inner::Named(_) | Inner::File(_) => None,
        }
    }
}

impl<H> Clone for HostNode<H> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Inner::Named(named) => Inner::Named(Rc::clone(named)),
            Inner::Directory(directory) => Inner::Directory(Rc::clone(directory)),
            Inner::Listed(listed) => Inner::Listed(Rc::clone(listed)),
            Inner::File(file) => Inner::File(Rc::clone(file)),
        })
    }
}

/// Equal are directories in the same place, named or open.
impl<H> PartialEq for HostNode<H> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Named(one), Inner::Named(other)) => {
                Rc::ptr_eq(&one.directory, &other.directory) && one.name == other.name
            }
            (Inner::Named(named), _) => other.open().is_some_and(|open| open.is_at(named)),
            (_, Inner::Named(named)) => self.open().is_some_and(|open| open.is_at(named)),
            _ => match (self.open(), other.open()) {
                (Some(one), Some(other)) => Rc::ptr_eq(one, other),
                _ => false,
            },
        }
    }
}
