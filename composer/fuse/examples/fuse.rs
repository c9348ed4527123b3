//! Fuses a component, as bytes or text: `fuse IN OUT`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        return Err("usage: fuse IN OUT".into());
    };
    let bytes = wat::parse_file(input)?;
    let start = std::time::Instant::now();
    let fused = boxer_fuse::fuse(&bytes, &boxer_fuse::Options::default())?;
    println!(
        "{:?} {} -> {} bytes\n{:#?}",
        start.elapsed(),
        bytes.len(),
        fused.bytes.len(),
        fused.report
    );
    std::fs::write(output, fused.bytes)?;
    Ok(())
}
