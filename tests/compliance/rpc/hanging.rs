//! While a delivery process hangs, in its database or otherwise, commands answer: what does not need it as always, the
//! others with a fault.

use serde_json::json;

use super::{ask, builder, fault, owner, put, start};
use crate::differences::differs;
use crate::harness::{send_signal, until, Kind, Server};
use crate::ours::process::delivery_processes;
use crate::skip::only_on;

/// It is stopped in the middle of whatever it does.
#[test]
fn processes_and_inbox_answer_while_the_delivery_process_hangs_and_rm_says_that_it_does() {
    differs(|| {
        let server = start(builder());
        let id = put(&server, "bob", "1");
        let [delivery] = delivery_processes(&server)[..] else { panic!("there is one delivery process") };
        send_signal(delivery as i32, libc::SIGSTOP);
        expect_answers(&server);
        until("it is silent", || ask(&server, "processes", &[])[0]["silent_for"].as_i64() > Some(1));
        let (code, text) = fault(&server, "rm", &[json!(id)]);
        assert!(code == 500 && text.contains("the delivery process does not answer"), "{code} {text}");
        assert_eq!(fault(&server, "purge", &[owner("bob")]).0, 500);
        send_signal(delivery as i32, libc::SIGCONT);
        // What was given up is not done later.
        until("it answers again", || ask(&server, "inbox", &[owner("bob")])["answers"] == 1);
        assert_eq!(server.table().count(), 1);
        assert_eq!(ask(&server, "rm", &[json!(id)]), json!({"removed": 1}));
    });
}

#[test]
fn processes_and_inbox_answer_while_the_database_says_nothing() {
    if !only_on(&[Kind::Mysql, Kind::Postgres], "there is no server that could be silent") {
        return;
    }
    differs(|| {
        let server = start(builder().relayed_database());
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        put(&server, "bob", "1");
        server.table().network().silence();
        bob.register();
        until("the delivery process hangs", || ask(&server, "inbox", &[owner("bob")])["answers"] == 0);
        expect_answers(&server);
        assert_eq!(ask(&server, "processes", &[])[0]["inboxes"], 1);
        server.table().network().restore();
        assert_eq!(bob.receive().text(), "1");
        server.table().wait_until_empty();
    });
}

#[track_caller]
fn expect_answers(server: &Server) {
    let inbox = ask(server, "inbox", &[owner("bob")]);
    assert_eq!((&inbox["answers"], &inbox["state"], &inbox["process"]), (&json!(0), &json!("unknown"), &json!(0)));
    let process = ask(server, "processes", &[])[0].clone();
    assert_eq!((&process["alive"], &process["pid"]), (&json!(1), &inbox["pid"]));
    assert_eq!(ask(server, "pause", &[])["paused"], 1);
    assert_eq!(ask(server, "resume", &[]), json!({"paused": 0}));
}
