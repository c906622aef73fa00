//! The configs in `examples/`, run as they are: only what depends on the place is set, as an administrator would.

use std::path::Path;

use crate::harness::{until, Agent, Answer, Row, Server, ServerBuilder};

mod push;
mod real_use;
mod samples;
mod straight;

/// A server with that file of `examples/`, over UDP, and more definitions (`-A`) than every one of them needs.
fn example(file: &str, more: &[&str]) -> ServerBuilder {
    example_on("udp:127.0.0.1:{PORT}", file, more)
}

/// The same for phones over TCP, too.
fn example_with_tcp(file: &str, more: &[&str]) -> ServerBuilder {
    example_on("127.0.0.1:{PORT}", file, more)
}

fn example_on(address: &str, file: &str, more: &[&str]) -> ServerBuilder {
    let listen = format!("LISTEN_ADDRESS={address}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file);
    let mut definitions = vec![
        listen.as_str(),
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
    // What this REGISTER asks for would find the message below, too, were it not known to be over.
    alice.message("bob").text("before").send().expect_code(202);
    bob.register();
    assert!(bob.receive().text().ends_with("] before"));
    server.table().wait_until_empty();
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(bob.receive().text(), "hello");
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    bob.answer(Answer::Ok);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
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

/// Bob registered over TCP, and his phone is gone, and its connection with it: there is nobody to connect to.
#[track_caller]
fn expect_stored_when_the_connection_is_gone(server: &Server) {
    let alice = server.agent("alice");
    // Not for the message, but for the notification, which would wait for her otherwise.
    alice.register();
    let bob = server.tcp_agent("bob");
    bob.register();
    let port = bob.address().port().to_string();
    let connected = || server.lists_connection(&port);
    assert!(connected(), "bob's connection is not in the list");
    drop(bob);
    until("the server knows that the connection is gone", || !connected());
    expect_stored_although_sending_fails(server, &alice);
}

/// Bob's contact is one that the server cannot even try to send to.
#[track_caller]
fn expect_stored_when_there_is_no_way_to_the_contact(server: &Server) {
    let alice = server.agent("alice");
    alice.register();
    let bob = server.agent("bob");
    server.locate(&bob, &out_of_reach(&bob));
    expect_stored_although_sending_fails(server, &alice);
}

/// A message waits for bob, and he registers a contact that the server cannot even try to send to.
#[track_caller]
fn expect_one_row_when_there_is_no_way_to_the_contact(server: &Server) {
    let alice = server.agent("alice");
    alice.register();
    alice.message("bob").text("hello").send().expect_code(202);
    let stored = server.table().only_row();
    expect_errors_of_sending(server);
    let bob = server.agent("bob");
    bob.registration().contact(&format!("<{}>", out_of_reach(&bob))).expires(3600).send().expect_code(200);
    expect_the_row_to_stay(server, stored);
}

/// The server logs each destination that it cannot send to.
fn expect_errors_of_sending(server: &Server) {
    for source in ["<core>", "tm", "sl"] {
        server.expect_log_error(&format!("ERROR: {source} "));
    }
}

/// A contact with a transport that the server does not have.
fn out_of_reach(agent: &Agent) -> String {
    format!("{};transport=sctp", agent.contact())
}

#[track_caller]
fn expect_stored_although_sending_fails(server: &Server, alice: &Agent) {
    expect_errors_of_sending(server);
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("ERROR: ");
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    assert_eq!(row.body, b"hello");
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
    expect_the_row_to_stay(server, stored);
}

/// Waits until msilo has the answer to the message of this row, and looks at what there is then.
#[track_caller]
fn expect_the_row_to_stay(server: &Server, stored: Row) {
    // C counts messages as reminders, and this one as delivered.
    let counted = ["failed_messages", "dumped_messages", "failed_reminders", "dumped_reminders"];
    until("msilo has the answer", || counted.map(|name| server.statistic(name)).iter().sum::<i64>() == 1);
    assert_eq!(server.table().rows(), [stored], "the rows are others");
    assert_eq!(server.statistic("failed_messages"), 1);
}
