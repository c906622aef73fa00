//! What the C module has from Kamailio 5.8 on, and ours on every Kamailio: `use_mode`, `sc_callid`, `sc_status`,
//! `m_store_addrs()`. On an older server C fails all of these.

use crate::differences::differs;
use crate::harness::Server;
use crate::skip::with_sql;

#[test]
fn the_three_parameters_of_5_8_are_accepted() {
    differs(|| {
        let builder = Server::builder().param("use_mode", 0).param("sc_callid", "callid");
        builder.param("sc_status", "status").start();
    });
}

#[test]
fn use_mode_1_stores_the_call_id_and_delivers_with_it() {
    differs(|| {
        let server = Server::builder().param("use_mode", 1).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").call_id("remember-me@example.test").text("hello").send().expect_code(202);
        assert_eq!(server.table().only_row().callid, "remember-me@example.test");
        bob.register();
        assert_eq!(bob.receive().header("Call-ID"), Some("remember-me@example.test"));
        server.table().wait_until_empty();
    });
}

#[test]
fn use_mode_0_delivers_with_a_call_id_of_its_own() {
    differs(|| {
        let server = Server::builder().param("use_mode", 0).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").call_id("forget-me@example.test").text("hello").send().expect_code(202);
        assert_eq!(server.table().only_row().callid, "");
        bob.register();
        assert_ne!(bob.receive().header("Call-ID"), Some("forget-me@example.test"));
        server.table().wait_until_empty();
    });
}

#[test]
fn the_column_of_the_call_id_may_have_another_name() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let builder = Server::builder().param("use_mode", 1).param("sc_callid", "my_callid");
        let server = builder.sql("ALTER TABLE silo RENAME COLUMN callid TO my_callid").start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").call_id("renamed").text("hello").send().expect_code(202);
        assert_eq!(server.table().number("SELECT count(*) FROM silo WHERE my_callid = 'renamed'"), 1);
        bob.register();
        assert_eq!(bob.receive().header("Call-ID"), Some("renamed"));
        server.table().wait_until_empty();
    });
}

#[test]
fn m_store_addrs_takes_owner_source_and_destination() {
    differs(|| {
        let store = r#"m_store_addrs("$ru", "sip:src-$fU@else.test", "sip:dst-$rU@else.test")"#;
        let server = Server::builder().script(|script| script.store = store.into()).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
        assert_eq!(row.src_addr, "sip:src-alice@else.test");
        assert_eq!(row.dst_addr, "sip:dst-bob@else.test");
    });
}

#[test]
fn m_store_addrs_with_empty_addresses_takes_those_of_the_message() {
    differs(|| {
        let server = Server::builder().script(|script| script.store = r#"m_store_addrs("$ru", "", "")"#.into()).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        assert_eq!(row.src_addr, "sip:alice@example.test");
        assert_eq!(row.dst_addr, "sip:bob@example.test");
    });
}
