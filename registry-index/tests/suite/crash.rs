//! Publishers that are killed, that race, and that run out of disk. Each is a process of
//! its own: this program again, as one of the ignored tests below.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{
    Directory, Index as _, IndexError, Outcome, Publish as _, Query, Store, digest_of,
};

use crate::support::{name, parcel, text};

/// A component of some 60 KiB, so that writing it takes a while; the minor version makes
/// its bytes.
fn large(minor: u64) -> bytes::Bytes {
    let data = format!("{minor:>60000}");
    text(&format!(
        r#"(component (@custom "filler" "{data}")
            (import "acme:log/sink@1.{minor}.0" (instance)))"#
    ))
}

struct Worker {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts an ignored test of this program in a process of its own.
    fn start(test: &str, folder: &Path, argument: &str) -> Self {
        Self::spawn(
            Command::new(env::current_exe().unwrap()),
            test,
            folder,
            argument,
        )
    }

    fn spawn(mut command: Command, test: &str, folder: &Path, argument: &str) -> Self {
        let mut child = command
            .args([
                &*format!("crash::{test}"),
                "--exact",
                "--ignored",
                "--nocapture",
                "--quiet",
            ])
            .env("TEST_FOLDER", folder)
            .env("TEST_ARGUMENT", argument)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// What it says next; none at its end.
    fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(said) = line.trim_end().split_once("SAYS ") {
                return Some(said.1.to_owned());
            }
            line.clear();
        }
        None
    }

    fn rest(mut self) -> Vec<String> {
        let said = std::iter::from_fn(|| self.next()).collect();
        self.child.wait().unwrap();
        said
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "SAYS {what}").unwrap();
    out.flush().unwrap();
}

fn told(variable: &str) -> String {
    env::var(variable).expect("this is a part of another test")
}

fn wait_for(path: &Path) {
    let end = Instant::now() + Duration::from_secs(30);
    while !path.exists() {
        assert!(Instant::now() < end, "nobody made {}", path.display());
        thread::yield_now();
    }
}

#[test]
#[ignore = "a process that other tests start"]
fn publishes_until_killed() {
    let index = Directory::open(told("TEST_FOLDER")).unwrap();
    let first: u64 = told("TEST_ARGUMENT").parse().unwrap();
    for minor in first.. {
        index
            .publish(&parcel("acme:a", &format!("1.{minor}.0"), &large(minor)))
            .unwrap();
        // A package of its own each time, so that the list of names is written as well.
        index
            .publish(&parcel(&format!("acme:p{minor}"), "1.0.0", &large(minor)))
            .unwrap();
        say(&minor.to_string());
    }
}

#[test]
fn killed_at_any_moment_the_index_is_as_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let mut next = 0;
    // Multiplying by a number without common divisors spreads the moments.
    for round in 0..40_u64 {
        let mut worker = Worker::start("publishes_until_killed", folder.path(), &next.to_string());
        let first = worker.next().expect("it publishes at least once");
        thread::sleep(Duration::from_micros(round * 7919 % 20_000));
        worker.child.kill().unwrap();
        let said = worker.rest();
        let done: u64 = said.last().unwrap_or(&first).parse().unwrap();

        let releases = index.releases(&name("acme:a")).unwrap();
        let there = releases.len() as u64;
        assert!(
            (done + 1..=done + 2).contains(&there),
            "{there} versions are there, {} were published, then it was killed",
            done + 1
        );
        for (minor, release) in releases
            .iter()
            .enumerate()
            .skip(usize::try_from(next).unwrap())
        {
            assert_eq!(index.fetch(release).unwrap(), large(minor as u64));
        }
        let found = index.search(&Query::default()).unwrap();
        let packages = found.len() as u64 - 1;
        assert!((done + 1..=there).contains(&packages));
        let list = fs::read_to_string(folder.path().join("names.json")).unwrap();
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let list: BTreeSet<&str> = list["packages"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|name| name.as_str())
            .collect();
        assert!(
            found
                .iter()
                .all(|release| list.contains(release.name.as_str()))
        );
        // One may have died between the two: the next begins with what is missing.
        next = packages;
    }
    // The last publisher clears away what the killed ones left.
    let last = parcel("acme:a", &format!("1.{}.0", next + 1), &large(next));
    index.publish(&last).unwrap();
    index
        .publish(&parcel("acme:last", "1.0.0", &large(next)))
        .unwrap();
    for place in ["blobs/sha256", "packages/acme", "."] {
        for entry in fs::read_dir(folder.path().join(place)).unwrap() {
            let entry = entry.unwrap().file_name();
            assert!(
                !entry.to_string_lossy().starts_with(".new-"),
                "{place}: {entry:?}"
            );
        }
    }
}

#[test]
#[ignore = "a process that other tests start"]
fn publishes_one_version() {
    let folder = told("TEST_FOLDER");
    let index = Directory::open(&folder).unwrap();
    let argument = told("TEST_ARGUMENT");
    let (package, version, minor) = {
        let mut words = argument.split(' ');
        (
            words.next().unwrap(),
            words.next().unwrap(),
            words.next().unwrap(),
        )
    };
    let parcel = parcel(package, version, &large(minor.parse().unwrap()));
    say("ready");
    wait_for(&Path::new(&folder).join("go"));
    match index.publish(&parcel) {
        Ok(Outcome::Published) => say("published"),
        Ok(Outcome::AlreadyThere) => say("was there"),
        Err(error) => say(&error.to_string()),
    }
}

