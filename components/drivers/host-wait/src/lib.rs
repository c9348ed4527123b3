//! `boxer:host-wait`: the one place where a box sleeps, on the host's pollables.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:host-wait;
            world module {
                import wasi:io/poll@0.2.12;
                import wasi:clocks/monotonic-clock@0.2.12;
                export boxer:kernel/wait@0.1.0;
                export boxer:kernel/wait-host@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostWait;
    export!(HostWait);
}

use alloc::vec::Vec;
use core::cell::RefCell;

use bindings::exports::boxer::kernel::{wait, wait_host};
use bindings::wasi::clocks::monotonic_clock;
use bindings::wasi::io::poll::{self, Pollable};
use driver_support::tokens::Tokens;

struct HostWait;

bare_guest::local! {
    static REGISTERED: RefCell<Tokens<Pollable>> = const { RefCell::new(Tokens::new()) };
}

driver_support::traps! {
    /// `wait` was called so that nothing could ever end it.
    a_wait_without_tokens_and_without_a_timeout_would_never_end;
}

impl wait_host::Guest for HostWait {
    fn register(pollable: Pollable) -> u64 {
        REGISTERED.with_borrow_mut(|registered| registered.insert(pollable))
    }

    fn release(token: u64) {
        REGISTERED.with_borrow_mut(|registered| registered.remove(token));
    }
}

impl wait::Guest for HostWait {
    fn wait(tokens: Vec<u64>, timeout: Option<u64>) -> Vec<u32> {
        REGISTERED.with_borrow(|registered| {
            let found: Option<Vec<&Pollable>> =
                tokens.iter().map(|token| registered.get(*token)).collect();
            match found {
                Some(pollables) if timeout != Some(0) => sleep(pollables, timeout),
                _ => look(registered, &tokens),
            }
        })
    }
}

/// The positions of what is ready now. A token that nobody registered counts as
/// ready, as poll(2) reports `POLLNVAL`: whoever waits on it looks again, and does
/// not sleep forever.
fn look(registered: &Tokens<Pollable>, tokens: &[u64]) -> Vec<u32> {
    (0..)
        .zip(tokens)
        .filter(|(_, token)| registered.get(**token).is_none_or(Pollable::ready))
        .map(|(position, _)| position)
        .collect()
}

fn sleep(pollables: Vec<&Pollable>, timeout: Option<u64>) -> Vec<u32> {
    let timer = timeout.map(monotonic_clock::subscribe_duration);
    let timer_position = u32::try_from(pollables.len()).unwrap_or(u32::MAX);
    let pollables: Vec<&Pollable> = pollables.into_iter().chain(&timer).collect();
    if pollables.is_empty() {
        a_wait_without_tokens_and_without_a_timeout_would_never_end();
    }
    let mut ready = poll::poll(&pollables);
    ready.retain(|position| *position < timer_position);
    ready
}
