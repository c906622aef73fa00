//! The parameters that are not set: what the documentation says of their defaults. Those that other tests show (the
//! columns, `expire_time`, the prefix, the headers) are not repeated here.

use std::time::{Duration, Instant};

use crate::harness::{now, within, NewRow, Server, ServerBuilder};
use crate::skip::through_the_address_of_record;

/// A message for bob that nobody needs any more.
fn expired(server: &Server) -> NewRow {
    let mut row = NewRow::text("alice", "bob", server.domain(), "old");
    row.exp_time = now() - 10;
    row
}

/// Waits until a server that sweeps every second has swept three times.
fn three_sweeps_of_another_server() {
    let server = Server::builder().param("check_time", 1).param("clean_period", 1).start();
    for _ in 0..3 {
        server.table().insert(&expired(&server));
        server.table().wait_until_empty();
    }
}

#[test]
fn db_url_is_that_of_a_mysql_server() {
    let refusal = Server::builder().without_param("db_url").start_refused();
    assert!(refusal.log.contains("mysql"), "no line names mysql:\n{}", refusal.log);
}

#[test]
fn check_time_is_far_longer_than_a_second() {
    let server = Server::builder().without_param("check_time").param("clean_period", 1).start();
    server.table().insert(&expired(&server));
    three_sweeps_of_another_server();
    assert_eq!(server.table().count(), 1);
}

/// The seconds between two sweeps of that server, or more when this machine is busy: from the last time the first
/// expired message was seen to the first time the second one was not.
pub fn seconds_between_sweeps(server: &Server) -> f32 {
    let sweep = || {
        let mut seen = Instant::now();
        server.table().insert(&expired(server));
        let gone = within(Duration::from_secs(40), || {
            let at = Instant::now();
            match server.table().count() {
                0 => Some(Instant::now()),
                _ => {
                    seen = at;
                    None
                }
            }
        });
        (seen, gone.expect("the expired message is deleted"))
    };
    let ((first, _), (_, second)) = (sweep(), sweep());
    (second - first).as_secs_f32()
}

#[test]
fn clean_period_is_ten_times_check_time() {
    let seconds = seconds_between_sweeps(&Server::start());
    assert!((9.0..20.0).contains(&seconds), "{seconds} s between two sweeps");
}

/// Proves that the due reminder of that server stays in the table while others are busy.
#[track_caller]
fn expect_no_reminder(builder: ServerBuilder) {
    let server = builder.script(|script| script.before_dump = "exit;".into()).start();
    let bob = server.agent("bob");
    bob.register();
    let mut row = NewRow::text("alice", "bob", server.domain(), "wake up");
    row.snd_time = now() - 5;
    server.table().insert(&row);
    three_sweeps_of_another_server();
    assert_eq!((bob.waiting(), server.table().count()), (0, 1));
}

#[test]
fn without_reminder_no_reminder_is_sent() {
    expect_no_reminder(Server::builder().param("send_time", 1));
}

#[test]
fn without_send_time_no_reminder_is_sent() {
    expect_no_reminder(Server::builder().param("reminder", "sip:reminder@example.test"));
}

#[test]
fn send_time_0_sends_no_reminder() {
    expect_no_reminder(Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 0));
}

#[test]
fn without_snd_time_avp_no_avp_is_looked_at() {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1000);
    let server = builder.script(|script| script.before_store = "$avp(snd_time) = \"20300102030405\";".into()).start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().snd_time, 0);
}

#[test]
fn without_extra_hdrs_avp_no_avp_is_looked_at() {
    let before = r#"$avp(extra) = "X-Avp: 1\r\n"; $avp(msilo_extra_hdrs) = "X-Avp: 1\r\n";"#;
    let server = Server::builder().script(|script| script.before_store = before.into()).start();
    server.agent("alice").message("bob").header("X-Message: 2").text("hello").send().expect_code(202);
    assert_eq!(String::from_utf8_lossy(&server.table().only_row().extra_hdrs), "X-Message: 2\r\n");
}

#[test]
fn without_max_messages_an_inbox_takes_any_number() {
    let server = Server::start();
    let row = |number: i32| NewRow::text("alice", "bob", server.domain(), &number.to_string());
    server.table().insert_all(&(0..500).map(row).collect::<Vec<_>>());
    server.agent("alice").message("bob").text("one more").send().expect_code(202);
    assert_eq!(server.table().count(), 501);
}

#[test]
fn without_skip_notification_flag_no_flag_keeps_a_notification_back() {
    let flags: String = (0..32).map(|flag| format!("setflag({flag}); ")).collect();
    let builder = Server::builder().param("from_address", "sip:registrar@example.test");
    let builder = builder.param("content_type_hdr", "Content-Type: text/plain\r\n").param("offline_message", "offline");
    let server = builder.script(|script| script.before_store = flags).start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    assert_eq!(alice.receive().text(), "offline");
}

#[test]
fn without_use_mode_the_call_id_is_neither_stored_nor_used_again() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").call_id("forget-me@example.test").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().callid, "");
    bob.register();
    assert_ne!(bob.receive().header("Call-ID"), Some("forget-me@example.test"));
    server.table().wait_until_empty();
}

#[test]
fn without_outbound_proxy_a_reminder_goes_to_its_owner_directly() {
    if !through_the_address_of_record("the phone has not registered") {
        return;
    }
    let builder = Server::builder().without_param("outbound_proxy").param("send_time", 1);
    let server = builder.param("reminder", "sip:reminder@example.test").start();
    let phone = server.agent("bob");
    let mut row = NewRow::text("alice", "bob", &phone.address().to_string(), "wake up");
    row.snd_time = now() - 5;
    server.table().insert(&row);
    let message = phone.receive();
    assert_eq!((message.uri(), message.all("Via").len()), (phone.contact().as_str(), 1));
    server.table().wait_until_empty();
}
