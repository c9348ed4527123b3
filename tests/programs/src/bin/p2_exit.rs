//! Every way to end. The first argument says which; what was written before must
//! have arrived whichever it is.

use std::io::Write;

use wasip2::cli::exit;
use wasip2::cli::stdout::get_stdout;

fn main() {
    let how = std::env::args().nth(1).expect("how to end");
    print!("written before ");
    std::io::stdout().flush().expect("standard output");
    let stdout = get_stdout();
    stdout.check_write().expect("standard output");
    // Neither flushed nor dropped.
    stdout.write(how.as_bytes()).expect("standard output");
    std::mem::forget(stdout);
    match how.as_str() {
        "return" => {}
        "success" => exit::exit(Ok(())),
        "failure" => exit::exit(Err(())),
        "std-0" => std::process::exit(0),
        "std-3" => std::process::exit(3),
        "panic" => panic!("as was asked"),
        code => exit::exit_with_code(code.parse().expect("a status")),
    }
}
