//! What the small drivers of `components/drivers` do, apart from their WIT: the
//! parts that can be wrong, where `cargo test` reaches them.
//!
//! A driver has nowhere to print to. One that cannot go on (a setting that is out
//! of its domain) traps in a function that is named after the reason: that is what
//! the backtrace of a build with names shows. See [`traps!`].

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod civil_time;
pub mod clock;
pub mod empty_root;
pub mod process;
pub mod seed;
pub mod tokens;

/// Defines functions that end the box. Their names are the message.
///
/// ```
/// driver_support::traps! {
///     /// The setting `start` is not a time.
///     the_setting_start_is_not_a_time;
/// }
/// let _: fn() -> std::convert::Infallible = || the_setting_start_is_not_a_time();
/// ```
#[macro_export]
macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[cold]
        #[inline(never)]
        fn $name() -> ! {
            #[cfg(target_arch = "wasm32")]
            ::core::arch::wasm32::unreachable();
            #[cfg(not(target_arch = "wasm32"))]
            panic!(stringify!($name))
        }
    )*};
}
