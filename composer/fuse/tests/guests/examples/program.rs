//! A command that uses files, arguments, the environment, the clock and random
//! numbers by std alone.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut words: HashMap<&str, usize> = HashMap::new();
    for word in text.split_whitespace() {
        *words.entry(word).or_default() += 1;
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_unstable();
    println!("{words:?}");
    println!("{:?}", env::args().skip(1).collect::<Vec<_>>());
    println!("{:?}", env::var("GREETING"));

    fs::create_dir_all("/data/a/b")?;
    let mut file = fs::File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open("/data/a/b/c")?;
    for line in 0..2_000 {
        writeln!(file, "line {line}")?;
    }
    file.seek(SeekFrom::Start(5))?;
    let mut back = String::new();
    file.read_to_string(&mut back)?;
    println!("{} {}", back.len(), back.lines().count());
    fs::rename("/data/a/b/c", "/data/a/d")?;
    let mut names: Vec<_> = fs::read_dir("/data/a")?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?} {}", fs::metadata("/data/a/d")?.len());
    println!(
        "{:?}",
        fs::metadata("/data/none").map_err(|error| error.kind())
    );
    fs::remove_dir_all("/data/a")?;
    eprintln!("{}", std::time::Instant::now().elapsed().as_secs() < 60);
    if env::args().any(|argument| argument == "exit") {
        std::process::exit(1);
    }
    if env::args().any(|argument| argument == "panic") {
        panic!("as it was asked to");
    }
    Ok(())
}
