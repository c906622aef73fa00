//! What a server asks of its modules, and the defines that follow from it.

use std::path::Path;

use crate::flags::{defines, Define};
use crate::server::Server;

const VERSION: &str = "kamailio 6.1.4 (x86_64/Linux)";

/// The server whose modules carry these flags, as it is found in one of them.
fn server(version: &str, flags: &str) -> Option<Server> {
    let strings = ["INVITE, ACK, CANCEL, OPTIONS", "kamailio is here", version, ", ", "USE_TCP", flags, "USE_TLS, "];
    Server::of(Path::new("/nowhere"), strings.join("\0").as_bytes())
}

fn defines_of(version: &str, flags: &str) -> Vec<Define> {
    defines(&server(version, flags).expect("the strings are found"), "6.1.4").expect("the strings are understood")
}

fn has(defines: &[Define], name: &str) -> bool {
    defines.iter().any(|(found, value)| found == name && value.is_none())
}

fn value<'a>(defines: &'a [Define], name: &str) -> Option<&'a str> {
    defines.iter().find(|(found, _)| found == name)?.1.as_deref()
}

#[test]
fn the_two_strings_are_found_among_others() {
    let server = server(VERSION, "USE_TCP, USE_TLS, SHM_MMAP").expect("they are there");
    assert_eq!((server.version.as_str(), server.number()), (VERSION, "6.1.4"));
    assert_eq!(server.flags, "USE_TCP, USE_TLS, SHM_MMAP");
}

#[test]
fn a_file_without_them_is_no_module_of_kamailio() {
    assert!(server("kamailio", "USE_TCP, USE_TLS, SHM_MMAP").is_none());
    assert!(server(VERSION, "Use_tcp, USE_TLS, SHM_MMAP").is_none());
}

#[test]
fn every_flag_is_a_define() {
    let defines = defines_of(VERSION, "USE_TCP, USE_TLS, FAST_LOCK-ADAPTIVE_WAIT-NOSMP, TLS_PTHREAD_MUTEX_SHARED");
    for name in ["USE_TCP", "USE_TLS", "FAST_LOCK", "ADAPTIVE_WAIT", "NOSMP", "KSR_PTHREAD_MUTEX_SHARED"] {
        assert!(has(&defines, name), "{name}: {defines:?}");
    }
    assert!(!has(&defines, "TLS_PTHREAD_MUTEX_SHARED"));
    assert_eq!(value(&defines, "ADAPTIVE_WAIT_LOOPS"), Some("1024"));
}

#[test]
fn extra_debug_stands_first_with_a_comma_before_it_and_none_behind() {
    let flags = ", EXTRA_DEBUGUSE_TCP, USE_TLS, SHM_MMAP";
    assert_eq!(server(VERSION, flags).expect("they are there").flags, flags);
    let defines = defines_of(VERSION, flags);
    for name in ["EXTRA_DEBUG", "USE_TCP", "USE_TLS", "SHM_MMAP"] {
        assert!(has(&defines, name), "{name}: {defines:?}");
    }
}

#[test]
fn without_tcp_the_flags_start_with_a_comma() {
    for flags in [", USE_SCTP, USE_MCAST, SHM_MMAP", ", EXTRA_DEBUG, USE_SCTP, USE_MCAST, SHM_MMAP"] {
        let defines = defines_of(VERSION, flags);
        assert!(has(&defines, "USE_SCTP") && has(&defines, "USE_MCAST") && has(&defines, "SHM_MMAP"), "{defines:?}");
        assert_eq!(has(&defines, "EXTRA_DEBUG"), flags.contains("EXTRA_DEBUG"));
        assert!(!has(&defines, "USE_TCP"));
    }
}

#[test]
fn a_system_with_a_capital_letter_keeps_it_in_the_version_only() {
    let defines = defines_of(VERSION, "USE_TCP, USE_TLS, SHM_MMAP");
    assert_eq!(value(&defines, "OS_QUOTED"), Some("\"Linux\""));
    assert!(has(&defines, "__OS_linux") && has(&defines, "__CPU_x86_64"), "{defines:?}");
    assert!(!has(&defines, "__OS_Linux"));
}

#[test]
fn the_version_is_a_number_too() {
    for (release, number) in [("5.6.3", "5006003"), ("6.2.0-dev1", "6002000"), ("6.1.0-rc1", "6001000")] {
        let server = server(VERSION, "USE_TCP, USE_TLS, SHM_MMAP").expect("the strings are found");
        let defines = defines(&server, release).expect("the release is understood");
        assert_eq!(value(&defines, "VERSIONVAL"), Some(number));
    }
}
