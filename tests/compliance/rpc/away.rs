//! While the table is away each command says so.

use serde_json::{json, Value};

use super::{ask, builder, fault, owner, put, start};
use crate::differences::differs;
use crate::harness::{until, Kind};
use crate::skip::{only_on, with_sql};

/// The commands that need the table, with arguments.
fn commands(id: i64) -> [(&'static str, Vec<Value>); 8] {
    [
        ("summary", vec![]),
        ("count", vec![owner("bob")]),
        ("list", vec![owner("bob")]),
        ("show", vec![json!(id)]),
        ("dump", vec![owner("bob")]),
        ("rm", vec![json!(id)]),
        ("purge", vec![owner("bob")]),
        ("purge", vec![json!("expired")]),
    ]
}

#[test]
fn each_command_says_so_while_the_table_is_away() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = start(builder());
        server.expect_log_error("ERROR");
        let id = put(&server, "bob", "1");
        assert_eq!(server.statistic("store_away"), 0);
        server.table().execute("ALTER TABLE silo RENAME TO silo_away");
        for (command, arguments) in commands(id) {
            let (code, text) = fault(&server, command, &arguments);
            assert!(code == 500 && text.starts_with("cannot "), "{command}: {code} {text}");
        }
        until("the statistic says so", || server.statistic("store_away") == 1);
        let bob = server.agent("bob");
        bob.register();
        until("the process says what is wrong", || {
            let process = ask(&server, "processes", &[])[0].clone();
            let error = process["last_error"].as_str().unwrap_or_default().to_owned();
            process["last_error_time"].as_i64() > Some(1_700_000_000) && error.starts_with("cannot ")
        });
        server.table().execute("ALTER TABLE silo_away RENAME TO silo");
        assert_eq!(bob.receive().text(), "1");
        server.table().wait_until_empty();
        until("it is back", || server.statistic("store_away") == 0);
        let id = put(&server, "carol", "2");
        for (command, arguments) in commands(id).into_iter().filter(|(command, _)| *command != "purge") {
            ask(&server, command, &arguments);
        }
        assert_eq!(server.table().count(), 0);
    });
}

#[test]
fn each_command_says_so_while_the_database_is_stopped() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "there is no server to stop") {
        return;
    }
    differs(|| {
        let server = start(builder().own_database_server(&[]));
        server.expect_log_error("ERROR");
        server.expect_log_error("CRITICAL");
        let id = put(&server, "bob", "1");
        server.table().service().stop();
        for (command, arguments) in commands(id) {
            assert_eq!(fault(&server, command, &arguments).0, 500, "{command}");
        }
        assert_eq!(ask(&server, "processes", &[])[0]["alive"], 1);
        server.table().service().start_again();
        until("it is back", || super::try_ask(&server, "summary", &[]).is_ok());
        assert_eq!(ask(&server, "summary", &[])["messages"], 1);
    });
}
