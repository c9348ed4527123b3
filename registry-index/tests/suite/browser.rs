//! The pages in a browser, on a phone's screen: Debian's Chromium, fetched from the mirror
//! (some 100 MB), so it is asked for by name:
//! `cargo test -p registry-index --features remote,serve -- --ignored browser`. The
//! variable `CHROMIUM` names one that is installed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::pages::filled;

/// The program, and where its libraries are.
fn chromium() -> (PathBuf, OsString) {
    if let Some(program) = std::env::var_os("CHROMIUM") {
        return (program.into(), OsString::new());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chromium");
    let program = folder.join("usr/lib/chromium/chromium");
    if !program.exists() {
        fs::create_dir_all(&folder).unwrap();
        // What would be installed is fetched and unpacked instead.
        let script = "apt-get install -s --no-install-recommends chromium \
            | awk '/^Inst/{print $2}' | xargs apt-get download && \
            for file in *.deb; do dpkg -x \"$file\" . && rm \"$file\"; done";
        let mut shell = Command::new("sh");
        let status = shell.args(["-c", script]).current_dir(&folder).status();
        assert!(status.unwrap().success() && program.exists());
    }
    let libraries = [
        "usr/lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu/pulseaudio",
        "lib/x86_64-linux-gnu",
    ];
    let libraries = libraries.map(|place| folder.join(place).into_os_string());
    (program, libraries.join(":".as_ref()))
}

/// A browser, spoken to through its debugging pipe: JSON, ended by zeros.
/// Source: <https://chromedevtools.github.io/devtools-protocol/>
struct Browser {
    process: Child,
    to: File,
    from: File,
    last: u64,
    session: Option<String>,
    _folder: tempfile::TempDir,
}

impl Browser {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipes = ["to", "from"].map(|name| folder.path().join(name));
        for pipe in &pipes {
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        }
        let (program, libraries) = chromium();
        // It reads from descriptor 3 and writes to 4. Both ends are opened for reading and
        // writing, so that neither side waits for the other.
        let process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<>"$TO" 4<>"$FROM""#])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .env("LD_LIBRARY_PATH", libraries)
            .env("TO", &pipes[0])
            .env("FROM", &pipes[1])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let open = |pipe: &Path| File::options().read(true).write(true).open(pipe).unwrap();
        let mut browser = Self {
            process,
            to: open(&pipes[0]),
            from: open(&pipes[1]),
            last: 0,
            session: None,
            _folder: folder,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", &json!({}));
        let screen = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
        browser.call("Emulation.setDeviceMetricsOverride", &screen);
        browser
    }

    fn message(&mut self) -> Value {
        let mut text = Vec::new();
        let mut byte = [0];
        loop {
            self.from.read_exact(&mut byte).unwrap();
            if byte == [0] {
                return serde_json::from_slice(&text).unwrap();
            }
            text.push(byte[0]);
        }
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").unwrap();
        loop {
            let mut answer = self.message();
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
        }
    }

    fn wait_for(&mut self, event: &str) {
        while self.message()["method"] != event {}
    }

    fn open(&mut self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
        self.wait_for("Page.loadEventFired");
    }

    fn evaluate(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &asked);
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{script}: {answer}"
        );
        answer["result"]["value"].take()
    }

    /// Nothing stands over the edge of the screen, and letters are large enough to read.
    fn fits(&mut self, page: &str) {
        let width = self.evaluate("document.documentElement.scrollWidth");
        assert!(
            width.as_u64().is_some_and(|width| width <= 360),
            "{page} is {width} wide"
        );
        let small = self.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.innerText && parseFloat(getComputedStyle(e).fontSize) < 12).length",
        );
        assert_eq!(small, 0, "{page} has letters too small to read");
        let buttons = self.evaluate(
            "[...document.querySelectorAll('button, input, select, summary')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 30).length",
        );
        assert_eq!(buttons, 0, "{page} has parts too small to touch");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "fetches a browser"]
fn somebody_finds_a_module_on_a_phone() {
    let (_folder, server) = filled();
    let mut browser = Browser::start();
    browser.open(&server.url);
    browser.fits("the first page");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('.results li').length"),
        2
    );
    // By hand: open the details, type an interface, press the button.
    browser.evaluate(
        "document.querySelector('details').open = true;
         document.querySelector('[name=exports]').value = 'boxer:kernel/vfs';
         document.querySelector('button').click()",
    );
    browser.wait_for("Page.loadEventFired");
    browser.fits("the search");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('.results li').length"),
        1
    );
    browser.evaluate("document.querySelector('.results a').click()");
    browser.wait_for("Page.loadEventFired");
    browser.fits("the package");
    let title = browser.evaluate("document.querySelector('h1').innerText");
    assert_eq!(title, "acme:cache 1.1.0");
    let line = browser.evaluate("document.querySelector('.copy').innerText");
    let expected = format!(
        "[kernel]\nvfs = {{ package = \"acme:cache\", version = \"^1.1.0\", registry = \"{}\" }}",
        server.url
    );
    assert_eq!(line, expected.as_str());
    // One touch on the line selects the whole of it.
    assert_eq!(
        browser.evaluate("getComputedStyle(document.querySelector('.copy')).userSelect"),
        "all"
    );
    let drawn =
        browser.evaluate("document.querySelector('svg.wiring').getBoundingClientRect().width");
    assert!(
        drawn
            .as_f64()
            .is_some_and(|width| width > 100.0 && width <= 360.0),
        "{drawn}"
    );
    // The version before has a README, in which nothing runs.
    browser.evaluate("document.querySelector('.versions a').click()");
    browser.wait_for("Page.loadEventFired");
    browser.fits("the version before");
    assert_eq!(
        browser.evaluate("document.querySelector('.readme h1').innerText"),
        "Cache"
    );
    assert_eq!(browser.evaluate("document.scripts.length"), 0);
}
