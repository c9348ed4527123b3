//! Writes the JSON Schema of Boxfiles to standard output:
//!
//! ```text
//! cargo run -p boxfile-spec --example schema > boxfile-spec/boxfile.schema.json
//! ```

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let schema = boxfile_spec::json_schema();
    writeln!(io::stdout(), "{schema:#}")
}
