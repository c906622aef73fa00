//! Ids of rows beyond 2^31 and 2^32.

use crate::harness::{Kind, NewRow, Server};
use crate::skip::only_on;

#[test]
fn rows_with_ids_beyond_31_and_32_bits_are_delivered_and_deleted() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "fixed::twice has it for SQLite, and db_text has 32 bits") {
        return;
    }
    let server = Server::start();
    let bob = server.agent("bob");
    server.table().widen_ids();
    let ids = [2_147_483_646_i64, 2_147_483_648, 4_294_967_295, 4_294_967_297, 9_000_000_000_000];
    for id in ids {
        let mut row = NewRow::text("alice", "bob", server.domain(), &id.to_string());
        row.ctype = format!("text/x-{id}");
        server.table().insert(&row);
        server.table().execute(&format!("UPDATE silo SET id = {id} WHERE ctype = 'text/x-{id}'"));
    }
    bob.register();
    let bodies: Vec<String> = bob.receive_all(ids.len()).iter().map(|message| message.text()).collect();
    assert_eq!(bodies, ids.map(|id| id.to_string()));
    server.table().wait_until_empty();
    bob.register();
    server.settle();
    assert_eq!(bob.waiting(), 0, "sent again");
}
