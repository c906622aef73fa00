//! What a build says of a server, a processor or a C library that msilo cannot be built for.

use std::path::Path;

use crate::server::Server;
use crate::support::{check, untested, Target};

fn server(number: &str, cpu: &str) -> Server {
    let image = format!("kamailio {number} ({cpu}/linux)\0USE_TCP, USE_TLS, SHM_MMAP\0");
    Server::of(Path::new("/nowhere"), image.as_bytes()).expect("the strings are found")
}

fn target(cpu: &str, library: &str, is_static: bool) -> Target {
    Target { cpu: cpu.to_owned(), library: library.to_owned(), is_static }
}

fn usual() -> Target {
    target("x86_64", "gnu", false)
}

#[test]
fn a_server_that_is_too_old_is_refused_by_its_version() {
    for number in ["4.4.7", "5.2.8", "5.3.9"] {
        // These name something more before their flags.
        let image = format!("kamailio {number} (x86_64/linux)\0STATS: Off, USE_TCP, USE_TLS, SHM_MMAP\0");
        let server = Server::of(Path::new("/nowhere"), image.as_bytes()).expect("the strings are found");
        let refusal = check(&server, &usual()).expect_err("it is too old");
        assert!(refusal.contains(&format!("Kamailio {number}; the oldest")), "{refusal}");
        assert!(refusal.contains("is 5.4\n"), "{refusal}");
    }
}

#[test]
fn every_server_from_5_4_on_is_taken() {
    for number in ["5.4.4", "5.5.4", "5.6.3", "5.8.8", "6.1.4", "6.2.0-dev1"] {
        check(&server(number, "x86_64"), &usual()).unwrap_or_else(|refusal| panic!("{number}: {refusal}"));
    }
    assert_eq!(untested(&usual()), None);
}

#[test]
fn a_server_of_another_processor_is_refused_with_both_names() {
    let refusal = check(&server("6.0.1", "aarch64"), &usual()).expect_err("it is another");
    assert!(refusal.contains("processor aarch64, and this build is for x86_64"), "{refusal}");
    let refusal = check(&server("6.0.1", "x86_64"), &target("aarch64", "gnu", false)).expect_err("it is another");
    assert!(refusal.contains("processor x86_64, and this build is for aarch64"), "{refusal}");
}

#[test]
fn a_processor_and_a_c_library_without_tests_are_taken_and_named() {
    for (name, cpu) in [("aarch64", "aarch64"), ("i386", "x86"), ("arm7", "arm"), ("riscv64", "riscv64gc")] {
        let (server, target) = (server("6.0.1", name), target(cpu, "musl", false));
        check(&server, &target).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let warning = untested(&target).expect("it is not tested");
        assert!(
            warning.contains(&format!("the processor {cpu} ")) && warning.contains("the C library musl"),
            "{warning}"
        );
    }
}

#[test]
fn a_rust_that_links_the_c_library_statically_is_told_how_not_to() {
    let refusal = check(&server("6.0.1", "x86_64"), &target("x86_64", "musl", true)).expect_err("it is no module");
    assert!(refusal.contains("(musl)") && refusal.contains("RUSTFLAGS=\"-C target-feature=-crt-static\""), "{refusal}");
}
