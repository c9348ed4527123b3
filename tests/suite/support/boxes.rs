//! Boxes, made and run through the `box` program as a user does.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::kept;
use super::process::check;

/// The `box` program, quiet, with a cache of compiled code below the target folder.
pub fn boxer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_box-under-test"));
    command
        .env("BOX_CACHE_DIR", kept::folder().join("box-cache"))
        .arg("--quiet");
    command
}

/// A folder with a Boxfile, gone at the end of the test.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A project with this Boxfile.
    ///
    /// # Panics
    ///
    /// If the host's filesystem refuses.
    pub fn new(boxfile: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let project = Self { folder };
        project.set_boxfile(boxfile);
        project
    }

    /// A path in the project's folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The Boxfile's text.
    pub fn boxfile(&self) -> String {
        fs::read_to_string(self.path("Boxfile.toml")).expect("the Boxfile can be read")
    }

    /// Writes the Boxfile anew.
    pub fn set_boxfile(&self, text: &str) {
        fs::write(self.path("Boxfile.toml"), text).expect("the Boxfile can be written");
    }

    /// `box` in the project's folder.
    pub fn boxer<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = boxer();
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// `box build -o FILE`: where the box is. It is fused.
    ///
    /// # Panics
    ///
    /// If it is not built, with what `box` said.
    pub fn build(&self, file: &str) -> PathBuf {
        check(&mut self.boxer(["build", "-o", file]));
        self.path(file)
    }

    /// The box in both forms: a fused one, and a linked one that must do the same.
    ///
    /// # Panics
    ///
    /// If it is not built, with what `box` said.
    pub fn build_forms(&self, name: &str) -> [PathBuf; 2] {
        ["fused", "linked"].map(|form| {
            let file = self.path(form).join(format!("{name}.wasm"));
            let folder = file.parent().expect("a file is in a folder");
            fs::create_dir_all(folder).expect("a folder can be made");
            let arguments = ["build", "--form", form, "-o"].map(OsStr::new);
            check(&mut self.boxer(arguments.into_iter().chain([file.as_os_str()])));
            file
        })
    }

    /// `box run FILE`, with arguments for the program in it.
    pub fn run<S: AsRef<OsStr>>(&self, file: &Path, arguments: &[S]) -> Command {
        let mut command = self.boxer([OsStr::new("run"), file.as_os_str(), OsStr::new("--")]);
        command.args(arguments);
        command
    }
}

/// The names that a component imports, read from its bytes and sorted.
///
/// # Panics
///
/// If it is no component.
pub fn imports(component: &Path) -> Vec<String> {
    let bytes = fs::read(component)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", component.display()));
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
        use wasmparser::Payload;
        match payload.expect("the component can be read") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                let imports = section.into_iter().map(|import| import.expect("an import"));
                names.extend(imports.map(|import| import.name.name.to_owned()));
            }
            _ => {}
        }
    }
    names.sort_unstable();
    names
}
