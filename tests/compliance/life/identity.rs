//! Which module is loaded.

use std::fs;

use crate::harness::{module_under_test, under_test, Server, Under};

#[test]
fn the_module_under_test_is_the_one_that_is_loaded() {
    let server = Server::start();
    let maps = fs::read_to_string(format!("/proc/{}/maps", server.pid())).expect("the server's memory map is readable");
    let mut loaded: Vec<&str> = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .filter(|file| file.ends_with("/msilo.so"))
        .collect();
    loaded.dedup();
    let wanted = fs::canonicalize(module_under_test()).expect("the module exists");
    assert_eq!(loaded, [wanted.to_str().expect("a path in UTF-8")]);
}

#[test]
fn theirs_is_the_module_of_the_server_and_ours_is_not() {
    let system = crate::harness::system_modules().join("msilo.so");
    assert_eq!(module_under_test() == system, under_test() == Under::Theirs);
}
