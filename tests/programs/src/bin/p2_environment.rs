//! `wasi:cli/environment`: prints what it was started with, once as WASI tells it and
//! once as Rust's library does, so that a test can see that both agree.

use wasip2::cli::environment::{get_arguments, get_environment};

fn main() {
    let arguments = get_arguments();
    assert_eq!(std::env::args().collect::<Vec<_>>(), arguments);
    for argument in arguments {
        println!("argument {argument:?}");
    }
    let variables = get_environment();
    let mut told: Vec<(String, String)> = std::env::vars().collect();
    let mut raw = variables.clone();
    told.sort();
    raw.sort();
    assert_eq!(told, raw);
    for (name, value) in variables {
        println!("variable {name}={value:?}");
    }
    println!("p2_environment ok");
}
