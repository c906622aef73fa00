//! A database server that is stopped and started again while messages come and go.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{until, within, Kind, Server, DEADLINE};
use crate::skip::only_on;

#[test]
fn a_database_that_is_stopped_and_started_again_loses_nothing_that_was_accepted() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "there is no server to stop") {
        return;
    }
    let server = Server::builder().children(4).own_database_server(&[]).modparam("tm", "fr_timer", 30_000).start();
    server.expect_log_error("ERROR");
    server.expect_log_error("CRITICAL");
    let (over, server) = (AtomicBool::new(false), &server);
    let begun = Instant::now();
    let accepted: BTreeSet<String> = thread::scope(|scope| {
        let over = &over;
        let send = move |sender: usize| {
            let agent = server.agent(&format!("sender-{sender}"));
            let mut accepted = Vec::new();
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let text = format!("{sender}-{number}");
                match agent.message("bob").body("text/x-number", text.as_bytes()).send().code() {
                    202 => accepted.push(text),
                    code => assert_eq!(code, 503),
                }
                // A transaction stays in the server's memory for five seconds: refused ones at full speed use it up.
                thread::sleep(Duration::from_millis(10));
            }
            accepted
        };
        let senders: Vec<_> = (0..2).map(|sender| scope.spawn(move || send(sender))).collect();
        until("messages are stored", || server.statistic("stored_messages") > 20);
        server.table().service().stop();
        until("some were refused", || server.log().count("m_store returned -1") > 2);
        server.table().service().start_again();
        let stored = server.statistic("stored_messages");
        let back = within(DEADLINE * 3, || (server.statistic("stored_messages") > stored + 20).then_some(()));
        over.store(true, Ordering::Relaxed);
        back.expect("messages are stored again");
        senders.into_iter().flat_map(|sender| sender.join().expect("a sender is done")).collect()
    });
    let bob = server.agent("bob");
    bob.register();
    let mut got = BTreeSet::new();
    // Some that were refused may be there as well: stored by a database that died before it could say so.
    while !got.is_superset(&accepted) {
        got.insert(bob.receive().text());
    }
    server.table().wait_until_empty();
    // What the delivery process has to say about it.
    let lines = server.log().count("trying again every second");
    assert!(lines as u64 <= begun.elapsed().as_secs() + 2, "{lines} lines");
}
