//! `deliver_to` = `contacts` with contacts that all servers know (usrloc with `db_mode` 3).

use std::time::Duration;

use super::{claims, is_from, put, sharing};
use crate::differences::differs;
use crate::harness::{now, stock_tables, until, Cluster, NewRow, Server, ServerBuilder};
use crate::skip::with_sql;

/// Two servers with one table of messages and one of contacts.
fn with_contacts(describe: impl Fn(ServerBuilder) -> ServerBuilder) -> Cluster {
    let tables = std::cell::Cell::new(false);
    sharing(2, |builder| {
        let builder = describe(builder).param("deliver_to", "contacts").param("reminder", "sip:reminder@example.test");
        let builder = builder.param("send_time", 1);
        let builder = builder.modparam("usrloc", "db_mode", 3).modparam("usrloc", "db_url", "{DB_URL}");
        if tables.replace(true) {
            builder
        } else {
            builder.sql(&stock_tables("usrloc"))
        }
    })
}

fn put_reminder(server: &Server, user: &str, text: &str) {
    let mut row = NewRow::text("alice", user, server.domain(), text);
    (row.ctype, row.snd_time) = ("text/x-plain".to_owned(), now());
    server.table().insert(&row);
}

#[test]
fn a_reminder_comes_once_from_the_server_where_its_user_has_registered() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster = with_contacts(|builder| builder);
        let bobs = [cluster[0].agent("bob"), cluster[1].agent("carol")];
        bobs.iter().for_each(|bob| bob.register());
        for round in 0..3 {
            for (server, user) in [(0, "bob"), (1, "carol")] {
                put_reminder(&cluster[server], user, &format!("wake up {round}"));
                let message = bobs[server].receive();
                assert_eq!(message.text(), format!("wake up {round}"));
                assert!(is_from(&message, &cluster[server]));
            }
        }
        cluster[0].table().wait_until_empty();
        assert!(bobs.iter().all(|bob| bob.receive_within(Duration::from_secs(1)).is_none()));
    });
}

#[test]
fn a_server_takes_nothing_from_an_inbox_whose_user_has_registered_elsewhere() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster =
            with_contacts(|builder| builder.script(|script| script.dump = "m_dump(\"sip:bob@example.test\")".into()));
        let phone = cluster[1].agent("bob");
        put(&cluster[0], "bob", "hello");
        phone.register();
        assert_eq!(phone.receive().text(), "hello");
        cluster[0].table().wait_until_empty();
        // Somebody else registers at the first server, whose script has it deliver to bob.
        put(&cluster[0], "bob", "again");
        let carol = cluster[0].agent("carol");
        carol.register();
        assert!(phone.receive_within(Duration::from_secs(1)).is_none());
        until("nobody has it", || claims(&cluster[0]) == [0]);
        phone.register();
        assert_eq!(phone.receive().text(), "again");
        cluster[0].table().wait_until_empty();
    });
}
