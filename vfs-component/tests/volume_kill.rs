//! A process that changes a volume in a file is killed, again and again, and what the next one
//! finds is held against what the calls that had returned must have left.
//!
//! `BOXER_KILLS=5000` makes it so many.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Tree;
use common::storage::{FileStorage, Recorder};
use common::volume::{NARROW, Numbers, change, everything};
use vfs_component::volume::{self, Storage, WriteBack};
use vfs_component::{Time, Volume};

/// Calls and some more in the life of a process, unless it is killed before.
const CHANGES: usize = 40;
/// The volume of the process that is to be killed, and what its calls are drawn from.
const VOLUME: &str = "BOXER_KILL_VOLUME";
const SEED: &str = "BOXER_KILL_SEED";

/// Makes the changes of a seed. `told` is told after each call how many there were and what
/// there is now, and whether all of that was synced. To look takes time by the tests' clock, so each process does it.
fn live<D: Storage>(
    storage: D,
    seed: u64,
    mut told: impl FnMut(usize, BTreeMap<String, String>, bool),
) -> Result<(), vfs_component::Errno> {
    let volume = Volume::open(storage, Time::default())?;
    // A log that is begun anew every now and then; everything else as it is in a box.
    let mut tree = Tree::new(volume.with_thresholds(NARROW).with_write_back(mode(seed)));
    let (mut numbers, mut calls) = (Numbers(seed), 0);
    told(0, everything(&mut tree), false);
    for _ in 0..CHANGES {
        change(&mut tree, &mut numbers, &mut |tree| {
            calls += 1;
            told(calls, everything(tree), false);
        });
        if numbers.below(8) == 0 {
            tree.vfs.filesystem_mut().commit(true)?;
            calls += 1;
            told(calls, everything(&mut tree), true);
        }
    }
    Ok(())
}

/// Most processes write through; of those that don't only what was synced has to be there.
fn mode(seed: u64) -> WriteBack {
    if seed % 4 == 3 {
        WriteBack::Late
    } else {
        WriteBack::Always
    }
}

#[test]
#[ignore = "it is the process that the other test kills"]
fn the_process_that_is_killed() {
    let path = env::var_os(VOLUME).expect("a volume from the other test");
    let seed: u64 = env::var(SEED).unwrap().parse().unwrap();
    let mut out = std::io::stdout().lock();
    live(FileStorage::open(Path::new(&path)), seed, |calls, _, _| {
        writeln!(out, "did {calls}").unwrap();
        out.flush().unwrap();
    })
    .unwrap();
    // The end is no different from being killed: nothing is closed.
    std::process::exit(0);
}

/// Lets a process live until it has told of `calls` calls and some time, and kills it. How
/// many calls it told of.
fn kill(path: &Path, seed: u64, calls: usize, more: Duration) -> usize {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "the_process_that_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(VOLUME, path)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = None;
    let mut take = |line: String| {
        if let Some((_, number)) = line.rsplit_once("did ") {
            told = Some(number.parse::<usize>().unwrap());
        }
        told
    };
    for line in &mut lines {
        if take(line.unwrap()).is_some_and(|told| told >= calls) {
            break;
        }
    }
    let until = Instant::now() + more;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        take(line.unwrap());
    }
    told.expect("a process that opens the volume")
}

#[test]
fn a_volume_outlives_kill_9() {
    let kills = env::var("BOXER_KILLS").ok();
    let kills: u64 = kills.map_or(40, |kills| kills.parse().expect("a number of kills"));
    // A process that dies leaves all to the host, so a disk would only take time.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        memory.into()
    } else {
        env::temp_dir()
    };
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("volume.img");
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut cut_short = 0;
    for seed in 1..=kills {
        let start = fs::read(&path).unwrap_or_default();
        let last = numbers.below(CHANGES * 2);
        let more = Duration::from_micros(numbers.below(400) as u64);
        let told = kill(&path, seed, last, more);

        // What there was after each call, and whether a sync had ended just then.
        let mut states = Vec::new();
        live(Recorder::with(start), seed, |_, state, synced| {
            states.push((state, synced));
        })
        .unwrap();
        let oldest = match mode(seed) {
            WriteBack::Late => {
                let synced = states[..=told].iter().rposition(|(_, synced)| *synced);
                synced.unwrap_or(0)
            }
            _ => told,
        };
        let left = fs::read(&path).unwrap();
        let report = volume::check(Recorder::with(left.clone())).unwrap();
        assert_eq!(report.damaged, [], "seed {seed}, killed after {told} calls");
        let volume = Volume::open(Recorder::with(left), Time::default()).unwrap();
        let found = everything(&mut Tree::new(volume));
        let at = states[oldest..]
            .iter()
            .position(|(state, _)| *state == found);
        assert!(at.is_some(), "seed {seed}, killed after {told} calls");
        cut_short += u64::from(told + 1 < states.len());
    }
    // Else it would say nothing. How many there are is the scheduler's business.
    assert!(cut_short > 0, "none of {kills} was cut short");
}
