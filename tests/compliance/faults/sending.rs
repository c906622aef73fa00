//! tm does not send.

use super::{all, fill, numbers, sorted};
use crate::differences::differs;
use crate::harness::{NewRow, Server, ServerBuilder};
use crate::skip::through_the_address_of_record;

/// A script whose administrator refuses what tm is about to send, while a switch is on.
const ROUTES: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) {
        if (save("location")) m_dump();
        exit;
    }
    if (lookup("location")) t_relay(); else sl_send_reply("404", "Not Found");
}

event_route[tm:local-request] {
    if ($shv(refuse) == 1) drop;
}

onsend_route {
    if ($shv(block) == 1) drop;
}
"#;

fn switch(server: &Server, name: &str, on: &str) {
    server.rpc().call(&["pv.shvSet", name, "int", on]).expect("the switch is set");
}

fn scripted() -> ServerBuilder {
    Server::builder().script(|script| script.routes = Some(ROUTES.into()))
}

/// C never sends them again until a restart.
#[test]
fn messages_that_tm_refuses_to_send_wait_for_the_next_register() {
    differs(|| {
        let server = scripted().start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 50);
        switch(&server, "refuse", "1");
        bob.register();
        server.wait_for_statistic("failed_messages", 1);
        server.wait_for_log("cannot be sent and stays in the silo");
        assert_eq!((bob.waiting(), server.table().count()), (0, 50));
        switch(&server, "refuse", "0");
        bob.register();
        assert_eq!(sorted(numbers(&bob, 50)), all(50));
        server.table().wait_until_empty();
    });
}

/// The server relays what it has sent to itself, and that is what the route drops.
#[test]
fn messages_that_onsend_route_drops_wait_for_the_next_register() {
    if !through_the_address_of_record("nothing is relayed, and the server has no onsend_route for what it sends itself")
    {
        return;
    }
    let server = scripted().start();
    server.expect_log_error("ERROR");
    let bob = server.agent("bob");
    fill(&server, "bob", 3);
    switch(&server, "block", "1");
    bob.register();
    server.wait_for_statistic("failed_messages", 3);
    assert_eq!((bob.waiting(), server.table().count()), (0, 3));
    switch(&server, "block", "0");
    bob.register();
    assert_eq!(sorted(numbers(&bob, 3)), all(3));
    server.table().wait_until_empty();
}

/// The server has no onsend_route for what it sends itself.
#[test]
fn a_message_that_is_sent_without_a_proxy_does_not_pass_onsend_route() {
    let server = scripted().without_param("outbound_proxy").start();
    let bob = server.agent("bob");
    let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
    row.dst_addr = bob.contact();
    server.table().insert(&row);
    switch(&server, "block", "1");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

/// With DNS failover the server has an onsend_route for what it sends itself, and runs it when the message is already sent:
/// a drop there keeps neither the message nor its answer. With C the row often stays until a restart.
#[test]
fn with_dns_failover_onsend_route_comes_too_late_to_drop_a_message_that_is_answered() {
    differs(|| {
        let server = scripted().without_param("outbound_proxy").global("use_dns_failover=yes").debug(3).start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.dst_addr = bob.contact();
        server.table().insert(&row);
        switch(&server, "block", "1");
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.wait_for_log("onsend_route dropped msg.");
        server.table().wait_until_empty();
    });
}

/// Each drop costs some versions of tm memory. C never sends them again until a restart.
#[test]
fn a_destination_that_the_script_drops_is_left_alone_for_longer_each_time() {
    differs(|| {
        let server = scripted().debug(3).start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 5);
        switch(&server, "refuse", "1");
        for dropped in 1..=2 {
            bob.register();
            server.wait_for_statistic("failed_messages", dropped);
        }
        bob.register();
        server.wait_for_log("for bob@example.test is left for now");
        assert_eq!((server.statistic("failed_messages"), server.table().count()), (2, 5));
        // Nobody else waits for that.
        switch(&server, "refuse", "0");
        let carol = server.agent("carol");
        fill(&server, "carol", 1);
        carol.register();
        assert_eq!(numbers(&carol, 1), [1]);
    });
}

/// C does not wait for results.
#[test]
fn a_message_is_not_given_up_before_tm_gives_it_up() {
    differs(|| {
        let server = Server::builder().debug(3).modparam("tm", "max_noninv_lifetime", 400_000).start();
        server.wait_for_log("a message without a result is given up after 430 s");
    });
}
