//! `/proc`: proc(5). A box has one process, of number 1, on one processor.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::machine::Machine;
use super::tree::{Context, What};

const RELEASE: &str = "6.6.0-boxer";
const VERSION: &str = "#1 SMP";
/// What a 32-bit memory can hold, in KiB.
const MEMORY: u64 = 4 << 20;
/// Nanoseconds in a tick of `CLK_TCK`, of which there are 100 a second.
const TICK: u64 = 10_000_000;

/// Paths in `/proc`; parents come first.
pub(super) fn tree<M: Machine>() -> Vec<(&'static str, What<M>)> {
    use What::{Directory, Link, Text};
    let tree: [(&'static str, What<M>); 60] = [
        ("self", Link(|_| "1".into())),
        ("thread-self", Link(|_| "1/task/1".into())),
        ("mounts", Link(|_| "self/mounts".into())),
        ("1", Directory),
        ("1/cmdline", Text(|of| strings(&of.machine.arguments()))),
        ("1/comm", Text(|of| name(of) + "\n")),
        ("1/environ", Text(environ)),
        ("1/exe", Link(|of| executable(of))),
        ("1/cwd", Link(|of| of.machine.directory())),
        ("1/root", Link(|_| "/".into())),
        ("1/fd", Directory),
        ("1/fd/0", Link(|_| "/dev/stdin".into())),
        ("1/fd/1", Link(|_| "/dev/stdout".into())),
        ("1/fd/2", Link(|_| "/dev/stderr".into())),
        ("1/task", Directory),
        ("1/task/1", Directory),
        ("1/task/1/comm", Text(|of| name(of) + "\n")),
        ("1/task/1/stat", Text(stat_of_process)),
        ("1/task/1/status", Text(status)),
        // Wasm has no map of memory that a program could make sense of.
        ("1/maps", Text(|_| String::new())),
        ("1/smaps", Text(|_| String::new())),
        ("1/mounts", Text(|of| of.mounts.into())),
        ("1/mountinfo", Text(mountinfo)),
        ("1/cgroup", Text(|_| "0::/\n".into())),
        ("1/limits", Text(|_| LIMITS.into())),
        ("1/oom_score_adj", Text(|_| "0\n".into())),
        ("1/stat", Text(stat_of_process)),
        ("1/statm", Text(|_| "0 0 0 0 0 0 0\n".into())),
        ("1/status", Text(status)),
        ("cmdline", Text(|_| "\n".into())),
        ("cpuinfo", Text(|_| CPUINFO.into())),
        ("filesystems", Text(|_| FILESYSTEMS.into())),
        ("loadavg", Text(|_| "0.00 0.00 0.00 1/1 1\n".into())),
        ("meminfo", Text(meminfo)),
        ("stat", Text(stat_of_system)),
        ("swaps", Text(|_| SWAPS.into())),
        ("uptime", Text(uptime)),
        (
            "version",
            Text(|_| format!("Linux version {RELEASE} (boxer) {VERSION}\n")),
        ),
        ("sys", Directory),
        ("sys/fs", Directory),
        ("sys/fs/file-max", Text(|_| "1048576\n".into())),
        ("sys/fs/pipe-max-size", Text(|_| "1048576\n".into())),
        ("sys/kernel", Directory),
        ("sys/kernel/cap_last_cap", Text(|_| "40\n".into())),
        ("sys/kernel/domainname", Text(|_| "(none)\n".into())),
        ("sys/kernel/hostname", Text(|_| "localhost\n".into())),
        ("sys/kernel/ngroups_max", Text(|_| "65536\n".into())),
        ("sys/kernel/osrelease", Text(|_| format!("{RELEASE}\n"))),
        ("sys/kernel/ostype", Text(|_| "Linux\n".into())),
        ("sys/kernel/pid_max", Text(|_| "32768\n".into())),
        ("sys/kernel/threads-max", Text(|_| "1\n".into())),
        ("sys/kernel/version", Text(|_| format!("{VERSION}\n"))),
        ("sys/kernel/random", Directory),
        (
            "sys/kernel/random/boot_id",
            Text(|of| format!("{}\n", uuid(of.boot))),
        ),
        ("sys/kernel/random/entropy_avail", Text(|_| "256\n".into())),
        ("sys/kernel/random/poolsize", Text(|_| "256\n".into())),
        (
            "sys/kernel/random/uuid",
            Text(|of| format!("{}\n", uuid(&of.machine.random(16)))),
        ),
        ("sys/vm", Directory),
        ("sys/vm/max_map_count", Text(|_| "65530\n".into())),
        ("sys/vm/overcommit_memory", Text(|_| "0\n".into())),
    ];
    tree.into()
}

/// Strings that end with NUL, one behind the other.
fn strings(strings: &[String]) -> String {
    strings
        .iter()
        .fold(String::new(), |text, string| text + string + "\0")
}

fn environ<M: Machine>(of: &Context<'_, M>) -> String {
    let variables = of.machine.variables().into_iter();
    let variables: Vec<String> = variables.map(|(name, value)| name + "=" + &value).collect();
    strings(&variables)
}

/// The last name of `argv[0]`, cut to the 15 bytes of `TASK_COMM_LEN`.
fn name<M: Machine>(of: &Context<'_, M>) -> String {
    let arguments = of.machine.arguments();
    let program = arguments.first().map_or("", String::as_str);
    let mut name: String = program.rsplit('/').next().unwrap_or("").into();
    name.truncate(name.floor_char_boundary(15));
    name
}

/// `argv[0]` as an absolute path.
fn executable<M: Machine>(of: &Context<'_, M>) -> String {
    let program = of
        .machine
        .arguments()
        .into_iter()
        .next()
        .unwrap_or_default();
    if program.starts_with('/') {
        return program;
    }
    let directory = of.machine.directory();
    format!("{}/{program}", directory.trim_end_matches('/'))
}

fn stat_of_process<M: Machine>(of: &Context<'_, M>) -> String {
    let ticks = of.uptime() / TICK;
    let name = name(of);
    // pid comm state ppid pgrp session tty tpgid flags, four counts of faults, times of
    // user and system and of children, priority nice threads, and zeros.
    format!(
        "1 ({name}) R 0 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 0{}\n",
        " 0".repeat(30)
    )
}

fn status<M: Machine>(of: &Context<'_, M>) -> String {
    let name = name(of);
    format!(
        "Name:\t{name}\nUmask:\t0022\nState:\tR (running)\nTgid:\t1\nNgid:\t0\nPid:\t1\n\
         PPid:\t0\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nGroups:\t0 \n\
         Threads:\t1\nNoNewPrivs:\t1\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\n\
         Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\n\
         nonvoluntary_ctxt_switches:\t0\n"
    )
}

/// `mounts` in the form of proc_pid_mountinfo(5).
fn mountinfo<M: Machine>(of: &Context<'_, M>) -> String {
    let mut text = String::new();
    for (number, line) in (1..).zip(of.mounts.lines()) {
        let mut fields = line.split(' ');
        let mut field = || fields.next().unwrap_or("none");
        let (source, at, kind, options) = (field(), field(), field(), field());
        text += &format!("{number} 0 0:{number} / {at} {options} - {kind} {source} {options}\n");
    }
    text
}

fn meminfo<M: Machine>(_: &Context<'_, M>) -> String {
    format!(
        "MemTotal:       {MEMORY:8} kB\nMemFree:        {MEMORY:8} kB\n\
         MemAvailable:   {MEMORY:8} kB\nBuffers:               0 kB\n\
         Cached:                0 kB\nSwapTotal:             0 kB\n\
         SwapFree:              0 kB\n"
    )
}

fn stat_of_system<M: Machine>(of: &Context<'_, M>) -> String {
    let ticks = of.uptime() / TICK;
    let started = of.started.seconds;
    format!(
        "cpu  {ticks} 0 0 0 0 0 0 0 0 0\ncpu0 {ticks} 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\n\
         btime {started}\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n"
    )
}

fn uptime<M: Machine>(of: &Context<'_, M>) -> String {
    let hundredths = of.uptime() / TICK;
    format!("{}.{:02} 0.00\n", hundredths / 100, hundredths % 100)
}

/// A random UUID, RFC 9562 version 4.
fn uuid(random: &[u8]) -> String {
    let mut bytes = [0; 16];
    let there = random.len().min(16);
    bytes[..there].copy_from_slice(&random[..there]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}

const CPUINFO: &str = "processor\t: 0\nvendor_id\t: wasm\nmodel name\t: WebAssembly\n\
    cpu MHz\t\t: 0.000\ncpu cores\t: 1\nsiblings\t: 1\nflags\t\t:\nbogomips\t: 0.00\n\n";

const FILESYSTEMS: &str = "nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\toverlay\n";

const SWAPS: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units     \n\
Max cpu time              unlimited            unlimited            seconds   \n\
Max file size             unlimited            unlimited            bytes     \n\
Max stack size            unlimited            unlimited            bytes     \n\
Max processes             1                    1                    processes \n\
Max open files            unlimited            unlimited            files     \n\
Max address space         4294967296           4294967296           bytes     \n";
