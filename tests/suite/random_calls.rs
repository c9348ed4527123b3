//! The same random calls of `std::fs` in boxes, on each filesystem driver, and natively on
//! Linux's tmpfs: whatever can be seen must be equal.
//!
//! A long run, at least a million calls on each driver, through libc, personality and driver:
//!
//! ```sh
//! BOXER_CALLS=1000000 cargo test --test suite random_calls
//! ```

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use crate::support::boxes::Project;
use crate::support::guests::guest_for_speed;
use crate::support::kept::{folder, memory, workspace};
use crate::support::process::{check, isolated};

/// Calls in one start of the program.
const CALLS: u64 = 4_000;
/// The same in a long run.
const MANY_CALLS: u64 = 50_000;

/// The same program for this machine.
static NATIVE: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = folder().join("fs_random");
    let source = workspace().join("tests/programs/src/bin/fs_random.rs");
    let mut rustc = isolated("rustc");
    rustc.current_dir(workspace());
    rustc.args(["--edition", "2024", "-O"]).arg(source);
    check(rustc.arg("-o").arg(&program));
    program
});

fn same(lines: &str, place: &str, form: &str) {
    let asked = env::var("BOXER_CALLS").ok();
    let asked: u64 = asked.map_or(0, |calls| calls.parse().expect("a number of calls"));
    let (calls, seeds) = match asked {
        0 => (CALLS, 4),
        _ => (MANY_CALLS, asked.div_ceil(MANY_CALLS)),
    };
    let tmpfs = memory();
    let app = guest_for_speed("fs_random");
    let granted = tmpfs.path().join("granted");
    fs::create_dir(&granted).expect("a folder");
    let lines = lines.replace("{HOST}", &granted.display().to_string());
    let project = Project::new(&format!(
        "[box]\nname = \"test:random\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n{lines}",
        app.display()
    ));
    fs::create_dir_all(project.path("below/a")).expect("a folder");
    fs::write(project.path("below/a/b"), "below\n").expect("a file");
    check(&mut project.boxer(["build", "--form", form, "-o", "box.wasm"]));
    for seed in 0..seeds {
        let (seed, calls) = (seed.to_string(), calls.to_string());
        let natively = tmpfs.path().join("native");
        let expected = check(Command::new(&*NATIVE).arg(natively).args([&seed, &calls])).text();
        let found =
            check(&mut project.run(&project.path("box.wasm"), &[place, &seed, &calls])).text();
        let differs = expected
            .lines()
            .zip(found.lines())
            .position(|(a, b)| a != b);
        if let Some(at) = differs {
            let line = |text: &str| text.lines().nth(at).unwrap_or_default().to_owned();
            panic!(
                "seed {seed}, call {at}: natively\n  {}\nin the box\n  {}",
                line(&expected),
                line(&found)
            );
        }
        assert_eq!(
            expected.lines().count(),
            found.lines().count(),
            "seed {seed}"
        );
    }
}

macro_rules! drivers {
    ($($name:ident: $lines:literal, $place:literal, $form:literal;)*) => {
        $(#[test]
        fn $name() {
            same($lines, $place, $form);
        })*
    };
}

drivers! {
    memfs: "", "/tmp/random", "fused";
    memfs_linked: "", "/tmp/random", "linked";
    overlay: "[kernel]\nvfs = \"boxer:overlay\"\n[files]\n\"/below\" = \"below\"\n", "/below/random", "fused";
    mount: "[kernel]\nvfs = \"boxer:mount\"\n", "/tmp/random", "fused";
    volume: "[kernel]\nvfs = \"boxer:volume\"\n[grants]\nfs = [{ host = \"{HOST}\", guest = \"/v\", mode = \"rw\" }]\n", "/v/random", "fused";
    hostfs: "[kernel]\nvfs = \"boxer:hostfs\"\n[grants]\nfs = [{ host = \"{HOST}\", guest = \"/h\", mode = \"rw\" }]\n", "/h/random", "fused";
}
