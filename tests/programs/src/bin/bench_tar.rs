//! Extracts an archive: `bench_tar ARCHIVE FOLDER`. The benchmark `programs` runs it.

use std::fs::{self, File};
use std::io::BufReader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(archive), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("bench_tar ARCHIVE FOLDER".into());
    };
    fs::create_dir_all(&folder)?;
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 16, File::open(archive)?));
    // Of times and modes the crate keeps nothing on WASI, so it keeps nothing anywhere.
    archive.set_preserve_mtime(false);
    archive.set_preserve_permissions(false);
    let mut entries = 0;
    for entry in archive.entries()? {
        if !entry?.unpack_in(&folder)? {
            return Err("an entry leads out of the folder".into());
        }
        entries += 1;
    }
    println!("{entries} entries");
    Ok(())
}
