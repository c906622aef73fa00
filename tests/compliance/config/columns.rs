//! Another table, other columns.

use crate::harness::{now, until, NewRow, Server};
use crate::skip::with_sql;

const COLUMNS: [(&str, &str); 11] = [
    ("sc_mid", "id"),
    ("sc_from", "src_addr"),
    ("sc_to", "dst_addr"),
    ("sc_uri_user", "username"),
    ("sc_uri_host", "domain"),
    ("sc_body", "body"),
    ("sc_ctype", "ctype"),
    ("sc_exp_time", "exp_time"),
    ("sc_inc_time", "inc_time"),
    ("sc_snd_time", "snd_time"),
    ("sc_stored_hdrs", "extra_hdrs"),
];

#[test]
fn every_column_may_have_another_name() {
    if !with_sql() {
        return;
    }
    let mut builder = Server::builder().param("clean_period", 1).param("max_messages", 10);
    builder = builder.param("reminder", "sip:reminder@example.test").param("send_time", 1);
    for (parameter, column) in COLUMNS {
        builder = builder.param(parameter, format!("my_{column}"));
        builder = builder.sql(&format!("ALTER TABLE silo RENAME COLUMN {column} TO my_{column}"));
    }
    let server = builder.start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Stored: 1").text("hello").send().expect_code(202);
    bob.register();
    let message = bob.receive();
    assert!(message.text().ends_with("] hello"));
    assert_eq!(message.address("From"), "sip:alice@example.test");
    assert_eq!(message.header("X-Stored"), Some("1"));
    server.table().wait_until_empty();
    let insert = |snd_time: i64, exp_time: i64| {
        server.table().execute(&format!(
            "INSERT INTO silo (my_src_addr, my_dst_addr, my_username, my_domain, my_body, my_snd_time, my_exp_time) \
             VALUES ('sip:a@b', 'sip:c@d', 'bob', 'example.test', 'x', {snd_time}, {exp_time})"
        ));
    };
    insert(now() - 1, now() + 1000);
    assert!(bob.receive().text().starts_with("[Reminder"));
    server.table().wait_until_empty();
    insert(0, now() - 10);
    server.table().wait_until_empty();
}

#[test]
fn the_table_may_have_another_name() {
    if !with_sql() {
        return;
    }
    let builder = Server::builder().param("db_table", "inbox").sql("ALTER TABLE silo RENAME TO inbox");
    let server = builder.sql("INSERT INTO version (table_name, table_version) VALUES ('inbox', 8)").start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().number("SELECT count(*) FROM inbox"), 1);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    until("the message is deleted", || server.table().number("SELECT count(*) FROM inbox") == 0);
}

#[test]
fn a_row_without_extra_hdrs_is_delivered() {
    if !with_sql() {
        return;
    }
    let server = Server::start();
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    server.table().execute("UPDATE silo SET extra_hdrs = NULL");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}
