//! Large inboxes: they fit the memory of the server, hold nobody up, and cost few statements.

use std::process::Command;

use crate::differences::differs;
use crate::harness::{now, send_signal, until, Answer, Kind, NewRow, Server};
use crate::ours::process::delivery_processes;
use crate::skip::only_on;

/// Messages for bob with bodies of that many bytes.
fn fill(server: &Server, count: usize, bytes: usize) {
    let row = |number: usize| {
        let mut row = NewRow::text("alice", "bob", server.domain(), &format!("{number} {}", "x".repeat(bytes)));
        row.ctype = "text/x-number".into();
        row
    };
    // One statement at a time takes so much that every database takes it.
    for rows in (0..count).map(row).collect::<Vec<_>>().chunks(100) {
        server.table().insert_all(rows);
    }
}

/// C reads the inbox in one query, into 8 MB of private memory: nothing of it can ever be delivered.
#[test]
fn an_inbox_larger_than_the_private_memory_of_a_process_is_delivered() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text has the whole table in memory") {
        return;
    }
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        fill(&server, 400, 30_000);
        bob.register();
        bob.receive_all(400);
        server.table().wait_until_empty();
    });
}

/// C: the one process that takes SIP walks a list of all that was sent, once for each message.
#[test]
fn a_request_is_answered_while_a_large_inbox_is_delivered() {
    if !only_on(&[Kind::Sqlite], "one database is enough to show it") {
        return;
    }
    differs(|| {
        let server = Server::builder().children(1).private_memory(64).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        fill(&server, 20_000, 1);
        bob.register();
        alice.message("nobody").text("hello").send().expect_code(202);
        assert!(server.table().count_of("bob") > 10_000, "the inbox was delivered before the request was answered");
    });
}

/// C: one for each message; and it has no such parameter.
#[test]
fn two_hundred_messages_take_fewer_than_a_hundred_deletes() {
    if !only_on(&[Kind::Sqlite], "SQLite counts its transactions") {
        return;
    }
    differs(|| {
        let server = Server::builder().param("dump_window", 200).start();
        let bob = server.agent("bob");
        bob.answer(Answer::Silence);
        fill(&server, 200, 1);
        let before = changes(&server);
        bob.register();
        let messages = bob.receive_all(200);
        // All answers are there before the process goes on: how quick phone and machine are does not matter.
        let process = delivery_processes(&server)[0] as i32;
        send_signal(process, libc::SIGSTOP);
        messages.iter().for_each(|message| bob.reply(message, 200, "OK"));
        until("tm has all answers", || {
            let stats = server.rpc().call(&["tm.stats"]).expect("tm.stats answers");
            // Each message has two transactions: to this server, and on to the phone.
            stats.lines().any(|line| line.trim() == "2xx: 400")
        });
        send_signal(process, libc::SIGCONT);
        server.table().wait_until_empty();
        let deletes = changes(&server) - before;
        assert!(deletes < 100, "there were {deletes} transactions");
    });
}

/// How many transactions have written to the database: a counter in the index of its write-ahead log
/// (sqlite.org, "WAL-mode file format", section 2.1). Another process looks at it: who closes that file loses all
/// locks its process has on it.
fn changes(server: &Server) -> u32 {
    let url = server.table().url();
    let file = url.strip_prefix("sqlite://").expect("a SQLite database");
    let index = Command::new("cat").arg(format!("{file}-shm")).output().expect("cat runs").stdout;
    u32::from_ne_bytes(index[8..12].try_into().expect("four bytes"))
}

/// C writes the address of the user into a buffer of 1024 bytes, whatever its length.
#[test]
fn a_reminder_for_a_user_name_of_forty_kilobytes_does_the_server_no_harm() {
    if !only_on(&[Kind::Sqlite], "columns of other databases have a width") {
        return;
    }
    differs(|| {
        let reminding = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
        let server = reminding.start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        bob.register();
        for user in ["u".repeat(40_000).as_str(), "bob"] {
            let mut row = NewRow::text("alice", user, server.domain(), "hello");
            row.snd_time = now() - 1;
            server.table().insert(&row);
        }
        bob.receive();
    });
}
