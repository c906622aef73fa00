//! What `tests/matrix/failures.sh` shows of a suite that failed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The output of a test executable with two failures, one of them with a server's log and a SIP exchange.
fn output() -> String {
    let mut log = String::from(
        "running 3 tests\ntest store::one ... ok\ntest store::two ... FAILED\ntest unit::three ... FAILED\n\nfailures:\n\n\
         ---- store::two stdout ----\n\nthread 'store::two' (7) panicked at tests/compliance/store.rs:9:5:\n\
         assertion `left == right` failed: the reply\n  left: 404\n right: 202\nstack backtrace:\n   0: frame\n\n\
         === state of the server\nmsilo:stored_messages = 7\n\n=== log of the server\n",
    );
    for line in 1..=100 {
        let _ = writeln!(log, " 1(42) INFO: line {line} of the log");
    }
    log += "\n=== SIP exchange\n";
    for line in 1..=40 {
        let _ = writeln!(log, "> line {line} of the exchange {}", "x".repeat(400));
    }
    log + "\n---- unit::three stdout ----\n\nthread 'unit::three' (8) panicked at src/a.rs:1:1:\nnot three\n\
           note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\n\
           failures:\n    store::two\n    unit::three\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored;\n"
}

fn shown(log: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix/failures.sh");
    let output = Command::new("bash").arg(script).arg(log).output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn of_each_failure_the_assertion_and_the_last_lines_are_shown_and_where_the_rest_is() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let log = dir.path().join("here-ours.log");
    fs::write(&log, output()).expect("it can be written");
    let shown = shown(&log);
    assert!(shown.starts_with("failed:\n  store::two\n  unit::three\n\nFAILED store::two\n"), "{shown}");
    let has = |line: &str| shown.lines().any(|found| found.trim_start() == line);
    for line in [
        "assertion `left == right` failed: the reply",
        "left: 404",
        "right: 202",
        "msilo:stored_messages = 7",
        "not three",
    ] {
        assert!(has(line), "{line} is missing in:\n{shown}");
    }
    assert!(has("1(42) INFO: line 71 of the log") && has("1(42) INFO: line 100 of the log"), "{shown}");
    assert!(!has("1(42) INFO: line 70 of the log") && !shown.contains("0: frame") && !shown.contains("note: run"));
    assert!(shown.contains("> line 11 of the exchange x") && !shown.contains("> line 10 of the exchange"));
    assert!(shown.lines().all(|line| line.len() < 320), "{shown}");
    let full = fs::read_to_string(dir.path().join("here-ours.failures/store-two.txt")).expect("it is there");
    assert!(full.contains("line 1 of the log") && full.contains("0: frame") && full.contains(&"x".repeat(400)));
}

#[test]
fn of_what_did_not_come_to_its_tests_the_end_is_shown() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let log = dir.path().join("here-ours.log");
    fs::write(&log, "error[E0308]: mismatched types\n").expect("it can be written");
    let shown = shown(&log);
    assert!(shown.starts_with("error[E0308]: mismatched types\n"), "{shown}");
    assert!(shown.contains(&format!("the whole output: {}", log.display())), "{shown}");
}
