//! `shared_table`: several servers take turns at one table, by a lease in the column `status`.

mod beside_c;
mod contacts;
mod refused;
mod stores;
mod turns;

use crate::harness::{Cluster, NewRow, Server, ServerBuilder, SipMessage};

/// Leases of these servers end after 4 to 8 s, instead of 513 to 1023.
const QUICK: (&str, &str) = ("MSILO_TEST_LEASE_SPEED", "128");

/// Servers that share a table.
fn sharing(count: u8, describe: impl Fn(ServerBuilder) -> ServerBuilder) -> Cluster {
    Cluster::start(count, |_, builder| describe(builder.param("shared_table", 1)))
}

/// Puts a row for `user` in, with this text.
fn put(server: &Server, user: &str, text: &str) -> i64 {
    let mut row = NewRow::text("alice", user, server.domain(), text);
    row.ctype = "text/x-plain".to_owned();
    server.table().insert(&row)
}

/// Puts a row for `user` in for each text.
fn put_all(server: &Server, user: &str, texts: &[impl AsRef<str>]) {
    for text in texts {
        put(server, user, text.as_ref());
    }
}

/// Which server (1, 2, ...) has claimed each row, by its status; 0 where none has.
fn claims(server: &Server) -> Vec<i64> {
    server.table().rows().iter().map(|row| row.status % 256).collect()
}

/// Whether this server has sent the message.
fn is_from(message: &SipMessage, server: &Server) -> bool {
    message.header("Via").is_some_and(|via| via.contains(&format!("{};", server.address())))
}