/// Starts these publishers, lets them go at once, and tells how each ended.
fn race(folder: &Path, arguments: &[String]) -> Vec<Vec<String>> {
    let go = folder.join("go");
    let _ = fs::remove_file(&go);
    let mut workers: Vec<Worker> = arguments
        .iter()
        .map(|argument| Worker::start("publishes_one_version", folder, argument))
        .collect();
    for worker in &mut workers {
        assert_eq!(worker.next().as_deref(), Some("ready"));
    }
    fs::write(go, "").unwrap();
    workers.into_iter().map(Worker::rest).collect()
}

#[test]
fn of_two_publishers_of_one_version_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    for round in 0..10 {
        let arguments = [0, 1].map(|minor| format!("acme:a 1.{round}.0 {minor}"));
        let ends = race(folder.path(), &arguments);
        let lost = format!("`acme:a` 1.{round}.0 is published already");
        let winner = ends.iter().position(|end| end == &["published"]).unwrap();
        assert_eq!(ends[1 - winner], [lost]);
        let releases = index.releases(&name("acme:a")).unwrap();
        assert_eq!(releases.len(), round + 1);
        let bytes = index.fetch(releases.last().unwrap()).unwrap();
        assert_eq!(bytes, large(winner as u64));
    }
}

#[test]
fn of_publishers_of_different_packages_all_land() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let arguments: Vec<String> = (0..8).map(|n| format!("acme:p{n} 1.0.0 {n}")).collect();
    let ends = race(folder.path(), &arguments);
    assert!(ends.iter().all(|end| end == &["published"]), "{ends:?}");
    let found = index.search(&Query::default()).unwrap();
    assert_eq!(found.len(), 8);
    let list = fs::read_to_string(folder.path().join("names.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["packages"].as_array().unwrap().len(), 8);
}

#[test]
#[ignore = "a process that other tests start"]
fn publishes_and_fails() {
    let folder = told("TEST_FOLDER");
    let index = match Directory::create(&folder) {
        Ok(index) => index,
        Err(error) => return say(&error.to_string()),
    };
    for minor in 0..100 {
        let parcel = parcel("acme:a", &format!("1.{minor}.0"), &large(minor));
        if let Err(error) = index.publish(&parcel) {
            say(&error.to_string());
            let releases = index.releases(&name("acme:a")).unwrap();
            assert_eq!(releases.len() as u64, minor);
            for release in &releases {
                index.fetch(release).unwrap();
            }
            assert!(matches!(error, IndexError::Io { .. }));
            return say("whole");
        }
    }
    say("never full");
}

#[test]
fn a_full_disk_is_a_clear_error_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let program = env::current_exe().unwrap();
    let inside = folder.path().join("index");
    // A disk of 1 MiB where this user may mount one, and else files of 64 KiB at most.
    let allowed = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .status()
        .is_ok_and(|status| status.success());
    let (mut shell, script, expected) = if allowed {
        let mut shell = Command::new("unshare");
        shell.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        let script = r#"mkdir "$TEST_FOLDER" && mount -t tmpfs -o size=1m none "$TEST_FOLDER" && exec "$0" "$@""#;
        (shell, script, "No space left on device")
    } else {
        let mut shell = Command::new("sh");
        shell.arg("-c");
        (
            shell,
            r#"trap "" XFSZ; ulimit -f 128; exec "$0" "$@""#,
            "File too large",
        )
    };
    shell.arg(script).arg(&program);
    let said = Worker::spawn(shell, "publishes_and_fails", &inside, "").rest();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("cannot write `"), "{said:?}");
    assert!(said[0].contains(expected), "{said:?}");
    assert_eq!(said[1], "whole");
}

#[test]
#[ignore = "a process that other tests start"]
fn uses_a_store() {
    let store = Store::new(told("TEST_FOLDER"));
    let end = Instant::now() + Duration::from_millis(1500);
    let mut turns = 0_u64;
    while Instant::now() < end {
        let bytes = vec![u8::try_from(turns % 7).unwrap(); 1 << 16];
        let digest = digest_of(&bytes);
        let found = store.get_or_fetch(&digest, || Ok::<_, ()>(bytes.clone().into()));
        assert_eq!(found.unwrap(), bytes);
        if turns.is_multiple_of(5) {
            store
                .prune(&registry_index::Prune {
                    now: std::time::SystemTime::now(),
                    unused_for: None,
                    max_bytes: Some(1 << 17),
                    keep: BTreeSet::new(),
                })
                .unwrap();
        }
        turns += 1;
    }
    say(if turns > 20 { "fine" } else { "idle" });
}

#[test]
fn processes_share_a_store_that_one_of_them_prunes() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers: Vec<Worker> = (0..3)
        .map(|_| Worker::start("uses_a_store", folder.path(), ""))
        .collect();
    // Another dies in the middle of it.
    let mut doomed = Worker::start("uses_a_store", folder.path(), "");
    thread::sleep(Duration::from_millis(400));
    doomed.child.kill().unwrap();
    doomed.child.wait().unwrap();
    for worker in workers.drain(..) {
        assert_eq!(worker.rest(), ["fine"]);
    }
    let store = Store::new(folder.path());
    for entry in store.entries().unwrap() {
        assert!(store.get(&entry.digest).unwrap().is_some());
    }
}
