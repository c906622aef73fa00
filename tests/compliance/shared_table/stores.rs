//! What `m_store()` has to know of other servers.

use std::sync::Barrier;
use std::thread;

use super::{claims, put, sharing};
use crate::differences::differs;
use crate::harness::{until, Agent, Server, SharedDatabase};
use crate::skip::with_sql;

#[test]
fn an_inbox_holds_max_messages_whichever_servers_store_into_it() {
    differs(|| {
        if !with_sql() {
            return;
        }
        const MOST: usize = 5;
        let cluster = sharing(2, |builder| builder.param("max_messages", 5).children(4));
        cluster.iter().for_each(|server| server.expect_log_error("has its max_messages of 5"));
        let senders: Vec<_> = (0..12).map(|number| cluster[number % 2].agent(&format!("alice{number}"))).collect();
        let gate = Barrier::new(senders.len());
        let stored: usize = thread::scope(|scope| {
            let send = |agent: &Agent| {
                gate.wait();
                usize::from(agent.message("bob").text("hello").send().code() == 202)
            };
            let threads: Vec<_> = senders.iter().map(|agent| scope.spawn(move || send(agent))).collect();
            threads.into_iter().map(|thread| thread.join().expect("it sends")).sum()
        });
        assert_eq!((stored, cluster[0].table().count_of("bob")), (MOST, 5));
        // Room that was made at one server is there at the other.
        cluster[0].table().execute("DELETE FROM silo WHERE id = (SELECT * FROM (SELECT MIN(id) FROM silo) AS first)");
        cluster[1].agent("carol").message("bob").text("hello").send().expect_code(202);
        cluster[0].agent("carol").message("bob").text("hello").send().expect_code(503);
    });
}

/// The first server sends through the second, as through a load balancer, and the second does not know where bob is.
#[test]
fn a_message_of_another_server_that_comes_back_is_not_stored_again_and_not_lost() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let database = SharedDatabase::create();
        let server =
            |id| Server::builder().through_the_script().database(&database).server_id(id).param("shared_table", 1);
        let second = server(2).start();
        let proxy = format!("sip:{}", second.address());
        let first = server(1).without_param("outbound_proxy").param("outbound_proxy", proxy.as_str()).start();
        let bob = first.agent("bob");
        let id = put(&first, "bob", "hello");
        bob.register();
        first.wait_for_statistic("dumped_messages", 1);
        until("the row is free", || claims(&first) == [0]);
        let row = first.table().only_row();
        assert_eq!((row.id, row.body.as_slice()), (id, &b"hello"[..]));
        assert_eq!(second.statistic("stored_messages"), 0);
        // Now the second knows him.
        let bob = second.agent("bob");
        bob.register();
        assert_eq!(bob.receive().text(), "hello");
        first.table().wait_until_empty();
    });
}

#[test]
fn who_makes_up_the_mark_of_a_message_has_his_own_stored() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let cluster = sharing(1, |builder| builder);
        let id = put(&cluster[0], "bob", "hello");
        let stored_at = cluster[0].table().only_row().inc_time;
        let tag = format!("msilo-1-{id:x}-1-0-{stored_at:x}-7fffffff-0123456789abcdef");
        let alice = cluster[0].agent("alice");
        let from = format!("<{}>;tag={tag}", alice.aor());
        alice.message("bob").from(&from).text("mine").send().expect_code(202);
        assert_eq!(cluster[0].table().count_of("bob"), 2, "nobody has claimed that one");
    });
}
