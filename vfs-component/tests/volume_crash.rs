//! Crashes of a volume: after any write, with any part of what was not synced lost.
//!
//! `BOXER_CRASHES=100000` makes it so many crashes.

mod common;

use common::Tree;
use common::storage::Recorder;
use common::volume::{NARROW, Numbers, change, everything};
use vfs_component::volume::{self, Thresholds, WriteBack};
use vfs_component::{Time, Volume};

type Box = Tree<Volume<Recorder>>;

fn open(storage: Recorder) -> Box {
    Tree::new(Volume::open(storage, Time::default()).unwrap())
}

fn sync(tree: &mut Box) {
    tree.vfs.filesystem_mut().commit(true).unwrap();
}

fn crashes() -> usize {
    let crashes = std::env::var("BOXER_CRASHES").ok();
    crashes.map_or(3_000, |crashes| {
        crashes.parse().expect("a number of crashes")
    })
}

/// Runs many changes with a sync here and there, crashes after any write with any part of
/// what was not synced lost, and holds what is found then against what was there.
fn crash_anywhere(
    seed: u64,
    crashes: usize,
    start: Vec<u8>,
    write_back: WriteBack,
    thresholds: Thresholds,
) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let storage = Recorder::with(start);
    let volume = Volume::open(storage.clone(), Time::default()).unwrap();
    let volume = volume
        .with_write_back(write_back)
        .with_thresholds(thresholds);
    let mut tree = Tree::new(volume);
    // After so many events there was this; whether a sync had just ended.
    let mut states = vec![(storage.events(), everything(&mut tree), false)];
    for _ in 0..150 {
        change(&mut tree, &mut numbers, &mut |tree| {
            states.push((storage.events(), everything(tree), false));
        });
        if numbers.below(6) == 0 {
            sync(&mut tree);
            states.push((storage.events(), everything(&mut tree), true));
        }
    }
    let first = states[0].0;
    let mut left = Vec::new();
    for _ in 0..crashes {
        let events = first + numbers.below(storage.events() - first + 1);
        let killed = numbers.below(4) == 0;
        left = if killed {
            storage.killed(events)
        } else {
            storage.crashed(events, &mut |end| numbers.below(end))
        };
        let ended = states.iter().take_while(|(at, ..)| *at <= events).count();
        let oldest = states[..ended]
            .iter()
            .rposition(|(.., synced)| *synced)
            .unwrap_or(0);
        let newest = ended.min(states.len() - 1);
        let told = format!("after {events} events, seed {seed}, {write_back:?}, killed: {killed}");
        let report = volume::check(Recorder::with(left.clone()));
        let report = report.unwrap_or_else(|errno| panic!("{errno:?} {told}"));
        assert_eq!(report.damaged, [], "{told}");
        let found = everything(&mut open(Recorder::with(left.clone())));
        let known = |oldest: usize| {
            let mut states = states[oldest..=newest].iter();
            states.any(|(_, state, _)| *state == found)
        };
        assert!(known(oldest), "{told}");
        // The host keeps what a killed process has written.
        match write_back {
            // All calls that have ended.
            WriteBack::Always if killed => assert!(known(ended - 1), "{told}"),
            // All calls that ended before the last write.
            WriteBack::Soon if killed => {
                let before = states[..ended].iter().rposition(|(at, ..)| *at < events);
                let oldest = before.map_or(0, |before| before.saturating_sub(1));
                assert!(known(oldest), "{told}");
            }
            _ => {}
        }
    }
    left
}

#[test]
fn a_crash_at_any_write_leaves_a_state_that_was_there() {
    let (each, rounds) = (50, 4);
    for run in 0..crashes().div_ceil(each * rounds) {
        let seed = 0x9e37_79b9_7f4a_7c15 ^ (run as u64 + 1) << 20;
        let write_back = [WriteBack::Always, WriteBack::Soon, WriteBack::Late][run % 3];
        let thresholds = [NARROW, Thresholds::default()][run / 3 % 2];
        let mut left = Vec::new();
        // What a crash left is where the next run starts.
        for round in 0..rounds as u64 {
            left = crash_anywhere(seed + round, each, left, write_back, thresholds);
        }
    }
}
