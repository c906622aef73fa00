//! Ids of rows beyond 2^31 and 2^32.

use crate::differences::differs;
use crate::harness::{Kind, NewRow, Server};
use crate::skip::only_on;

/// C takes 31 bits.
#[test]
fn rows_with_ids_beyond_31_and_32_bits_are_delivered_and_deleted() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "fixed::twice has it for SQLite, and db_text has 32 bits") {
        return;
    }
    differs(|| {
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
        let mut got: Vec<i64> =
            bob.receive_all(ids.len()).iter().filter_map(|message| message.text().parse().ok()).collect();
        got.sort_unstable();
        assert_eq!(got, ids);
        server.table().wait_until_empty();
        bob.register();
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent again");
    });
}
