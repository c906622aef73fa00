//! `tests/SENTENCES.md`: the tests it names are there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The rows of the tables: a sentence, and the tests named beside it.
fn rows() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(repository("tests/SENTENCES.md")).expect("tests/SENTENCES.md is readable");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| sentence |"));
    rows.map(|row| {
        let (sentence, tests) = row.trim_end_matches(" |").rsplit_once(" | ").expect("a row has two cells");
        let names = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (sentence.trim_start_matches("| ").to_owned(), names)
    })
    .collect()
}

/// The names of all tests of this suite.
fn tests() -> BTreeSet<String> {
    let own = env::current_exe().expect("the test executable has a path");
    let output = Command::new(own).args(["--list", "--format", "terse"]).output().expect("it lists its tests");
    let text = String::from_utf8(output.stdout).expect("names in UTF-8");
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Whether a unit test, named as `src/file.rs::name`, is in that file.
fn is_in_its_file(name: &str) -> bool {
    name.split_once(".rs::").is_some_and(|(file, test)| {
        let source = fs::read_to_string(repository(&format!("{file}.rs"))).unwrap_or_default();
        source.contains(&format!("#[test]\n    fn {test}()"))
    })
}

#[test]
fn every_test_that_the_table_of_sentences_names_exists() {
    let tests = tests();
    let named = rows().into_iter().flat_map(|(_, names)| names);
    let missing: BTreeSet<String> = named.filter(|name| !tests.contains(name) && !is_in_its_file(name)).collect();
    assert!(missing.is_empty(), "named in tests/SENTENCES.md, but not there: {missing:#?}");
}

#[test]
fn every_sentence_has_a_test() {
    let rows = rows();
    assert!(rows.len() > 90, "only {} sentences were found", rows.len());
    let without: Vec<&String> = rows.iter().filter(|(_, names)| names.is_empty()).map(|(text, _)| text).collect();
    assert!(without.is_empty(), "sentences without a test: {without:#?}");
}
