//! A box on a volume is killed, again and again: what its program synced is there the next
//! time, and everything is in order. The driver alone, at each single write, is in
//! `vfs-component/tests/volume_kill.rs` and `volume_crash.rs`.
//!
//! ```sh
//! BOXER_KILLS=2000 cargo test --test suite volume_kill
//! ```

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::support::boxes::Project;
use crate::support::guests::guest_for_speed;
use crate::support::kept::memory;
use crate::support::process::{check, run};

#[test]
fn what_was_synced_outlives_a_kill() {
    let kills = env::var("BOXER_KILLS").ok();
    let kills: u64 = kills.map_or(25, |kills| kills.parse().expect("a number of kills"));
    let app = guest_for_speed("fs_synced");
    let project = Project::new(&format!(
        "[box]\nname = \"test:synced\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        app.display()
    ));
    // Where `fsync` takes no time, so that more happens between two of them.
    let tmpfs = memory();
    let with = |words: &[&str]| {
        let volume = ["run", "--volume", "state:/state", "--"];
        let mut command = project.boxer([&volume[..], words].concat());
        command.env("BOX_DATA_DIR", tmpfs.path());
        command
    };
    // Compiled before the clock of the first kill begins.
    assert!(
        !run(&mut with(&["check", "/state", "0"]), b"")
            .status
            .success()
    );
    let mut random = 0x9e37_79b9_u64;
    let mut last = None;
    for kill in 0..kills {
        let mut child = with(&["write", "/state"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the box starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        output.read_line(&mut first).expect("it says something");
        let begun = first.trim().parse().ok();
        let reader = std::thread::spawn(move || {
            let numbers = output.lines().map_while(Result::ok);
            numbers.filter_map(|line| line.parse::<u64>().ok()).last()
        });
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(kill);
        sleep(Duration::from_micros((random >> 33) % 20_000));
        let ended = child.try_wait().expect("a state");
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // A line that was cut off is a number that was said before, or none.
        last = reader.join().expect("the reader ends").or(begun).or(last);
        if let Some(said) = last {
            let text = check(&mut with(&["check", "/state", &said.to_string()])).text();
            let there: u64 = text.trim().parse().expect("a number");
            assert!(
                there > said,
                "kill {kill}: {said} was said, {there} are there"
            );
        }
    }
    println!("{kills} kills, {last:?} the last change");
    assert!(
        last >= Some(kills),
        "no more than {last:?} changes in {kills} runs"
    );
}
