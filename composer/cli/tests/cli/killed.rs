//! Publishers that are killed with `SIGKILL` at any moment, and that race.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Ended, Place, sink};

/// A component of some 200 KiB, so that writing it takes a while; the number makes its bytes.
fn large(number: usize) -> Vec<u8> {
    let mut bytes = sink(&["put"], &[]);
    let filler = format!("{number}{}", "x".repeat(200_000));
    // A custom section: id 0, its size, the size of its name, its name (LEB128).
    let size = filler.len() + 2;
    bytes.extend([
        0,
        (size & 0x7f | 0x80) as u8,
        (size >> 7 & 0x7f | 0x80) as u8,
        (size >> 14) as u8,
    ]);
    bytes.extend(b"\x01f");
    bytes.extend(filler.as_bytes());
    bytes
}

fn versions(place: &Place, name: &str) -> Vec<String> {
    let info = place.run(&["info", name, "--registry", "index", "--json"]);
    if info.status != 0 {
        return Vec::new();
    }
    let info: Value = serde_json::from_str(&info.stdout).unwrap();
    let versions = info["versions"].as_array().unwrap().iter();
    versions
        .map(|one| one["version"].as_str().unwrap().to_owned())
        .collect()
}

fn pull(place: &Place, id: &str) -> Ended {
    place.run(&["-q", "pull", id, "--registry", "index", "-o", "got.wasm"])
}

/// How many publishers are killed: `KILLED_PUBLISHERS`, by default few.
fn rounds() -> usize {
    let said = std::env::var("KILLED_PUBLISHERS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(30)
}

#[test]
fn a_killed_publisher_leaves_all_or_nothing() {
    let place = Place::new();
    place.run(&["-q", "index", "init", "index"]).succeeds();
    for round in 0..rounds() {
        let file = format!("{round}.wasm");
        place.write(&file, large(round));
        let id = format!("acme:log@1.{round}.0");
        let mut child = place
            .command(&["-q", "publish", &file, "--as", &id, "--registry", "index"])
            .spawn()
            .unwrap();
        // From before it began to after it ended, in steps that grow.
        thread::sleep(Duration::from_micros((round * round * 150) as u64));
        let _ = child.kill();
        child.wait().unwrap();

        let exact = format!("acme:log@=1.{round}.0");
        if versions(&place, "acme:log").contains(&format!("1.{round}.0")) {
            pull(&place, &exact).succeeds();
            assert_eq!(
                fs::read(place.path().join("got.wasm")).unwrap(),
                large(round)
            );
        }
        // Nobody is in the way of the next one, of the same version or of another.
        place.publish(&file, &id, &["-q"]).well();
        pull(&place, &exact).succeeds();
        fs::remove_file(place.path().join(&file)).unwrap();
    }
    assert_eq!(versions(&place, "acme:log").len(), rounds());
}

#[test]
fn of_two_publishers_of_a_version_one_wins() {
    let place = Place::new();
    place.run(&["-q", "index", "init", "index"]).succeeds();
    for round in 0..4 {
        let id = format!("acme:log@{}.0.0", round + 1);
        let racers: Vec<_> = (0..4)
            .map(|racer| {
                let file = format!("{racer}.wasm");
                place.write(&file, large(round * 10 + racer));
                let mut command =
                    place.command(&["publish", &file, "--as", &id, "--registry", "index"]);
                command.spawn().unwrap()
            })
            .collect();
        let ended: Vec<Ended> = racers
            .into_iter()
            .map(|racer| place.end(&racer.wait_with_output().unwrap()))
            .collect();
        let winners: Vec<usize> = (0..4).filter(|racer| ended[*racer].status == 0).collect();
        assert_eq!(winners.len(), 1, "{ended:#?}");
        for loser in ended.iter().filter(|one| one.status != 0) {
            assert!(
                loser.fails(1).contains("is published already"),
                "{loser:#?}"
            );
        }
        pull(&place, &format!("acme:log@={}.0.0", round + 1)).succeeds();
        let got = fs::read(place.path().join("got.wasm")).unwrap();
        assert_eq!(got, large(round * 10 + winners[0]));
    }
}

#[test]
fn publishers_of_different_packages_all_land_and_share_a_store() {
    let place = Place::new();
    place.run(&["-q", "index", "init", "index"]).succeeds();
    let names: Vec<String> = (0..8).map(|number| format!("acme:p{number}")).collect();
    let racers: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let file = format!("{number}.wasm");
            place.write(&file, large(number));
            let id = format!("{name}@1.0.0");
            let mut command =
                place.command(&["-q", "publish", &file, "--as", &id, "--registry", "index"]);
            command.spawn().unwrap()
        })
        .collect();
    for racer in racers {
        place.end(&racer.wait_with_output().unwrap()).succeeds();
    }
    // All fetch all at once into one cache, while others throw it away.
    let mut readers = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for copy in 0..2 {
            let out = format!("got-{number}-{copy}.wasm");
            let mut command =
                place.command(&["-q", "pull", name, "--registry", "index", "-o", &out]);
            readers.push((number, out, command.spawn().unwrap()));
        }
        place
            .run(&["-q", "cache", "prune", "--max-size", "0"])
            .succeeds();
    }
    for (number, out, reader) in readers {
        place.end(&reader.wait_with_output().unwrap()).succeeds();
        assert_eq!(fs::read(place.path().join(out)).unwrap(), large(number));
    }
    let found = place.run(&["search", "--registry", "index", "--json"]);
    let found: Value = serde_json::from_str(found.succeeds()).unwrap();
    assert_eq!(found.as_array().unwrap().len(), names.len());
}
