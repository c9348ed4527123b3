//! `boxer:javascript`: runs a script as Node would.

fn main() {}
