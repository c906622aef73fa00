//! Reminders: messages that are sent at a time, not at a REGISTER.

use crate::harness::{compact, ctime, now, until, Answer, NewRow, Server, ServerBuilder};
use crate::skip::through_the_address_of_record;

/// A server with reminders, where the header X-Send-Time of a message is the time to send it.
fn reminding() -> ServerBuilder {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    builder.script(|script| script.before_store = "$avp(snd_time) = $hdr(X-Send-Time);".into())
}

/// A reminder for bob that is due.
fn due(server: &Server) -> NewRow {
    let mut row = NewRow::text("alice", "bob", server.domain(), "wake up");
    row.snd_time = now() - 5;
    row
}

#[test]
fn the_time_in_snd_time_avp_is_stored_as_snd_time() {
    let server = reminding().start();
    let alice = server.agent("alice");
    let message = alice.message("bob").text("wake up");
    message.header("X-Send-Time: 20300102030405").send().expect_code(202);
    assert_eq!(server.table().only_row().snd_time, 1_893_553_445);
}

#[test]
fn a_time_that_is_none_is_stored_as_an_ordinary_message() {
    let server = reminding().start();
    server.expect_log_error("ERROR: msilo");
    let alice = server.agent("alice");
    let message = alice.message("bob").text("wake up");
    message.header("X-Send-Time: tomorrow").send().expect_code(202);
    assert_eq!(server.table().only_row().snd_time, 0);
}

#[test]
fn a_due_reminder_is_sent_without_a_register_and_then_deleted() {
    let server = reminding().start();
    let bob = server.agent("bob");
    bob.register();
    let row = due(&server);
    server.table().insert(&row);
    let message = bob.receive();
    assert_eq!(message.text(), format!("[Reminder message - {}] wake up", ctime(row.snd_time)));
    server.table().wait_until_empty();
}

#[test]
fn a_reminder_goes_to_the_owner_from_the_reminder_address_without_a_date() {
    let server = reminding().start();
    let bob = server.agent("bob");
    bob.register();
    let mut row = due(&server);
    row.dst_addr = "sip:other@else.test".into();
    server.table().insert(&row);
    let message = bob.receive();
    assert_eq!(message.header("To"), Some("<sip:bob@example.test>"));
    assert_eq!(message.address("From"), "sip:reminder@example.test");
    assert_eq!(message.added(), ["Content-Type: text/plain"]);
    server.table().wait_until_empty();
}

#[test]
fn a_reminder_comes_from_an_address_with_a_display_name() {
    for (reminder, from) in [
        ("\"Your reminder\" <sip:reminder@example.test>", "\"Your reminder\" <sip:reminder@example.test>;tag="),
        ("<sip:reminder@example.test>", "<sip:reminder@example.test>;tag="),
    ] {
        let server = reminding().param("reminder", reminder).start();
        let bob = server.agent("bob");
        bob.register();
        server.table().insert(&due(&server));
        let message = bob.receive();
        assert!(message.header("From").is_some_and(|written| written.starts_with(from)), "{message:?}");
        server.table().wait_until_empty();
    }
}

#[test]
fn a_reminder_comes_at_its_time_and_not_at_the_register() {
    let server = reminding().start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let at = now() + 2;
    let message = alice.message("bob").text("wake up").header(&format!("X-Send-Time: {}", compact(at)));
    message.send().expect_code(202);
    bob.register();
    let reminder = bob.receive();
    assert!(now() >= at, "the reminder came too early");
    assert_eq!(reminder.text(), format!("[Reminder message - {}] wake up", ctime(at)));
    server.table().wait_until_empty();
}

#[test]
fn a_reminder_that_is_not_due_is_not_sent_at_the_register() {
    let server = reminding().start();
    let bob = server.agent("bob");
    let mut row = due(&server);
    row.snd_time = now() + 1000;
    server.table().insert(&row);
    bob.register();
    server.wait_for_log("m_dump returned 1");
    server.settle();
    assert_eq!(bob.waiting(), 0);
    until("the reminder is all there is", || server.table().count() == 1);
}

#[test]
fn a_reminder_that_fails_becomes_an_ordinary_message() {
    let server = reminding().start();
    let bob = server.agent("bob");
    bob.answer(Answer::Code(486, "Busy Here"));
    bob.register();
    let row = due(&server);
    server.table().insert(&row);
    bob.receive();
    until("snd_time is 0", || server.table().only_row().snd_time == 0);
    server.wait_for_statistic("failed_reminders", 1);
    bob.answer(Answer::Ok);
    bob.register();
    assert_eq!(bob.receive().text(), format!("[Offline message - {}] wake up", ctime(row.inc_time)));
    server.table().wait_until_empty();
}

#[test]
fn a_reminder_for_a_user_who_is_offline_becomes_an_ordinary_message() {
    if !through_the_address_of_record(
        "nothing is sent to a user without a contact, so nothing fails; contacts::delivery has it",
    ) {
        return;
    }
    let server = reminding().start();
    server.table().insert(&due(&server));
    until("snd_time is 0", || server.table().only_row().snd_time == 0);
    server.wait_for_statistic("failed_reminders", 1);
}

#[test]
fn add_date_0_leaves_the_prefix_of_a_reminder_out() {
    let server = reminding().param("add_date", 0).start();
    let bob = server.agent("bob");
    bob.register();
    server.table().insert(&due(&server));
    assert_eq!(bob.receive().text(), "wake up");
    server.table().wait_until_empty();
}

#[test]
fn add_contact_1_adds_the_reminder_address() {
    let server = reminding().param("add_contact", 1).start();
    let bob = server.agent("bob");
    bob.register();
    server.table().insert(&due(&server));
    assert_eq!(bob.receive().header("Contact"), Some("<sip:reminder@example.test>;msilo=yes"));
    server.table().wait_until_empty();
}
