//! `kamailio-aor.cfg`, the one for real use with both modules.

use super::{
    example, example_with_tcp, expect_failure_route_stores, expect_one_row_after_a_refusal,
    expect_one_row_when_there_is_no_way_to_the_contact, expect_stored_and_delivered,
    expect_stored_when_the_connection_is_gone, expect_stored_when_there_is_no_way_to_the_contact,
};
use crate::harness::{compact, ctime, now, until, Answer, Server};

/// With the shortest times, so that the tests need not wait.
fn real_use() -> Server {
    example("kamailio-aor.cfg", &["SEND_TIME=1", "FR_TIMER=600"]).start()
}

#[test]
fn kamailio_aor_cfg_stores_for_an_offline_user_and_delivers_at_the_register() {
    expect_stored_and_delivered(&real_use());
}

#[test]
fn kamailio_aor_cfg_stores_in_failure_route_what_the_phone_refuses() {
    expect_failure_route_stores(&real_use());
}

#[test]
fn kamailio_aor_cfg_does_not_store_twice_what_a_phone_refuses_at_its_register() {
    expect_one_row_after_a_refusal(&real_use());
}

#[test]
fn kamailio_aor_cfg_does_not_store_twice_what_a_silent_phone_gets_at_its_register() {
    let server = real_use();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    let stored = server.table().only_row();
    bob.answer(Answer::Silence);
    bob.register();
    bob.receive();
    server.wait_for_statistic("failed_messages", 1);
    assert_eq!(server.table().only_row().id, stored.id);
}

#[test]
fn kamailio_aor_cfg_stores_what_a_silent_phone_does_not_answer() {
    let server = real_use();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    bob.register();
    bob.answer(Answer::Silence);
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().username, "bob");
}

#[test]
fn kamailio_aor_cfg_hands_a_403_of_the_phone_to_the_sender_and_stores_nothing() {
    let server = real_use();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    bob.register();
    bob.answer(Answer::Code(403, "Forbidden"));
    alice.message("bob").text("hello").send().expect_code(403);
    assert_eq!(server.table().count(), 0);
}

#[test]
fn kamailio_aor_cfg_sends_a_reminder_at_its_time() {
    let server = real_use();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    bob.register();
    let at = now() + 2;
    let message = alice.message("bob").header(&format!("X-Send-At: {}", compact(at))).text("wake up");
    message.send().expect_code(202);
    assert_eq!(server.table().only_row().snd_time, at);
    let reminder = bob.receive();
    assert!(now() >= at, "the reminder came too early");
    assert_eq!(reminder.text(), format!("[Reminder message - {}] wake up", ctime(at)));
    assert_eq!(reminder.address("From"), "sip:msilo@localhost");
    server.table().wait_until_empty();
}

#[test]
fn kamailio_aor_cfg_refuses_a_time_that_is_none_with_400() {
    let server = real_use();
    let alice = server.agent("alice");
    alice.message("bob").header("X-Send-At: tomorrow").text("wake up").send().expect_code(400);
    assert_eq!(server.table().count(), 0);
}

#[test]
fn kamailio_aor_cfg_tells_the_sender_where_he_is_registered_that_the_user_is_offline() {
    let server = real_use();
    let (alice, elsewhere) = (server.agent("alice"), server.agent("elsewhere"));
    alice.register();
    alice.message("bob").contact(&format!("<{}>", elsewhere.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    assert_eq!(notification.text(), "*** User bob is offline. Your message will be delivered.");
    assert_eq!(notification.address("From"), "sip:msilo@example.test");
    assert_eq!(elsewhere.waiting(), 0);
}

#[test]
fn kamailio_aor_cfg_neither_stores_nor_notifies_a_notification() {
    let server = real_use();
    // Alice herself is not there: the notification for her finds nobody.
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    server.settle();
    until("the message is all there is", || server.table().count() == 1);
    assert_eq!(server.table().only_row().username, "bob");
    assert_eq!(server.statistic("stored_messages"), 2, "the message and that of settle()");
}

#[test]
fn kamailio_aor_cfg_does_not_store_that_somebody_is_typing() {
    let server = real_use();
    let alice = server.agent("alice");
    let message = alice.message("bob").body("application/im-iscomposing+xml", b"<isComposing/>");
    message.send().expect_code(480);
    assert_eq!(server.table().count(), 0);
}

#[test]
fn kamailio_aor_cfg_answers_480_when_the_message_cannot_be_stored() {
    let server = real_use();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(480);
}

#[test]
fn kamailio_aor_cfg_stores_for_a_phone_whose_tcp_connection_is_gone() {
    expect_stored_when_the_connection_is_gone(&example_with_tcp("kamailio-aor.cfg", &[]).start());
}

#[test]
fn kamailio_aor_cfg_stores_when_there_is_no_way_to_the_contact() {
    expect_stored_when_there_is_no_way_to_the_contact(&real_use());
}

#[test]
fn kamailio_aor_cfg_does_not_store_twice_when_there_is_no_way_to_the_contact() {
    expect_one_row_when_there_is_no_way_to_the_contact(&real_use());
}
