//! Times of reminders: 14 digits, a real calendar time in the server's time zone.

use crate::differences::differs;
use crate::harness::{Kind, Server, ServerBuilder};
use crate::skip::only_on;

/// A server with reminders, where each message is to be sent at `time`.
fn reminding_at(time: &str) -> ServerBuilder {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1000);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    builder.script(|script| script.before_store = format!("$avp(snd_time) = \"{time}\";"))
}

/// Stores a message with that time, which is none, and proves that it became an ordinary one.
#[track_caller]
fn expect_ordinary(time: &str) {
    let server = reminding_at(time).start();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().snd_time, 0);
}

/// C is an hour off.
#[test]
fn a_time_in_summer_follows_daylight_saving() {
    differs(|| {
        let server = reminding_at("20300701120000").env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3").start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        assert_eq!(server.table().only_row().snd_time, 1_909_130_400);
    });
}

/// C stores a negative number.
#[test]
fn a_time_after_2038_is_stored() {
    if !only_on(&[Kind::Sqlite], "the stock column takes 32 bits") {
        return;
    }
    differs(|| {
        let server = reminding_at("20400102030405").start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        assert_eq!(server.table().only_row().snd_time, 2_209_086_245);
    });
}

/// C takes it for some time in 2005.
#[test]
fn a_year_alone_is_no_time() {
    differs(|| expect_ordinary("2030"));
}

/// C takes it for the third of March.
#[test]
fn the_31st_of_february_is_no_time() {
    differs(|| expect_ordinary("20300231120000"));
}

/// C takes it for the first second of the next minute.
#[test]
fn thirteen_digits_are_no_time() {
    differs(|| expect_ordinary("2030010203040"));
}
