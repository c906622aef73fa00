//! What msilo is for, on a server that reaches its database through one more driver.

use crate::harness::{compact, now, until, NewRow, Server, ServerBuilder};

/// Starts a described server so that it goes through the driver.
pub type Through = fn(ServerBuilder) -> Server;

/// Stores these, in their order.
#[track_caller]
fn store(server: &Server, texts: &[&str]) {
    let alice = server.agent("alice");
    for text in texts {
        alice.message("bob").body("text/x-plain", text.as_bytes()).send().expect_code(202);
    }
}

/// In the order in which they were stored; then the rows are gone.
#[track_caller]
pub fn messages_are_delivered_in_order_and_deleted(through: Through) {
    let server = through(Server::builder());
    let texts: Vec<String> = (0..30).map(|number| format!("{number}: it's \"žluťoučký\" \\ ; %s")).collect();
    store(&server, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let bodies: Vec<Vec<u8>> = server.table().rows().into_iter().map(|row| row.body).collect();
    assert!(bodies.iter().eq(texts.iter().map(|text| text.as_bytes())), "the table holds {bodies:?}");
    let bob = server.agent("bob");
    bob.register();
    let got: Vec<String> = bob.receive_all(texts.len()).iter().map(|message| message.text()).collect();
    assert!(got == texts, "the order is {got:?}");
    server.table().wait_until_empty();
    bob.register();
    server.settle();
    assert_eq!(bob.waiting(), 0, "something came twice");
}

/// What was not delivered is there after a restart, and what was delivered is not.
#[track_caller]
pub fn a_restart_loses_nothing_and_doubles_nothing(through: Through) {
    let mut server = through(Server::builder());
    store(&server, &["before"]);
    let bob = server.agent("bob");
    bob.register();
    assert_eq!(bob.receive().text(), "before");
    server.table().wait_until_empty();
    bob.unregister();
    store(&server, &["kept"]);
    server.stop();
    server.start_again();
    bob.register();
    assert_eq!(bob.receive().text(), "kept");
    server.table().wait_until_empty();
    server.settle();
    assert_eq!(bob.waiting(), 0, "something came twice");
}

/// A reminder comes at its time.
#[track_caller]
pub fn a_reminder_comes_at_its_time(through: Through) {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    let server = through(builder.script(|script| script.before_store = "$avp(snd_time) = $hdr(X-Send-Time);".into()));
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let at = now() + 2;
    let message = alice.message("bob").text("wake up").header(&format!("X-Send-Time: {}", compact(at)));
    message.send().expect_code(202);
    bob.register();
    let reminder = bob.receive();
    assert!(now() >= at, "the reminder came too early");
    assert!(reminder.text().ends_with("] wake up"));
    server.table().wait_until_empty();
}

/// An inbox holds `max_messages`; what is over is deleted.
#[track_caller]
pub fn the_limit_and_the_end_of_messages_are_kept(through: Through) {
    let server = through(Server::builder().param("max_messages", 2).param("clean_period", 1));
    server.expect_log_error("ERROR: msilo");
    let alice = server.agent("alice");
    for (text, code) in [("one", 202), ("two", 202), ("three", 503)] {
        alice.message("bob").text(text).send().expect_code(code);
    }
    alice.message("carol").text("one").send().expect_code(202);
    let mut row = NewRow::text("alice", "dave", server.domain(), "old");
    row.exp_time = now() - 1;
    server.table().insert(&row);
    until("the message that is over is deleted", || server.table().count_of("dave") == 0);
    assert_eq!(server.table().count(), 3);
}
