//! One statement for what has come: all of it is written, and what cannot be fails alone.

use std::thread;
use std::time::Duration;

use super::later;
use crate::differences::differs;
use crate::harness::{Kind, Server};
use crate::skip::{only_on, with_sql};

/// Sends messages to bob from so many senders at once, and gives the codes.
fn send_at_once(server: &Server, count: usize, text: impl Fn(usize) -> String + Sync) -> Vec<u16> {
    thread::scope(|scope| {
        let text = &text;
        let senders: Vec<_> = (0..count)
            .map(|number| {
                scope.spawn(move || {
                    let agent = server.agent(&format!("sender-{number}"));
                    agent.message("bob").text(&text(number)).send().code()
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap_or(0)).collect()
    })
}

/// One after the other they would take half a minute, and each waits two seconds at most.
#[test]
fn many_messages_are_written_in_few_statements() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "the others have no network between them and the server") {
        return;
    }
    differs(|| {
        let server = later().children(4).relayed_database().param("store_timeout", 4).start();
        server.table().network().delay(Duration::from_millis(100));
        let codes = send_at_once(&server, 60, |number| number.to_string());
        assert_eq!(codes, [202; 60]);
        server.table().network().restore();
        assert_eq!(server.table().count_of("bob"), 60);
    });
}

#[test]
fn a_row_that_the_database_refuses_fails_alone() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let server = later().children(4).start();
        server.expect_log_error("ERROR");
        server.table().refuse_inserts("new.src_addr LIKE '%sender-7@%'");
        let codes = send_at_once(&server, 20, |number| number.to_string());
        let wanted: Vec<u16> = (0..20).map(|number| if number == 7 { 480 } else { 202 }).collect();
        assert_eq!(codes, wanted);
        assert_eq!(server.table().count_of("bob"), 19);
    });
}

/// Not ASCII, binary, empty but for a header, as large as a datagram.
#[test]
fn messages_of_all_kinds_are_written_together() {
    differs(|| {
        let server = later().children(4).start();
        let large = "x".repeat(20_000);
        let text = |number: usize| match number % 4 {
            0 => "hello".to_owned(),
            1 => "žluťoučký kůň 🐎".to_owned(),
            2 => "it's \\ \"quoted\" %s $ru".to_owned(),
            _ => large.clone(),
        };
        assert_eq!(send_at_once(&server, 24, text), [202; 24]);
        let mut bodies: Vec<Vec<u8>> = server.table().rows().into_iter().map(|row| row.body).collect();
        let mut wanted: Vec<Vec<u8>> = (0..24).map(|number| text(number).into_bytes()).collect();
        bodies.sort_unstable();
        wanted.sort_unstable();
        assert!(bodies == wanted, "the bodies are not what was sent");
    });
}
