//! Numbers that make no sense are refused at start, by name.

use crate::differences::differs;
use crate::harness::Server;

/// Starts a server with one bad number, and proves that the log names parameter and value.
#[track_caller]
fn expect_refusal(name: &str, value: i64) {
    let refusal = Server::builder().param(name, value).start_refused();
    let named = refusal.log.lines().any(|line| line.contains(name) && line.contains(&value.to_string()));
    assert!(named, "no line names {name} and {value}:\n{}", refusal.log);
}

/// C divides by it and dies.
#[test]
fn check_time_0_is_refused() {
    differs(|| expect_refusal("check_time", 0));
}

/// C divides by it and dies.
#[test]
fn clean_period_0_is_refused() {
    differs(|| expect_refusal("clean_period", 0));
}

/// C takes it.
#[test]
fn a_negative_clean_period_is_refused() {
    differs(|| expect_refusal("clean_period", -1));
}

/// C takes it.
#[test]
fn a_negative_expire_time_is_refused() {
    differs(|| expect_refusal("expire_time", -1));
}

/// C takes it.
#[test]
fn a_negative_send_time_is_refused() {
    differs(|| expect_refusal("send_time", -1));
}

/// C takes it.
#[test]
fn a_negative_max_messages_is_refused() {
    differs(|| expect_refusal("max_messages", -1));
}
