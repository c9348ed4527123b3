//! Scripts that fail: what is on standard error, and the exit status.

mod support;

use support::{node, run, runtime, script};

/// Runs the script and checks its status and the lines that its complaint must have.
/// Node, where it is there, must end with the same status.
fn fails(name: &str, text: &str, status: i32, complaint: &[&str]) {
    let path = script(name, text);
    let run_here = run(runtime(), &path);
    assert_eq!(run_here.status, Some(status), "{name}: {run_here:?}");
    for line in complaint {
        let line = line.replace("SCRIPT", &path.display().to_string());
        assert!(
            run_here.stderr.contains(&line),
            "{name} lacks {line:?}:\n{}",
            run_here.stderr
        );
    }
    if let Some(node) = node() {
        let there = run(node, &path);
        assert_eq!(there.status, Some(status), "Node on {name}: {there:?}");
        assert_eq!(there.stdout, run_here.stdout, "{name}");
    }
}

#[test]
fn uncaught_errors_show_the_place() {
    fails(
        "uncaught",
        "function inner() {\n  throw new TypeError('broken');\n}\ninner();\n",
        1,
        &[
            "SCRIPT:2\n  throw new TypeError('broken');\n",
            "TypeError: broken\n    at inner (SCRIPT:2:",
            "    at SCRIPT:4:",
        ],
    );
}

#[test]
fn properties_of_errors_are_shown() {
    fails(
        "properties",
        "throw Object.assign(new Error('with'), { code: 'E_X', list: [1] });",
        1,
        &["Error: with\n", "{\n  code: 'E_X',\n  list: [ 1 ]\n}"],
    );
}

#[test]
fn what_is_no_error_is_shown_too() {
    fails("primitive", "throw 'just text';", 1, &["just text"]);
    fails("object", "throw { a: 1 };", 1, &["{ a: 1 }"]);
    fails("undefined", "throw undefined;", 1, &["undefined"]);
}

#[test]
fn unhandled_rejections_end_the_program() {
    fails(
        "rejection",
        "process.on('exit', (code) => console.log('exit', code));\nPromise.reject(new Error('nobody cares'));\nsetTimeout(() => console.log('never'), 100);",
        1,
        &["Error: nobody cares"],
    );
    fails(
        "reason",
        "Promise.reject('text');",
        1,
        &["ERR_UNHANDLED_REJECTION", "reason \"text\""],
    );
    fails(
        "async",
        "(async () => { await null; throw new RangeError('late'); })();",
        1,
        &["RangeError: late"],
    );
}

#[test]
fn syntax_errors_name_file_line_and_column() {
    fails(
        "syntax",
        "const fine = 1;\nlet broken = = 2;\n",
        1,
        &[
            "SCRIPT:2\nlet broken = = 2;\n             ^",
            "SyntaxError: Unexpected token '='",
            "SCRIPT:2:14",
        ],
    );
    fails(
        "first-line",
        "let a = ;",
        1,
        &["SCRIPT:1\nlet a = ;\n        ^", "SCRIPT:1:9"],
    );
    fails(
        "unclosed",
        "function f() {\n  if (true) {\n",
        1,
        &["SyntaxError: ", "SCRIPT:2"],
    );
}

#[test]
fn missing_modules_are_named() {
    fails(
        "missing",
        "require('./not-here');",
        1,
        &[
            "Cannot find module './not-here'",
            "Require stack:",
            "code: 'MODULE_NOT_FOUND'",
        ],
    );
}

#[test]
fn exit_statuses_arrive() {
    fails(
        "exit",
        "console.log('before'); process.exit(3); console.log('after');",
        3,
        &[],
    );
    fails(
        "exit-code",
        "process.exitCode = 4; console.log('to the end');",
        4,
        &[],
    );
    fails(
        "exit-handler",
        "process.on('exit', () => { process.exitCode = 9; }); process.exit(2);",
        9,
        &[],
    );
    fails("exit-string", "process.exit('5');", 5, &[]);
    fails(
        "exit-in-handler",
        "process.on('exit', () => process.exit(6));",
        6,
        &[],
    );
    fails("large", "process.exit(256 + 7);", 7, &[]);
}

#[test]
fn endless_recursion_is_an_error() {
    let path = script("recursion", "function f() { return f() + 1; }\nf();");
    let run = run(runtime(), &path);
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr
            .contains("RangeError: Maximum call stack size exceeded"),
        "{}",
        run.stderr
    );
}

#[test]
fn errors_of_timers_and_ticks_are_uncaught() {
    fails(
        "timer",
        "setTimeout(() => { throw new Error('in timer'); }, 1);\nsetTimeout(() => console.log('never'), 50);",
        1,
        &["Error: in timer"],
    );
    fails(
        "tick",
        "process.nextTick(() => { throw new Error('in tick'); });",
        1,
        &["Error: in tick"],
    );
    fails(
        "emitter",
        "new (require('events'))().emit('error', new Error('emitted'));",
        1,
        &["Error: emitted"],
    );
}

#[test]
fn the_main_file_must_exist() {
    let missing = script("exists", "").with_file_name("missing.js");
    let run = run(runtime(), &missing);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("Cannot find module"), "{}", run.stderr);
}
