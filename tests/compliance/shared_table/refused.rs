//! Where `shared_table` cannot work the server does not start.

use super::{claims, put};
use crate::differences::differs;
use crate::harness::{database_under_test, Answer, Kind, Server};
use crate::skip::{only_on, with_sql};

#[test]
fn without_a_server_id_it_is_refused_with_what_to_set() {
    differs(|| {
        if !with_sql() {
            return;
        }
        for id in ["server_id=0", "server_id=256"] {
            let refusal = Server::builder().global(id).param("shared_table", 1).start_refused();
            let line = "\"shared_table\", 1): set the core parameter server_id to a number from 1 to 255";
            assert!(refusal.log.contains(line), "{}", refusal.log);
        }
        let refusal = Server::builder().global("server_id=1").param("shared_table", 2).start_refused();
        assert!(refusal.log.contains("\"shared_table\", 2): must be from 0 to 1"), "{}", refusal.log);
    });
}

#[test]
fn db_text_cannot_claim_and_is_refused() {
    if !only_on(&[Kind::Text], "it is about db_text") {
        return;
    }
    let refusal = Server::builder().global("server_id=1").param("shared_table", 1).start_refused();
    assert!(refusal.log.contains("\"shared_table\", 1): needs a database"), "{}", refusal.log);
}

#[test]
fn a_status_column_that_no_claim_fits_is_refused() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "columns of other databases have no width") {
        return;
    }
    differs(|| {
        let narrow = match database_under_test() {
            Kind::Postgres => "ALTER TABLE silo ALTER status TYPE SMALLINT",
            _ => "ALTER TABLE silo MODIFY status SMALLINT NOT NULL DEFAULT 0",
        };
        let refusal = Server::builder().server_id(1).param("shared_table", 1).sql(narrow).start_refused();
        let line =
            "\"sc_status\", \"status\"): shared_table needs numbers up to 2147483647 there, and it takes up to 32767";
        assert!(refusal.log.contains(line), "{}", refusal.log);
    });
}

#[test]
fn without_it_the_column_is_never_touched() {
    if !with_sql() {
        return;
    }
    let server = Server::builder().global("server_id=1").start();
    let bob = server.agent("bob");
    put(&server, "bob", "hello");
    server.table().execute("UPDATE silo SET status = 2000000001");
    bob.answer(Answer::Silence);
    bob.register();
    let message = bob.receive();
    assert_eq!(claims(&server), [2_000_000_001 % 256]);
    bob.reply(&message, 200, "OK");
    server.table().wait_until_empty();
}
