//! The delivery, seen and steered from outside.

use serde_json::json;

use super::{ask, builder, fault, owner, put, start};
use crate::differences::differs;
use crate::harness::{until, Answer, Server};

#[test]
fn dump_delivers_without_a_register() {
    differs(|| {
        let server = start(builder().param("extra_hdrs", "X-Offline: yes\r\n"));
        let bob = server.agent("bob");
        bob.register();
        // What the REGISTER asked for is done by then.
        server.settle();
        ["1", "2", "3"].iter().for_each(|text| assert!(put(&server, "bob", text) > 0));
        let two = ask(&server, "dump", &[owner("bob"), json!(2)]);
        assert_eq!(two, json!({"owner": "bob@example.test", "queued": 2, "paused": 0}));
        let got = bob.receive_all(2);
        assert_eq!((got[0].text(), got[1].text()), ("1".to_owned(), "2".to_owned()));
        assert_eq!(got[0].header("X-Offline"), Some("yes"));
        until("the two are gone", || server.table().count() == 1);
        assert_eq!(ask(&server, "dump", &[owner("bob")])["queued"], 1);
        assert_eq!(bob.receive().text(), "3");
        server.table().wait_until_empty();
        assert_eq!(fault(&server, "dump", &[owner("bob"), json!("x")]).0, 400);
    });
}

#[test]
fn dump_delivers_straight_to_the_registered_contacts() {
    differs(|| {
        let server = start(builder().param("deliver_to", "contacts"));
        let (phone, tablet) = (server.agent("bob"), server.agent("bob"));
        phone.register();
        tablet.register();
        server.settle();
        server.table().wait_until_empty();
        put(&server, "bob", "1");
        assert_eq!(ask(&server, "dump", &[owner("bob")])["queued"], 1);
        assert_eq!((phone.receive().text(), tablet.receive().text()), ("1".to_owned(), "1".to_owned()));
        server.table().wait_until_empty();
    });
}

#[test]
fn while_it_is_paused_nothing_is_sent_and_everything_is_stored() {
    differs(|| {
        let server = start(builder());
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        put(&server, "bob", "1");
        let paused = ask(&server, "pause", &[]);
        assert_eq!(paused["paused"], 1);
        server.wait_for_log("the delivery is paused (msilo.pause)");
        bob.register();
        server.wait_for_log("m_dump returned 1");
        alice.message("carol").text("2").send().expect_code(202);
        until("the inbox waits", || ask(&server, "inbox", &[owner("bob")])["state"] == "waiting");
        let process = ask(&server, "processes", &[])[0].clone();
        assert_eq!((&process["paused"], &process["paused_since"]), (&json!(1), &paused["since"]));
        assert_eq!((&process["inboxes"], &process["in_flight"]), (&json!(1), &json!(0)));
        assert_eq!(server.statistic("delivery_paused"), 1);
        assert_eq!((bob.waiting(), server.table().count()), (0, 2));
        // Once more changes nothing.
        assert_eq!(ask(&server, "pause", &[])["since"], paused["since"]);
        assert_eq!(ask(&server, "resume", &[]), json!({"paused": 0}));
        assert_eq!(bob.receive().text(), "1");
        until("only carol's is left", || server.table().count() == 1);
        assert_eq!(server.statistic("delivery_paused"), 0);
    });
}

#[test]
fn inbox_and_processes_show_what_is_in_flight_and_since_when() {
    differs(|| {
        let server = start(builder().param("dump_window", 1).modparam("tm", "fr_timer", 60_000));
        let bob = server.agent("bob");
        let standing = |field: &str| ask(&server, "inbox", &[owner("bob")])[field].clone();
        assert_eq!((standing("state"), standing("in_flight")), (json!("nothing"), json!(0)));
        ["1", "2", "3"].iter().for_each(|text| assert!(put(&server, "bob", text) > 0));
        bob.answer(Answer::Silence);
        bob.register();
        let first = bob.receive();
        until("the inbox is being sent", || standing("state") == "sending");
        assert_eq!((standing("in_flight"), standing("answers"), standing("process")), (json!(1), json!(1), json!(0)));
        assert!(standing("in_flight_since").as_i64().is_some_and(|since| since > 1_700_000_000));
        until("the process says so, too", || {
            let process = ask(&server, "processes", &[])[0].clone();
            (&process["in_flight"], &process["inboxes"]) == (&json!(1), &json!(1))
        });
        assert_eq!((server.statistic("messages_in_flight"), server.statistic("inboxes_active")), (1, 1));
        let shown = ask(&server, "processes", &[])[0]["pid"].clone();
        let pids = server.rpc().processes().expect("core.psx answers");
        let pid = pids.iter().find(|(_, name)| name == "MSILO delivery").map(|(pid, _)| *pid);
        assert_eq!(shown, json!(pid));
        bob.answer(Answer::Ok);
        bob.reply(&first, 200, "OK");
        bob.receive_all(2);
        server.table().wait_until_empty();
        until("the inbox is done", || standing("state") == "nothing" && standing("in_flight") == 0);
        until("nothing is in flight", || server.statistic("messages_in_flight") == 0);
    });
}

#[test]
fn processes_lists_each_of_them() {
    differs(|| {
        let server: Server = start(builder().param("delivery_processes", 3));
        let processes = ask(&server, "processes", &[]);
        let indices: Vec<_> = processes.as_array().expect("a list").iter().map(|process| &process["index"]).collect();
        assert_eq!(indices, [0, 1, 2]);
        until("all have started", || {
            let processes = ask(&server, "processes", &[]);
            processes.as_array().is_some_and(|all| all.iter().all(|process| process["alive"] == 1))
        });
    });
}
