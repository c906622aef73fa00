//! Hosts that keep whoever sends to them waiting: names that nobody resolves, peers that take no connection. Their messages
//! wait, and nobody else's.

use crate::differences::differs;
use crate::harness::{until, Agent, NameServer, NewRow, Server, ServerBuilder, SilentPeer};
use crate::skip::skipped;

/// Puts a message into an inbox that goes to `uri`.
fn store(server: &Server, user: &str, uri: &str, body: &str) {
    let mut row = NewRow::text("alice", user, server.domain(), body);
    (row.dst_addr, row.ctype) = (uri.to_owned(), "text/x-body".to_owned());
    server.table().insert(&row);
}

/// Somebody whose messages go straight to the phone registers, and gets one.
#[track_caller]
fn expect_delivered(server: &Server, agent: &Agent, body: &str) {
    store(server, agent.name(), &agent.contact(), body);
    agent.register();
    assert_eq!(agent.receive().text(), body);
}

/// Goes on with a name server of the test's own and a server that asks it.
fn with_names(go_on: impl FnOnce(&NameServer, ServerBuilder)) {
    match NameServer::start() {
        Ok(names) => {
            let builder = Server::builder().without_param("outbound_proxy").name_server(names.address());
            go_on(&names, builder);
        }
        Err(reason) => skipped(&reason),
    }
}

/// C looks the names up in its SIP workers, of which there are two.
#[test]
fn ten_hosts_of_a_silent_name_server_delay_nobody_else_and_no_stop() {
    differs(|| {
        with_names(|names, builder| {
            let mut server = builder.start();
            server.expect_log_error("WARNING: msilo");
            for number in 0..10 {
                let silent = server.agent(&format!("silent-{number}"));
                store(&server, silent.name(), &format!("sip:x@{number}.silent.test"), "never");
                silent.register();
            }
            until("a name is looked up", || names.unanswered() > 0);
            for number in 0..5 {
                expect_delivered(&server, &server.agent(&format!("carol-{number}")), "hello");
            }
            server.stop();
            assert_eq!(server.table().count(), 10);
        });
    });
}

/// C opens the connections in its SIP workers, of which there are two.
#[test]
fn a_peer_that_takes_no_connection_delays_nobody_else_and_no_stop() {
    differs(|| {
        let peer = SilentPeer::start();
        let builder = Server::builder().without_param("outbound_proxy").tcp();
        let mut server = builder.global("tcp_async=no\ntcp_connect_timeout=60").start();
        for number in 0..3 {
            let silent = server.agent(&format!("silent-{number}"));
            store(&server, silent.name(), &format!("sip:x@{};transport=tcp", peer.address()), "never");
            silent.register();
        }
        for number in 0..5 {
            expect_delivered(&server, &server.agent(&format!("carol-{number}")), "hello");
        }
        server.stop();
        assert_eq!(server.table().count(), 3);
    });
}

/// C waits, too, but for each of them anew.
#[test]
fn a_host_that_was_slow_is_not_tried_again_at_the_next_register() {
    differs(|| {
        let peer = SilentPeer::start();
        let builder = Server::builder().without_param("outbound_proxy").tcp().debug(3);
        let server = builder.global("tcp_async=no\ntcp_connect_timeout=1").modparam("tm", "fr_timer", 500).start();
        server.expect_log_error("ERROR");
        let (bob, dave) = (server.agent("bob"), server.agent("dave"));
        let uri = format!("sip:x@{};transport=tcp", peer.address());
        store(&server, "bob", &uri, "never");
        store(&server, "dave", &uri, "never");
        bob.register();
        server.wait_for_log("s: other messages for it wait 60 s at least, unless it answers");
        server.wait_for_statistic("failed_messages", 1);
        dave.register();
        server.wait_for_log("for dave@example.test is left for now");
        bob.register();
        server.wait_for_log("for bob@example.test is left for now");
        assert_eq!((server.statistic("failed_messages"), server.table().count()), (1, 2));
    });
}

/// C looks names up in its SIP workers.
#[test]
fn a_host_that_was_quick_before_does_not_wait_for_a_silent_one() {
    differs(|| {
        with_names(|names, builder| {
            let server = builder.debug(3).start();
            let (bob, carol, dave) = (server.agent("bob"), server.agent("carol"), server.agent("dave"));
            let at_home = |agent: &Agent| format!("sip:{}@home.test:{}", agent.name(), agent.address().port());
            (0..5).for_each(|number| store(&server, "bob", &at_home(&bob), &number.to_string()));
            bob.register();
            let got: Vec<String> = bob.receive_all(5).iter().map(|message| message.text()).collect();
            assert_eq!(got, ["0", "1", "2", "3", "4"]);
            server.table().wait_until_empty();
            store(&server, "carol", "sip:carol@silent.test", "never");
            carol.register();
            until("a name is looked up", || names.unanswered() > 0);
            store(&server, "dave", &at_home(&dave), "hello");
            dave.register();
            assert_eq!(dave.receive().text(), "hello");
        });
    });
}

/// C sends in its workers.
#[test]
fn core_psx_lists_a_process_for_slow_hosts_where_there_is_no_outbound_proxy() {
    differs(|| {
        let count = |server: &Server| {
            let all = server.rpc().processes().expect("core.psx answers");
            all.iter().filter(|(_, name)| name == "MSILO slow hosts").count()
        };
        let server = Server::builder().without_param("outbound_proxy").start();
        until("the process is there", || count(&server) == 1);
        assert!(server.log().text().contains("WARNING: msilo"), "the log warns");
        let server = Server::start();
        server.settle();
        assert_eq!(count(&server), 0);
        assert!(!server.log().text().contains("WARNING: msilo"), "nothing to warn of");
    });
}
