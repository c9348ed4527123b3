//! What reaches the user, and how: results on standard output, everything else on
//! standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::ColorChoice;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use serde::Serialize;

use crate::args::{Color, Global};

/// Work that ends sooner than this is not worth a line.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// How wide messages are where there is no terminal to ask.
const WIDTH: usize = 100;

/// All lines that move, so that none is drawn over another.
static LINES: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Where messages go, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    verbose: bool,
    quiet: bool,
    color: bool,
    /// Whether standard error is one.
    interactive: bool,
}

impl Terminal {
    /// As the flags and the environment say.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let interactive = io::stderr().is_terminal();
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: "when present and not an empty string".
            Color::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                interactive
                    && !set("NO_COLOR")
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self {
            verbose: global.verbose,
            quiet: global.quiet,
            color,
            interactive,
        }
    }

    /// What clap is to do with its own messages.
    #[must_use]
    pub fn choice(color: Color) -> ColorChoice {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }

    /// Writes a result to standard output.
    ///
    /// # Errors
    ///
    /// Those of `write(2)`; `EPIPE` where the reader has gone.
    pub fn print(self, text: impl Display) -> io::Result<()> {
        let mut out = io::stdout().lock();
        write!(out, "{text}")?;
        out.flush()
    }

    /// Writes a result as it is to standard output.
    ///
    /// # Errors
    ///
    /// As [`Terminal::print`].
    pub fn print_bytes(self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Writes a result for programs to standard output.
    ///
    /// # Errors
    ///
    /// As [`Terminal::print`].
    pub fn print_json(self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.print(text + "\n")
    }

    /// Whether more is to be said.
    #[must_use]
    pub fn is_verbose(self) -> bool {
        self.verbose
    }

    /// Whether somebody watches who wants to see lines that move.
    #[must_use]
    pub fn is_watched(self) -> bool {
        self.interactive && !self.quiet
    }

    /// Whether only errors are to be said.
    #[must_use]
    pub fn is_quiet(self) -> bool {
        self.quiet
    }

    /// The same for work that is nobody's business: only errors are said.
    #[must_use]
    pub fn silenced(self) -> Self {
        Self {
            verbose: false,
            quiet: true,
            ..self
        }
    }

    /// Says what was done.
    pub fn status(self, text: impl Display) {
        if !self.quiet {
            say(text);
        }
    }

    /// Says what only the curious want to know.
    pub fn detail(self, text: impl Display) {
        if self.verbose {
            say(text);
        }
    }

    /// Shows a warning or an error. A warning is not shown when quiet.
    pub fn report(self, diagnostic: &dyn Diagnostic) {
        let warning =
            matches!(diagnostic.severity(), Some(severity) if severity != miette::Severity::Error);
        if !(warning && self.quiet) {
            say(self.render(diagnostic).trim_end());
        }
    }

    fn render(self, diagnostic: &dyn Diagnostic) -> String {
        let theme = GraphicalTheme {
            characters: ThemeCharacters::unicode(),
            styles: if self.color {
                ThemeStyles::ansi()
            } else {
                ThemeStyles::none()
            },
        };
        let width = if self.interactive {
            console_width().unwrap_or(WIDTH).clamp(40, 120)
        } else {
            WIDTH
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(width);
        let mut text = String::new();
        match handler.render_report(&mut text, diagnostic) {
            Ok(()) => text,
            // A label outside its text is no reason to say nothing.
            Err(_) => diagnostic.to_string(),
        }
    }

    /// Shows that work is going on, once it has taken a second, if somebody is watching.
    #[must_use]
    pub fn progress(self, what: impl Into<String>) -> Progress {
        if !self.is_watched() {
            return Progress { work: None };
        }
        let what = what.into();
        let (done, waiting) = mpsc::channel::<()>();
        let shown = thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = LINES.add(ProgressBar::new_spinner().with_style(style));
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(100));
            let _ = waiting.recv();
            bar.finish_and_clear();
        });
        Progress {
            work: Some((done, shown)),
        }
    }
}

/// A line that shows how much of `total` bytes is there; below those that are shown already.
#[must_use]
pub fn transfer_bar(what: &str, total: u64) -> ProgressBar {
    let style = "{msg} {wide_bar} {bytes}/{total_bytes} ({bytes_per_sec}, {eta} left)";
    let style = ProgressStyle::with_template(style);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = LINES.add(ProgressBar::new(total).with_style(style));
    bar.set_message(what.to_owned());
    bar
}

/// Work that is going on; it ends when this is dropped.
pub struct Progress {
    work: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, shown)) = self.work.take() {
            drop(done);
            // Waits until the line is cleared, so that nothing is written over it.
            let _ = shown.join();
        }
    }
}

fn console_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0))
}

/// Standard error may be closed; then nobody wants to know.
fn say(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A size for people: three digits and a unit of 1,024.
#[must_use]
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut scaled = size as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{size} B"),
        _ if scaled < 9.95 => format!("{scaled:.1} {}", UNITS[unit]),
        _ => format!("{scaled:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_three_digits() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KiB"),
            (10_188, "9.9 KiB"),
            (10_200, "10 KiB"),
            (1_022_000, "998 KiB"),
            (1_023_999, "1.0 MiB"),
            (u64::MAX, "17179869184 GiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }
}
