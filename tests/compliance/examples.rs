//! The configs in `examples/`, run as they are: only what depends on the place is set, as an administrator would.

use std::path::Path;

use crate::harness::{until, Answer, Server, ServerBuilder};

mod real_use;
mod samples;

/// A server with that file of `examples/`, and more definitions (`-A`) than every one of them needs.
fn example(file: &str, more: &[&str]) -> ServerBuilder {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file);
    let mut definitions = vec![
        "LISTEN_ADDRESS=udp:127.0.0.1:{PORT}",
        "SIP_DOMAIN=example.test",
        "OUTBOUND_PROXY=\"sip:127.0.0.1:{PORT}\"",
        "DB_MODULE=\"{DRIVER}.so\"",
        "DB_URL=\"{DB_URL}\"",
        "MODULE_PATH=\"{MODULES}\"",
        "CTL_SOCKET=\"unix:{DIR}/ctl.sock\"",
        "CHECK_TIME=1",
    ];
    definitions.extend(more);
    // They leave TCP on.
    Server::builder().tcp().config_file(&file, &definitions)
}

/// Alice writes to bob, who is not there; then he registers.
#[track_caller]
fn expect_stored_and_delivered(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    // Not for the message, but for the notification, which would wait for her otherwise.
    alice.register();
    alice.message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.body.as_slice()), ("bob", b"hello".as_slice()));
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

/// Bob is there, but his phone refuses the message; with his next REGISTER it takes it.
#[track_caller]
fn expect_failure_route_stores(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    // Not for the message, but for the notification, which would wait for her otherwise.
    alice.register();
    bob.register();
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(bob.receive().text(), "hello");
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    bob.answer(Answer::Ok);
    // What the first REGISTER asked for may come only now, and have met the refusal: then the next one brings it.
    let mut looks = 0..;
    until("the message is delivered", || {
        if looks.next().is_some_and(|look| look % 100 == 0) {
            bob.register();
        }
        server.table().count() == 0
    });
    assert!(bob.receive().text().ends_with("] hello"));
}

/// Bob's phone registers, and refuses what it then gets.
#[track_caller]
fn expect_one_row_after_a_refusal(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    // Not for the message, but for the notification, which would wait for her otherwise.
    alice.register();
    alice.message("bob").text("hello").send().expect_code(202);
    let stored = server.table().only_row();
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    bob.register();
    bob.receive();
    // The failure route, had it stored the message once more, would have done so before msilo learnt of the failure.
    server.wait_for_statistic("failed_messages", 1);
    assert_eq!(server.table().only_row().id, stored.id);
}

/// Bob's phone registers, and refuses what it then gets; the script stores it.
#[track_caller]
fn expect_the_row_to_stay_when_it_comes_back(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    // Not for the message, but for the notification, which would wait for her otherwise.
    alice.register();
    alice.message("bob").text("hello").send().expect_code(202);
    let stored = server.table().only_row();
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    bob.register();
    bob.receive();
    // C counts messages as reminders, and this one as delivered.
    let counted = ["failed_messages", "dumped_messages", "failed_reminders", "dumped_reminders"];
    until("msilo has the answer", || counted.map(|name| server.statistic(name)).iter().sum::<i64>() == 1);
    assert_eq!(server.table().rows(), [stored], "the rows are others");
    assert_eq!(server.statistic("failed_messages"), 1);
}
