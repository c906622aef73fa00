//! Parameters that are set, where the other files do not show it: the statistics that count failures, and times.

use std::time::{Duration, Instant};

use crate::config::defaults::seconds_between_sweeps;
use crate::harness::{now, Answer, NewRow, Server};
use crate::skip::through_the_address_of_record;

#[test]
fn check_time_times_clean_period_is_how_often_expired_messages_are_deleted() {
    let server = Server::builder().param("check_time", 2).param("clean_period", 2).start();
    let seconds = seconds_between_sweeps(&server);
    assert!((3.0..12.0).contains(&seconds), "{seconds} s between two sweeps");
}

#[test]
fn send_time_is_how_often_due_reminders_are_looked_for() {
    let server = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 4).start();
    let bob = server.agent("bob");
    bob.register();
    let mut row = NewRow::text("alice", "bob", server.domain(), "wake up");
    row.snd_time = now() - 5;
    let start = Instant::now();
    for _ in 0..2 {
        server.table().insert(&row);
        bob.receive_within(Duration::from_secs(30)).expect("the reminder comes");
        server.table().wait_until_empty();
    }
    // Two looks at the table, one after each message: at least one interval.
    let seconds = start.elapsed().as_secs_f32();
    assert!((3.5..20.0).contains(&seconds), "{seconds} s for two reminders");
}

#[test]
fn a_reminder_of_long_ago_is_sent_too() {
    let server = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1).start();
    let bob = server.agent("bob");
    bob.register();
    let mut row = NewRow::text("alice", "bob", server.domain(), "wake up");
    row.snd_time = now() - 1800;
    server.table().insert(&row);
    assert!(bob.receive().text().ends_with("] wake up"));
    server.table().wait_until_empty();
}

#[test]
fn use_contact_1_prefers_the_contact() {
    let builder = Server::builder().param("from_address", "sip:registrar@example.test").param("use_contact", 1);
    let builder = builder.param("content_type_hdr", "Content-Type: text/html\r\n");
    let server = builder.param("offline_message", "<em>I am offline!</em>").start();
    let (alice, phone) = (server.agent("alice"), server.agent("phone"));
    alice.register();
    alice.message("bob").contact(&format!("<{}>", phone.contact())).text("hello").send().expect_code(202);
    let notification = phone.receive();
    assert_eq!(notification.header("Content-Type"), Some("text/html"));
    assert_eq!(notification.text(), "<em>I am offline!</em>");
    assert_eq!(alice.waiting(), 0);
}

#[test]
fn add_date_1_and_add_contact_0_are_the_defaults() {
    let server = Server::builder().param("add_date", 1).param("add_contact", 0).start();
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    let message = bob.receive();
    assert!(message.text().starts_with("[Offline message - "));
    assert_eq!(message.header("Contact"), None);
    server.table().wait_until_empty();
}

#[test]
fn an_outbound_proxy_is_the_next_hop_whatever_the_uri_says() {
    if !through_the_address_of_record("no proxy is between") {
        return;
    }
    let server = Server::start();
    let bob = server.agent("bob");
    let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
    // Nothing listens there.
    row.dst_addr = "sip:bob@example.test:9;transport=tcp".into();
    server.table().insert(&row);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

#[test]
fn stored_messages_counts_what_the_failure_route_stores() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    server.locate(&bob, &bob.contact());
    bob.answer(Answer::Code(405, "Method Not Allowed"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_statistic("stored_messages", 1);
}

#[test]
fn all_statistics_are_zero_at_start() {
    let server = Server::start();
    for name in ["stored_messages", "dumped_messages", "failed_messages", "dumped_reminders", "failed_reminders"] {
        assert_eq!(server.statistic(name), 0, "{name}");
    }
}

#[test]
fn a_notification_is_counted_in_no_statistic_but_stored_messages() {
    let builder = Server::builder().param("from_address", "sip:registrar@example.test");
    let builder = builder.param("content_type_hdr", "Content-Type: text/plain\r\n").param("offline_message", "offline");
    let server = builder.start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    alice.receive();
    for name in ["dumped_messages", "failed_messages", "dumped_reminders", "failed_reminders"] {
        assert_eq!(server.statistic(name), 0, "{name}");
    }
    assert_eq!(server.statistic("stored_messages"), 1);
}

#[test]
fn a_table_that_does_not_exist_is_named_by_msilo() {
    let refusal = Server::builder().param("db_table", "nosuchtable").start_refused();
    let named = |line: &str| line.contains("ERROR: msilo") && line.contains("nosuchtable");
    assert!(refusal.log.lines().any(named), "no line names the table:\n{}", refusal.log);
}

#[test]
fn an_expired_message_is_discarded_silently() {
    let builder = Server::builder().param("clean_period", 1);
    // Bob's REGISTER is not to deliver it, at whatever time the server comes to that.
    let server = builder.script(|script| script.before_dump = "if ($tU == \"bob\") exit;".into()).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.register();
    bob.register();
    let mut row = NewRow::text("alice", "bob", server.domain(), "old");
    row.exp_time = now() - 10;
    server.table().insert(&row);
    server.table().wait_until_empty();
    server.settle();
    assert_eq!((alice.waiting(), bob.waiting()), (0, 0));
    assert_eq!(server.statistic("failed_messages"), 0);
}

#[test]
fn snd_time_avp_is_looked_at_by_m_store_only() {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1000);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    let server = builder.script(|script| script.before_dump = "$avp(snd_time) = \"20300102030405\";".into()).start();
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    assert!(bob.receive().text().starts_with("[Offline message - "));
    server.table().wait_until_empty();
}

/// Proves that a message with that flag is not notified, and another is.
#[track_caller]
fn expect_flag_to_skip(flag: i32) {
    let builder = Server::builder().param("from_address", "sip:registrar@example.test");
    let builder = builder.param("content_type_hdr", "Content-Type: text/plain\r\n");
    let builder = builder.param("offline_message", "$rU is offline").param("skip_notification_flag", flag);
    let before = format!("if ($rU == \"bob\") setflag({flag});");
    let server = builder.script(|script| script.before_store = before).start();
    let alice = server.agent("alice");
    let contact = format!("<{}>", alice.contact());
    alice.message("bob").contact(&contact).text("one").send().expect_code(202);
    alice.message("carol").contact(&contact).text("two").send().expect_code(202);
    assert_eq!(alice.receive().text(), "carol is offline");
    assert_eq!(alice.waiting(), 0);
}

#[test]
fn the_lowest_skip_notification_flag_works() {
    expect_flag_to_skip(0);
}

#[test]
fn the_highest_skip_notification_flag_works() {
    expect_flag_to_skip(31);
}

#[test]
fn a_switch_is_on_at_any_other_number_than_0() {
    let server = Server::builder().param("add_date", 2).param("add_contact", 3).start();
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    let message = bob.receive();
    assert!(message.text().starts_with("[Offline message - "));
    assert_eq!(message.header("Contact"), Some("<sip:alice@example.test>;msilo=yes"));
    server.table().wait_until_empty();
}
