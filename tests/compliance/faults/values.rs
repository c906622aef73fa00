//! Values that the table or a request cannot hold, and rows that hold them all the same.

use crate::differences::differs;
use crate::harness::{database_under_test, kamailio_version, under_test, Kind, NewRow, Server, ServerBuilder, Under};
use crate::skip::{only_on, skipped};

/// The databases whose stock table keeps times in 32 bits.
const WITH_32_BITS: [Kind; 3] = [Kind::Mysql, Kind::Postgres, Kind::Text];
const MORE_BITS: &str = "times have 64 bits there";

/// A server on which every message is a reminder for that time.
fn reminding_at(stamp: &str) -> ServerBuilder {
    let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1000);
    let builder = builder.param("snd_time_avp", "$avp(snd_time)");
    builder.script(|script| script.before_store = format!("$avp(snd_time) = \"{stamp}\";"))
}

#[track_caller]
fn expect_refused(builder: ServerBuilder, line: &str) {
    let server = builder.start();
    server.expect_log_error("takes numbers up to");
    server.agent("alice").message("bob").text("hello").send().expect_code(503);
    server.wait_for_log(line);
    assert_eq!(server.table().count(), 0);
}

const SEND_TIME: &str = "not stored: column snd_time takes numbers up to 2147483647 and 2209086245 is larger";

/// C stores a negative number.
#[test]
fn a_reminder_after_2038_is_refused_where_times_have_32_bits() {
    if only_on(&WITH_32_BITS, MORE_BITS) {
        differs(|| expect_refused(reminding_at("20400102030405"), SEND_TIME));
    }
}

/// C stores a negative number.
#[test]
fn a_mariadb_that_is_not_strict_gets_no_other_time_either() {
    if only_on(&[Kind::Mysql], "only MariaDB has a mode that changes values") {
        differs(|| expect_refused(reminding_at("20400102030405").own_database_server(&["--sql-mode="]), SEND_TIME));
    }
}

/// C stores a negative number, and deletes the message with the next sweep.
#[test]
fn a_message_that_would_be_kept_until_after_2038_is_refused_where_times_have_32_bits() {
    if only_on(&WITH_32_BITS, MORE_BITS) {
        differs(|| {
            let builder = Server::builder().param("expire_time", i32::MAX);
            expect_refused(builder, "not stored: column exp_time takes numbers up to 2147483647 and");
        });
    }
}

/// C stores a negative number.
#[test]
fn a_reminder_after_2038_is_stored_where_the_columns_were_widened() {
    if only_on(&[Kind::Mysql, Kind::Postgres], "no column can be widened there") {
        differs(|| {
            let wider = match database_under_test() {
                Kind::Mysql => {
                    "ALTER TABLE silo MODIFY snd_time INT UNSIGNED NOT NULL, MODIFY exp_time BIGINT NOT NULL"
                }
                _ => "ALTER TABLE silo ALTER snd_time TYPE BIGINT, ALTER exp_time TYPE BIGINT",
            };
            let server = reminding_at("20400102030405").sql(wider).start();
            server.agent("alice").message("bob").text("hello").send().expect_code(202);
            assert_eq!(server.table().only_row().snd_time, 2_209_086_245);
        });
    }
}

/// C takes it neither for an ordinary message nor for a reminder whose time will come.
#[test]
fn a_row_with_a_time_that_c_made_negative_is_delivered_at_the_register() {
    differs(|| {
        let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1000);
        let server = builder.start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.snd_time = -2_085_881_051;
        server.table().insert(&row);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}

/// No header that the server parses can have one, but a script can put together any address. C stores it.
#[test]
fn an_address_that_would_break_its_header_is_refused() {
    if under_test() == Under::Theirs && kamailio_version() < (5, 8) {
        return skipped("the C module has m_store_addrs() from 5.8 on");
    }
    differs(|| {
        let store = r#"m_store_addrs("$ru", "sip:alice@example.test\r\nX-Smuggled: 1", "")"#;
        let server = Server::builder().script(|script| script.store = store.into()).start();
        server.expect_log_error("not stored");
        server.agent("alice").message("bob").text("hello").send().expect_code(503);
        server.wait_for_log(
            r#"not stored: the sender's address "sip:alice@example.test\r\nX-Smuggled: 1" holds a line end or a NUL byte"#,
        );
        assert_eq!(server.table().count(), 0);
    });
}
