//! Where `shared_table` cannot work the server does not start.

use super::{claims, put, with_sharing};
use crate::harness::{Answer, Kind, Server};
use crate::skip::{only_on, with_sql};

#[test]
fn without_a_server_id_it_is_refused_with_what_to_set() {
    with_sharing(|| {
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
