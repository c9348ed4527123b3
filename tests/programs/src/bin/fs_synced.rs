//! What was synced must be there: `fs_synced write DIR` changes files for ever and says which
//! change is durable, `fs_synced check DIR LAST` looks whether all up to `LAST` are there.
//!
//! Change N writes a file that is replaced by a rename, appends a line to a log, and removes
//! what is ten changes old. It is durable when the log is: what came before is in order.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match arguments[..] {
        ["write", dir] => write(Path::new(dir)),
        ["check", dir, last] => {
            let last = last.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
            check(Path::new(dir), last)
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The content of change N: as long as a page or two, and different from others.
fn content(number: u64) -> Vec<u8> {
    let words = (0..number % 1_000).flat_map(|word| (word ^ number).to_le_bytes());
    words.collect()
}

fn log(dir: &Path) -> io::Result<Vec<u64>> {
    let text = match fs::read_to_string(dir.join("log")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    // The last line may have been cut off.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| line.parse().map_err(io::Error::other))
        .collect()
}

fn write(dir: &Path) -> io::Result<()> {
    let mut number = log(dir)?.last().map_or(0, |last| last + 1);
    // Where the last one was cut off, a new line begins.
    let text = fs::read(dir.join("log")).unwrap_or_default();
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let mut log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("log"))?;
    log.set_len(whole as u64)?;
    loop {
        let new = dir.join("new");
        let mut file = File::create(&new)?;
        file.write_all(&content(number))?;
        file.sync_all()?;
        fs::rename(&new, dir.join(number.to_string()))?;
        if let Some(old) = number.checked_sub(10) {
            match fs::remove_file(dir.join(old.to_string())) {
                // The run before came as far as this.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        writeln!(log, "{number}")?;
        log.sync_all()?;
        println!("{number}");
        number += 1;
    }
}

fn check(dir: &Path, last: u64) -> io::Result<()> {
    let log = log(dir)?;
    let wrong = |what: String| Err(io::Error::other(what));
    if log
        .iter()
        .enumerate()
        .any(|(at, number)| at as u64 != *number)
    {
        return wrong(format!("the log is not in order: {log:?}"));
    }
    let logged = log.len() as u64;
    if logged <= last {
        return wrong(format!(
            "{last} was synced, and the log has {logged} changes"
        ));
    }
    // The one after it may have come to its rename, and no further; or to its removal.
    for number in logged.saturating_sub(9)..logged {
        match fs::read(dir.join(number.to_string())) {
            Ok(found) if found == content(number) => {}
            found => return wrong(format!("change {number} is {:?}", found.map(|it| it.len()))),
        }
    }
    println!("{logged}");
    Ok(())
}
