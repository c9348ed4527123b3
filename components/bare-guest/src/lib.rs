//! What a guest on the bare target `wasm32-unknown-unknown` has in place of `std`,
//! which would be more than half of a small module: a heap, [statics](local!), and an
//! end for panics.
//!
//! A guest names this crate once and is `no_std` on wasm:
//!
//! ```
//! #![cfg_attr(target_arch = "wasm32", no_std)]
//! extern crate alloc;
//! use bare_guest as _;
//! ```
//!
//! On the host, where the code of guests is tested, `std` does all of this.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod statics;

#[cfg(target_arch = "wasm32")]
pub use statics::Local;

/// Gets its memory from `memory.grow`. It is 7 KB smaller than the allocator of
/// `std`, and as fast.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Nobody could read a panic's message in a box: a panic is a trap, and the words,
/// with the code that formats them, are left out.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Declares statics that are made when they are first used, as `std::thread_local!`
/// does and with the same words. In a guest, which has one thread, they are plain
/// statics; on the host every test has its own.
///
/// ```
/// use core::cell::RefCell;
///
/// bare_guest::local! {
///     static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
/// }
/// NAMES.with_borrow_mut(|names| names.push("init".to_owned()));
/// assert_eq!(NAMES.with_borrow(Vec::len), 1);
/// ```
#[cfg(not(target_arch = "wasm32"))]
pub use std::thread_local as local;
