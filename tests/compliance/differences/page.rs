//! The table as `docs/differences.md` shows it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::{table, Difference};

const BEGIN: &str = "<!-- differences:begin -->\n";
const END: &str = "<!-- differences:end -->";

/// How many tests of a line are named.
const NAMED: usize = 3;

/// The table in Markdown.
fn markdown() -> String {
    let mut text = "| behaviour | C module | this module | why | shown by |\n|---|---|---|---|---|\n".to_owned();
    for line in table::all() {
        let Difference { subject, theirs, ours, why, .. } = line;
        text.push_str(&format!("| {subject} | {theirs} | {ours} | {why} | {} |\n", tests(line)));
    }
    text
}

/// Where the tests of a module are, below the suite's own folder.
fn file_of(module: &str) -> String {
    let path = module.replace("::", "/");
    let is_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compliance").join(&path).is_dir();
    path + if is_folder { "/mod.rs" } else { ".rs" }
}

/// Links to the tests of a line, by their names; where they are many, to the files they are in.
fn tests(line: &Difference) -> String {
    let paths = line.tests.iter().filter_map(|(path, _)| path.rsplit_once("::"));
    let link = |text: &str, module: &str| format!("[{text}](../tests/compliance/{})", file_of(module));
    if line.tests.len() <= NAMED {
        let links: Vec<String> = paths.map(|(module, name)| link(&name.replace('_', " "), module)).collect();
        return links.join(", ");
    }
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    paths.for_each(|(module, _)| *files.entry(module).or_default() += 1);
    let links: Vec<String> =
        files.iter().map(|(module, count)| link(&format!("{count} in {module}"), module)).collect();
    links.join(", ")
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/differences.md")
}

#[test]
fn the_document_shows_the_table() {
    let text = fs::read_to_string(file()).expect("docs/differences.md is readable");
    let parts = text.split_once(BEGIN).and_then(|(above, rest)| Some((above, rest.split_once(END)?)));
    let Some((above, (shown, below))) = parts else {
        panic!("docs/differences.md has no {BEGIN:?} ... {END:?}");
    };
    let wanted = markdown();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(file(), format!("{above}{BEGIN}{wanted}{END}{below}")).expect("docs/differences.md can be written");
    } else {
        let missing = wanted.lines().find(|line| !shown.lines().any(|have| have == *line));
        assert!(
            shown == wanted,
            "docs/differences.md shows another table, UPDATE_DOCS=1 writes this one; it lacks {missing:?}"
        );
    }
}
