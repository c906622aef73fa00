//! What is stored later is what m_store() would have stored.

use super::later;
use crate::differences::differs;
use crate::harness::{until, Answer, Kind, NameServer, NewRow, Server, ServerBuilder, SilentPeer};
use crate::skip::{only_on, skipped};

#[test]
fn a_message_is_stored_and_answered_when_its_row_is_there() {
    differs(|| {
        let server = later().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        assert_eq!((row.username.as_str(), row.body.as_slice()), ("bob", b"hello".as_slice()));
        server.wait_for_log("later: 1 <<null>> MESSAGE");
        server.wait_for_statistic("stored_messages", 1);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

/// Row for row, but for the time.
#[test]
fn a_row_is_the_same_as_that_of_m_store() {
    differs(|| {
        let row = |server: &Server| {
            let request = server.agent("alice");
            let request = request.message("bob").call_id("same").from("\"Jürgen\" <sip:alice@example.test>;tag=1");
            request.header("X-Kept: ž").body("text/plain", "žluť".as_bytes()).send().expect_code(202);
            let row = server.table().only_row();
            (row.username, row.domain, row.src_addr, row.dst_addr, row.ctype, row.body, row.extra_hdrs, row.callid)
        };
        let there = row(&later().param("use_mode", 1).start());
        assert_eq!(there, row(&Server::builder().param("use_mode", 1).start()));
    });
}

/// Its text is in the set of the connection, and converted to that of the column.
#[test]
fn a_row_is_the_same_as_that_of_m_store_where_the_table_has_another_character_set() {
    if !only_on(&[Kind::Mysql], "only MariaDB has a character set per table") {
        return;
    }
    differs(|| {
        let columns = |builder: ServerBuilder| {
            let server = builder.own_database_server(&["--character-set-server=latin1"]).start();
            let (alice, bob) = (server.agent("alice"), server.agent("bob"));
            alice.message("bob").header("X-Kept: José").text("hello").send().expect_code(202);
            let headers = server.table().only_row().extra_hdrs;
            bob.register();
            assert_eq!(bob.receive().header("X-Kept"), Some("José"));
            server.table().wait_until_empty();
            headers
        };
        assert_eq!(columns(later()), columns(Server::builder()));
    });
}

#[test]
fn what_is_refused_is_refused_at_once_with_minus_one() {
    differs(|| {
        let server = later().start();
        server.expect_log_error("ERROR: msilo");
        server.agent("alice").message("bob").text("").send().expect_code(503);
        server.wait_for_log("m_store returned -1");
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn a_message_that_is_over_already_is_answered_as_stored() {
    differs(|| {
        let server = later().start();
        server.agent("alice").message("bob").expires(0).text("hello").send().expect_code(202);
        server.wait_for_log("later: 1");
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn a_message_the_phone_refuses_is_stored_in_failure_route() {
    differs(|| {
        let server = later().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        bob.register();
        bob.answer(Answer::Code(405, "Method Not Allowed"));
        alice.message("bob").text("hello").send().expect_code(202);
        server.wait_for_log("later: 1");
        assert_eq!(server.table().only_row().username, "bob");
    });
}

#[test]
fn a_retransmission_is_stored_once_and_answered_the_same() {
    differs(|| {
        let server = later().start();
        let alice = server.agent("alice");
        let request = alice.message("bob").text("hello").bytes();
        for _ in 0..3 {
            alice.exchange_request(&request).expect_code(202);
        }
        assert_eq!(server.table().count(), 1);
    });
}

#[test]
fn an_inbox_takes_as_many_as_max_messages_says_whoever_stores_them() {
    differs(|| {
        let server = later().param("max_messages", 10).children(4).start();
        server.expect_log_error("has its max_messages of 10");
        let server = &server;
        let codes: Vec<u16> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..6)
                .map(|sender| {
                    scope.spawn(move || {
                        let agent = server.agent(&format!("sender-{sender}"));
                        (0..4).map(|number| agent.message("bob").text(&number.to_string()).send().code()).collect()
                    })
                })
                .collect();
            senders.into_iter().flat_map(|sender| sender.join().unwrap_or_else(|_| vec![0])).collect()
        });
        assert_eq!(codes.iter().filter(|&&code| code == 202).count(), 10, "{codes:?}");
        assert_eq!(codes.iter().filter(|&&code| code == 480).count(), 14, "{codes:?}");
        assert_eq!(server.table().count_of("bob"), 10);
        server.wait_for_log("later: -1 <the inbox of bob@example.test has its max_messages of 10>");
    });
}

/// A server that stores later, and notifies the senders.
fn notifying() -> ServerBuilder {
    later()
        .param("from_address", "sip:registrar@example.test")
        .param("content_type_hdr", "Content-Type: text/plain\r\n")
        .param("offline_message", "$rU is offline")
}

#[test]
fn the_sender_is_notified_after_the_row_is_there() {
    differs(|| {
        let server = notifying().start();
        let alice = server.agent("alice");
        alice.register();
        alice.message("bob").text("hello").send().expect_code(202);
        assert_eq!(alice.receive().text(), "bob is offline");
        assert_eq!(server.table().count_of("bob"), 1);
    });
}

/// Each notification takes a second, and is for a peer that takes no connection.
#[test]
fn a_message_for_a_foreign_host_does_not_wait_for_the_notifications_of_others() {
    differs(|| {
        let (names, peer) = match NameServer::start() {
            Ok(names) => (names, SilentPeer::start()),
            Err(reason) => return skipped(&reason),
        };
        let builder = notifying().through_the_script().without_param("outbound_proxy").name_server(names.address());
        let server = builder.tcp().global("tcp_async=no\ntcp_connect_timeout=1").start();
        server.expect_log_error("ERROR");
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let contact = format!("<sip:alice@{};transport=tcp>", peer.address());
        for _ in 0..30 {
            alice.message("carol").contact(&contact).text("hello").send().expect_code(202);
        }
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.dst_addr = format!("sip:bob@home.test:{}", bob.address().port());
        server.table().insert(&row);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
    });
}

/// A message of ours that a script hands back is not stored again.
#[test]
fn a_message_out_of_the_silo_that_comes_back_stays_where_it_is() {
    differs(|| {
        // What comes out of the silo and is not taken is handed back, too.
        let routes = super::routes("m_store(\"$ru\")", "m_store_async(\"$ou\", \"STORED\")");
        let routes = routes.replace("if ($sp != {PORT}) t_on_failure", "t_on_failure");
        let server = Server::builder().through_the_script().script(|script| script.routes = Some(routes)).start();
        let bob = server.agent("bob");
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        let id = server.table().only_row().id;
        // It goes through the script of this server, and bob does not take it.
        bob.answer(Answer::Code(480, "Temporarily Unavailable"));
        bob.register();
        bob.receive();
        server.wait_for_log("later: 1");
        until("one row is left", || server.table().count() == 1);
        assert_eq!(server.table().only_row().id, id);
    });
}

#[test]
fn the_script_may_give_addresses() {
    differs(|| {
        let call = "m_store_addrs_async(\"sip:carol@$td\", \"sip:desk@$td\", \"sip:hall@$td\", \"STORED\")";
        let routes = super::routes(call, call);
        let server = Server::builder().script(|script| script.routes = Some(routes)).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        let expected = ("carol", "sip:desk@example.test", "sip:hall@example.test");
        assert_eq!((row.username.as_str(), row.src_addr.as_str(), row.dst_addr.as_str()), expected);
    });
}
