//! The table and the tests belong together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::table;

/// A test found in the sources.
struct Found {
    path: String,
    differs: bool,
}

/// Every test of the suite.
fn tests() -> Vec<Found> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compliance");
    let mut found = Vec::new();
    for file in files(&root) {
        let source = fs::read_to_string(&file).expect("a source file is readable");
        let module = file.strip_prefix(&root).expect("a file below the root").with_extension("");
        let module = module.to_string_lossy().replace('/', "::");
        let module = module.strip_suffix("::mod").unwrap_or(&module);
        for item in source.split("\n#[test]\n").skip(1) {
            let name = item.split_once("fn ").and_then(|(_, rest)| rest.split('(').next());
            let body = item.split("\n}\n").next().unwrap_or_default();
            let path = format!("{module}::{}", name.expect("a test is a function"));
            found.push(Found { path, differs: body.contains("    differs(|| ") });
        }
    }
    found
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the directory of the tests is readable").filter_map(Result::ok);
    let (dirs, others): (Vec<PathBuf>, Vec<PathBuf>) =
        entries.map(|entry| entry.path()).partition(|path| path.is_dir());
    let sources = others.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    sources.chain(dirs.iter().flat_map(|dir| files(dir))).collect()
}

/// The paths of all tests in the table.
fn listed() -> Vec<&'static str> {
    table::all().flat_map(|difference| difference.tests.iter().map(|(path, _)| *path)).collect()
}

#[test]
fn every_test_in_the_table_exists_and_says_that_it_differs() {
    let differing: BTreeSet<String> = tests().into_iter().filter(|test| test.differs).map(|test| test.path).collect();
    let listed: BTreeSet<String> = listed().into_iter().map(str::to_owned).collect();
    let missing: Vec<&String> = listed.difference(&differing).collect();
    assert!(missing.is_empty(), "in the table, but no test whose body stands in differs(): {missing:#?}");
    let unlisted: Vec<&String> = differing.difference(&listed).collect();
    assert!(unlisted.is_empty(), "not in the table: {unlisted:#?}");
}

#[test]
fn every_test_of_what_c_does_wrong_is_in_the_table() {
    let listed = listed();
    for test in tests() {
        let about_c = ["fixed::", "config::since_5_8::"].iter().any(|module| test.path.starts_with(module));
        assert!(!about_c || listed.contains(&test.path.as_str()), "{} is not in the table", test.path);
    }
}

#[test]
fn no_test_is_in_the_table_twice() {
    let listed = listed();
    let distinct: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(listed.len(), distinct.len());
}

#[test]
fn every_line_of_the_table_is_complete() {
    for line in table::all() {
        let texts = [line.subject, line.theirs, line.ours, line.why];
        assert!(texts.iter().all(|text| !text.is_empty() && !text.contains(['|', '\n'])), "{}", line.subject);
        assert!(!line.tests.is_empty(), "no test shows: {}", line.subject);
        assert!(line.tests.iter().all(|(_, observed)| observed.len() > 3), "no failure is given: {}", line.subject);
        assert!(line.points.iter().all(|point| (1..=39).contains(point)), "{}", line.subject);
    }
}
