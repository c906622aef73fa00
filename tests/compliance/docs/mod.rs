//! The documents: what they show runs, what they link to is there, and the manual page is made of them.

use std::fs;
use std::path::PathBuf;

mod first_config;
mod links;
mod manual;
mod roff;

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A document of the repository.
fn document(name: &str) -> String {
    let file = root().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The first block of code below that heading.
fn code_below<'t>(text: &'t str, heading: &str) -> &'t str {
    let below = text.split_once(&format!("\n{heading}\n")).map(|(_, below)| below);
    let block = below.and_then(|below| below.split("```").nth(1)).and_then(|block| block.split_once('\n'));
    block.unwrap_or_else(|| panic!("there is no code below {heading:?}")).1
}

#[test]
fn the_readme_fits_on_a_few_screens() {
    let lines = document("README.md").lines().count();
    assert!(lines <= 200, "README.md has {lines} lines; what is more than 200 belongs into docs/");
}
