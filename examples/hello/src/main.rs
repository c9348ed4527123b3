//! A program that knows nothing of boxes: it reads a file, its arguments and its environment.

use std::{env, fs};

fn main() -> std::io::Result<()> {
    let name = env::args().nth(1).unwrap_or_else(|| "world".into());
    print!("{}", fs::read_to_string("/etc/motd")?);
    println!("hello, {name}! my language is {}", env::var("LANG").unwrap_or_default());

    fs::create_dir_all("/var/log")?;
    fs::write("/var/log/visits", format!("{name}\n"))?;
    println!("visitors so far: {}", fs::read_to_string("/var/log/visits")?.lines().count());
    Ok(())
}
