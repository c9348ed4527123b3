//! Statics of a module with one thread.

use core::cell::{Cell, OnceCell, RefCell};

/// What [`local!`](crate::local) declares.
#[derive(Debug)]
pub struct Local<T: 'static> {
    make: fn() -> T,
    value: OnceCell<T>,
}

#[allow(
    unsafe_code,
    reason = "without the target feature `atomics` there is no second thread"
)]
#[cfg(not(target_feature = "atomics"))]
// SAFETY: sharing between threads needs a second one.
unsafe impl<T> Sync for Local<T> {}

impl<T> Local<T> {
    /// For the macro.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(make: fn() -> T) -> Self {
        Self {
            make,
            value: OnceCell::new(),
        }
    }

    /// Uses the value.
    #[inline]
    pub fn with<R>(&'static self, use_it: impl FnOnce(&T) -> R) -> R {
        use_it(self.value.get_or_init(self.make))
    }
}

impl<T> Local<RefCell<T>> {
    /// Uses what is in the cell. Panics where it is in use for writing.
    #[inline]
    pub fn with_borrow<R>(&'static self, use_it: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| use_it(&cell.borrow()))
    }

    /// Uses what is in the cell for writing. Panics where it is in use.
    #[inline]
    pub fn with_borrow_mut<R>(&'static self, use_it: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| use_it(&mut cell.borrow_mut()))
    }
}

impl<T: Copy> Local<Cell<T>> {
    /// The value in the cell.
    #[inline]
    pub fn get(&'static self) -> T {
        self.with(Cell::get)
    }
}

impl<T> Local<Cell<T>> {
    /// Puts a value into the cell.
    #[inline]
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// Puts a value into the cell, and takes out the one before.
    #[inline]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

/// Declares statics, see the host's documentation.
#[macro_export]
macro_rules! local {
    ($($(#[$meta:meta])* $visible:vis static $name:ident: $type:ty = $value:expr;)*) => {$(
        $(#[$meta])*
        $visible static $name: $crate::Local<$type> = $crate::Local::new(|| $value);
    )*};
}
