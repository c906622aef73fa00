//! A number out of range stops the server, and the log names parameter, value and rule.

use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};

/// Starts a server with that number, and proves that one line of the log says what is wrong with it.
#[track_caller]
fn expect_named(name: &str, value: i64, rule: &str) {
    let log = log_of_start(Server::builder().param(name, value));
    let wanted = format!("modparam(\"msilo\", \"{name}\", {value}): {rule}");
    let named = log.lines().any(|line| line.contains("ERROR: msilo") && line.contains(&wanted));
    assert!(named, "no line says {wanted}:\n{log}");
}

/// What a server logs that has to refuse its config.
pub fn log_of_start(builder: ServerBuilder) -> String {
    match builder.try_start() {
        Err(refusal) => refusal.log,
        Ok(mut server) => {
            // It may be about to die of what it has taken.
            server.kill_9();
            "the server started although it had to refuse its config".to_owned()
        }
    }
}

#[test]
fn expire_time_0_is_named_with_its_rule() {
    differs(|| expect_named("expire_time", 0, "must be from 1 to 2147483647 (seconds)"));
}

#[test]
fn expire_time_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("expire_time", -1, "must be from 1 to 2147483647 (seconds)"));
}

#[test]
fn check_time_0_is_named_with_its_rule() {
    differs(|| expect_named("check_time", 0, "must be from 1 to 2147483647 (seconds)"));
}

#[test]
fn check_time_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("check_time", -1, "must be from 1 to 2147483647 (seconds)"));
}

#[test]
fn send_time_minus_1_is_named_with_its_rule() {
    differs(|| {
        expect_named("send_time", -1, "must be from 0 to 2147483647 (seconds; 0 = no reminders)");
    });
}

#[test]
fn clean_period_0_is_named_with_its_rule() {
    differs(|| expect_named("clean_period", 0, "must be from 1 to 2147483647 (times check_time)"));
}

#[test]
fn use_contact_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("use_contact", -1, "must be from 0 to 2147483647 (0 = off, else on)"));
}

#[test]
fn add_date_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("add_date", -1, "must be from 0 to 2147483647 (0 = off, else on)"));
}

#[test]
fn add_contact_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("add_contact", -1, "must be from 0 to 2147483647 (0 = off, else on)"));
}

#[test]
fn use_mode_minus_1_is_named_with_its_rule() {
    differs(|| expect_named("use_mode", -1, "must be from 0 to 2147483647 (a sum of bits; 1 = use the Call-ID again)"));
}

#[test]
fn max_messages_minus_1_is_named_with_its_rule() {
    differs(|| {
        expect_named("max_messages", -1, "must be from 0 to 2147483647 (messages; 0 = no limit)");
    });
}

#[test]
fn skip_notification_flag_32_is_named_with_its_rule() {
    differs(|| {
        expect_named("skip_notification_flag", 32, "must be from -1 to 31 (a flag; -1 = none)");
    });
}

#[test]
fn skip_notification_flag_minus_2_is_named_with_its_rule() {
    differs(|| {
        expect_named("skip_notification_flag", -2, "must be from -1 to 31 (a flag; -1 = none)");
    });
}

#[test]
fn dump_window_0_is_named_with_its_rule() {
    differs(|| expect_named("dump_window", 0, "must be from 1 to 10000 (messages in flight per inbox)"));
}

#[test]
fn delivery_processes_0_is_named_with_its_rule() {
    differs(|| expect_named("delivery_processes", 0, "must be from 1 to 64 (processes)"));
}

#[test]
fn delivery_processes_65_is_named_with_its_rule() {
    differs(|| expect_named("delivery_processes", 65, "must be from 1 to 64 (processes)"));
}
