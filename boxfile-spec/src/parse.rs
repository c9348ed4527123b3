//! From text to a manifest.

use crate::errors::BoxfileErrors;
use crate::manifest::Manifest;

/// Reads and checks a Boxfile. `file_name` is what errors call it.
///
/// # Errors
///
/// Everything that is wrong with the text, not only the first thing.
pub fn parse(text: &str, file_name: &str) -> Result<Manifest, BoxfileErrors> {
    let _ = (text, file_name);
    todo!()
}
