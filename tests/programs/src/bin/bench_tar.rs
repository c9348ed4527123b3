//! Extracts an archive: `bench_tar ARCHIVE FOLDER`. The benchmark `programs` runs it.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Component, Path};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(archive), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("bench_tar ARCHIVE FOLDER".into());
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 16, File::open(archive)?));
    let mut entries = 0;
    for entry in archive.entries()? {
        // The crate's own `unpack` sets modes, which it can't on WASI, and gives up.
        let mut entry = entry?;
        let path = entry.path()?;
        if !path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(format!("{} leads out of the folder", path.display()).into());
        }
        let path = folder.join(path);
        if entry.header().entry_type().is_dir() {
            fs::create_dir_all(path)?;
        } else {
            io::copy(&mut entry, &mut File::create_new(path)?)?;
        }
        entries += 1;
    }
    println!("{entries} entries");
    Ok(())
}
