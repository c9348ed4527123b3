//! Programs from crates.io, unmodified: what they print, whether they succeed and
//! what they leave is the same natively and in a box.

use crate::support::compare::{compare, fails, succeeds};
use crate::support::programs::{BROTLI, COREUTILS, GRASS, JSONXF, NOMINO, RIPGREP};

/// Walks directories.
#[test]
fn ripgrep() {
    compare(
        &RIPGREP.build(),
        &[
            succeeds(["--sort", "path", "needle", "."]),
            succeeds([
                "--sort",
                "path",
                "-n",
                "--hidden",
                "--no-ignore",
                "needle",
                ".",
            ]),
            succeeds(["--count", "needle", "."]).any_order(),
            succeeds(["--files", "--sort", "path"]),
            succeeds(["--files", "--hidden", "--no-ignore", "-g", "!*.jpg"]).any_order(),
            succeeds([
                "-i",
                "-C1",
                "--heading",
                // Threads print in the order in which they end.
                "-j1",
                "-n",
                "NEEDLE",
                "notes/todo.txt",
                "crlf.txt",
            ]),
            succeeds(["--multiline", "buy.*\\n.*needle", "notes"]),
            succeeds(["-c", "--text", "\\x00\\x01", "bin.dat"]),
            succeeds(["--mmap", "-b", "line 1999\\d ", "big.txt"]),
            succeeds(["-w", "pin|needle", "-r", "[$0]", "-"]).stdin("a needle\nneedles\na pin\n"),
            fails(["nowhere to be found", "."]),
            fails(["needle", "missing.txt"]),
            fails(["(", "notes"]),
        ],
    );
}

/// Lists, reads, writes, links, renames and removes.
#[test]
fn coreutils() {
    compare(
        &COREUTILS.build(),
        &[
            succeeds(["ls"]),
            succeeds(["ls", "-1aFR"]),
            fails(["ls", "missing"]),
            succeeds(["cat", "-n", "notes/todo.txt", "-", "empty.txt"]).stdin("from stdin\n"),
            succeeds(["cat", "-A", "crlf.txt", "ümlaut/ñame with space.txt"]),
            fails(["cat", "notes", "crlf.txt"]),
            succeeds([
                "wc",
                "-lwcmL",
                "big.txt",
                "bin.dat",
                "ümlaut/ñame with space.txt",
            ]),
            succeeds(["head", "-c", "-100000", "big.txt"]),
            succeeds(["od", "-A", "x", "-t", "x1z", "-N", "64", "bin.dat"]),
            succeeds(["tr", "a-z", "A-Z"]).stdin("shout\n"),
            succeeds(["cp", "-v", "crlf.txt", "copy.txt"]),
            succeeds(["cp", "-r", "notes", "src", "photos"]),
            succeeds(["cp", "-rs", "style", "links"]),
            succeeds(["cp", "-rl", "style", "hard"]),
            fails(["cp", "notes", "x"]),
            fails(["cp", "-r", "notes", "notes/deep"]),
            fails(["cp", "crlf.txt", "crlf.txt"]),
            succeeds(["mv", "-v", "notes", "renamed"]),
            succeeds(["mv", "-v", "crlf.txt", "photos/IMG_1.jpg"]),
            succeeds(["mv", "-b", "crlf.txt", "empty.txt"]),
            fails(["mv", "notes", "notes/deep"]),
            fails(["mv", "crlf.txt", "notes", "empty.txt"]),
            succeeds(["ln", "-sv", "notes/todo.txt", "link"]),
            succeeds(["ln", "-v", "crlf.txt", "photos/hard"]),
            fails(["ln", "-s", "crlf.txt", "big.txt"]),
            fails(["readlink", "crlf.txt"]),
            succeeds(["mkdir", "-pv", "a/b/c", "empty/d"]),
            fails(["mkdir", "notes"]),
            succeeds(["rm", "-rv", "photos", "notes"]).any_order(),
            fails(["rm", "notes"]),
            succeeds(["rmdir", "-v", "empty"]),
            fails(["rmdir", "style"]),
            succeeds(["tee", "-a", "crlf.txt", "new.txt"]).stdin("teed\n"),
            fails(["tee", "missing/x"]).stdin("teed\n"),
            succeeds(["truncate", "-s", "+100", "crlf.txt", "new.bin"]),
            succeeds(["split", "--verbose", "-l", "3000", "-d", "big.txt", "part-"]),
            fails(["no-such-utility"]),
        ],
    );
}

/// Reads a file for each `@use`, writes one.
#[test]
fn grass() {
    compare(
        &GRASS.build(),
        &[
            succeeds(["style/main.scss"]),
            succeeds(["--style", "compressed", "style/main.scss", "style/main.css"]),
            succeeds(["-I", "style/parts", "--stdin"]).stdin("@import 'list'; .a { .b { c: d } }"),
            fails(["style/bad.scss"]),
            fails(["missing.scss"]),
            fails(["style"]),
            fails(["--no-such-option"]),
        ],
    );
}

/// Walks directories and renames what it finds.
#[test]
fn nomino() {
    compare(
        &NOMINO.build(),
        &[
            succeeds(["-d", "photos", "-r", r"IMG_(\d+)\.jpg", "photo-{:3}.jpg"]),
            succeeds([
                "--test",
                "-d",
                "photos",
                "-r",
                r"IMG_(\d+)\.jpg",
                "photo-{:3}.jpg",
            ]),
            succeeds(["-d", "photos", "--sort", "desc", "{:2}"]),
            succeeds([
                "--mkdir",
                "-d",
                "photos",
                "-r",
                r"IMG_(\d)(\d)?\.jpg",
                "{1}/{2}/x.jpg",
            ]),
            succeeds(["--generate", "map.json", "-r", r"(.*)\.txt", "{}.md"]),
            fails(["-d", "missing", "--sort", "asc", "{}"]),
            fails(["-r", "("]),
        ],
    );
}

/// Formats.
#[test]
fn jsonxf() {
    compare(
        &JSONXF.build(),
        &[
            succeeds(["-i", "data.json"]),
            succeeds(["--minimize", "-i", "data.json", "-o", "min.json"]),
            succeeds(["-t", "\t"]).stdin("[1,{\"a\":[2,3]}]"),
            fails(["-i", "missing.json"]),
            fails(["-i", "data.json", "-o", "no/such/folder.json"]),
            fails(["-i", "notes"]),
        ],
    );
}

/// Reads and writes binary data.
#[test]
fn brotli() {
    compare(
        &BROTLI.build(),
        &[
            succeeds(["-c", "-q9", "big.txt", "big.br"]),
            succeeds(["-c", "-q5", "-w20"]).stdin("abc".repeat(1000)),
            // "Hello, world!\n" in one uncompressed meta-block, RFC 7932 section 9.2.
            succeeds([]).stdin(b"\x8b\x06\x80Hello, world!\n\x03"),
        ],
    );
}
