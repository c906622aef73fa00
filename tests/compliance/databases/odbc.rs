//! db_unixodbc: the database is whatever an ODBC driver reaches.

use std::fs;

use crate::databases::{scenarios, texts};
use crate::differences::differs;
use crate::harness::{Kind, Server, ServerBuilder};
use crate::skip::{has_module, missing, only_on};

/// The data source: the MariaDB under test, through its own ODBC driver.
const MARIADB: &str = "[silo]\nDriver=MariaDB Unicode\nSERVER=127.0.0.1\nPORT={DB_PORT}\nDATABASE={DB_NAME}\n";

/// The data source: the SQLite under test. The last part of its URL is the name of the file.
const SQLITE: &str = "[silo]\nDriver=SQLite3\nDatabase={DB_NAME}\n";

/// Whether MariaDB is under test, and can be reached by ODBC.
fn over_mariadb() -> bool {
    only_on(&[Kind::Mysql], "the ODBC driver is MariaDB's") && has_driver("MariaDB Unicode")
}

/// Whether ODBC has that driver, and the server has db_unixodbc; says so when not.
fn has_driver(name: &str) -> bool {
    let drivers = fs::read_to_string("/etc/odbcinst.ini").unwrap_or_default();
    has_module("db_unixodbc")
        && (drivers.contains(&format!("[{name}]")) || missing(&format!("there is no ODBC driver \"{name}\"")))
}

/// A server on a data source.
fn on(builder: ServerBuilder, source: &str, escape: i32) -> ServerBuilder {
    // A database driver has to be loaded before msilo.
    let builder = builder.global("loadmodule \"db_unixodbc.so\"").modparam("db_unixodbc", "use_escape_common", escape);
    let builder = builder.param("db_url", "unixodbc://kamailio:kamailio@localhost/silo");
    builder.file("odbc.ini", source).env("ODBCINI", "odbc.ini")
}

/// As docs/databases.md says.
fn mariadb(builder: ServerBuilder) -> Server {
    on(builder, MARIADB, 1).start()
}

#[test]
fn messages_are_delivered_in_order_and_deleted_through_db_unixodbc() {
    if over_mariadb() {
        differs(|| scenarios::messages_are_delivered_in_order_and_deleted(mariadb));
    }
}

#[test]
fn a_restart_loses_nothing_and_doubles_nothing_through_db_unixodbc() {
    if over_mariadb() {
        scenarios::a_restart_loses_nothing_and_doubles_nothing(mariadb);
    }
}

#[test]
fn a_reminder_comes_at_its_time_through_db_unixodbc() {
    if over_mariadb() {
        scenarios::a_reminder_comes_at_its_time(mariadb);
    }
}

#[test]
fn the_limit_and_the_end_of_messages_are_kept_through_db_unixodbc() {
    if over_mariadb() {
        scenarios::the_limit_and_the_end_of_messages_are_kept(mariadb);
    }
}

/// C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_kept_through_db_unixodbc() {
    if over_mariadb() {
        differs(|| texts::expect_kept(&mariadb(Server::builder()), true));
    }
}

/// The driver copies what it reads up to the first NUL byte, and takes the text NULL for no value. C: delivers what is
/// left.
#[test]
fn what_db_unixodbc_does_not_give_back_is_refused() {
    if !over_mariadb() {
        return;
    }
    differs(|| {
        let server = mariadb(Server::builder());
        server.expect_log_error("which this database cannot keep");
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let refused = [
            (b"before\0after".as_slice(), "column body holds a NUL byte, which this database cannot keep"),
            (b"NULL", "column body is the word NULL, which this database cannot keep"),
        ];
        for (body, line) in refused {
            // The fault is the message's, so none of these lines is left out, as some are where it is the database's.
            for count in 1..=2 {
                alice.message("bob").body("text/x-plain", body).send().expect_code(503);
                assert_eq!(server.log().count(line), count);
            }
        }
        let body: Vec<u8> = (1..=255).cycle().take(20_000).collect();
        alice.message("bob").body("text/x-plain", &body).send().expect_code(202);
        bob.register();
        assert!(bob.receive().body() == body, "the body that came is another");
    });
}

/// Without it a quote in a message ends the text in the SQL, and what follows is run. C: starts.
#[test]
fn db_unixodbc_without_escaping_is_refused() {
    if over_mariadb() {
        differs(|| expect_refused(on(Server::builder(), MARIADB, 0)));
    }
}

/// SQLite takes a backslash for itself, so the quote behind it ends the text. C: starts.
#[test]
fn db_unixodbc_on_a_database_that_escapes_otherwise_is_refused() {
    if only_on(&[Kind::Sqlite], "the ODBC driver is SQLite's") && has_driver("SQLite3") {
        differs(|| expect_refused(on(Server::builder(), SQLITE, 1)));
    }
}

#[track_caller]
fn expect_refused(builder: ServerBuilder) {
    let log = builder.start_refused().log;
    let named =
        "modparam(\"msilo\", \"db_url\", \"unixodbc://kamailio:...@localhost/silo\"): its driver does not escape";
    assert!(log.contains(named), "no line says {named}:\n{log}");
}
