//! `event_route[msilo:...]`.

use super::{logging, on, with_routes};
use crate::differences::differs;
use crate::harness::{now, until, Answer, NewRow, Server};

/// What the log says of an event about a message from alice to bob.
fn line(event: &str, id: i64, code: u16) -> String {
    format!(
        "EVENT {event} id={id} owner=sip:bob@example.test from=sip:alice@example.test to=sip:bob@example.test \
         ctype=text/plain code={code} age="
    )
}

#[test]
fn a_delivery_is_told_with_all_that_is_known_of_it() {
    differs(|| {
        let server = with_routes(&logging("delivered")).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        let id = server.table().only_row().id;
        bob.register();
        bob.receive();
        let told = server.wait_for_log(&line("delivered", id, 200));
        assert!(told.ends_with(" callid=<null>"), "{told}");
        server.table().wait_until_empty();
    });
}

#[test]
fn the_call_id_is_told_where_it_is_stored() {
    differs(|| {
        let server = on(Server::builder().param("use_mode", 1), &logging("delivered")).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").call_id("one@alice").text("hello").send().expect_code(202);
        bob.register();
        bob.receive();
        assert!(server.wait_for_log("EVENT delivered").ends_with(" callid=one@alice"));
    });
}

#[test]
fn a_refusal_is_told_with_its_status() {
    differs(|| {
        let server = with_routes(&(logging("undelivered") + &logging("delivered"))).start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        let id = server.table().only_row().id;
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        server.wait_for_log(&line("undelivered", id, 415));
        assert_eq!(server.log().count("EVENT delivered"), 0);
        assert_eq!(server.table().only_row().id, id);
    });
}

#[test]
fn no_answer_at_all_is_told_as_408() {
    differs(|| {
        let server = on(Server::builder().modparam("tm", "fr_timer", 500), &logging("undelivered")).start();
        let bob = server.agent("bob");
        let id = server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        bob.answer(Answer::Silence);
        bob.register();
        server.wait_for_log(&line("undelivered", id, 408));
    });
}

#[test]
fn a_message_that_expires_is_told_once_and_its_row_is_deleted() {
    differs(|| {
        let server = on(Server::builder().param("clean_period", 1), &logging("expired")).start();
        let over = |user: &str| {
            let mut row = NewRow::text("alice", user, server.domain(), "old");
            row.exp_time = now() - 1;
            server.table().insert(&row)
        };
        let id = over("bob");
        server.wait_for_log(&line("expired", id, 0));
        server.table().wait_until_empty();
        // Another sweep, after which an event that came twice would be there.
        over("carol");
        server.wait_for_log("owner=sip:carol@example.test");
        assert_eq!(server.log().count("owner=sip:bob@example.test"), 1);
    });
}

#[test]
fn expired_messages_are_told_by_several_processes_and_by_each_once() {
    differs(|| {
        let builder = Server::builder().param("clean_period", 1).param("delivery_processes", 3);
        let server = on(builder, &logging("expired")).start();
        let mut rows = Vec::new();
        for number in 0..70 {
            let mut row = NewRow::text("alice", &format!("user{number}"), server.domain(), "old");
            row.exp_time = now() - 1;
            rows.push(row);
        }
        server.table().insert_all(&rows);
        server.table().wait_until_empty();
        until("all of them are told", || server.log().count("EVENT expired") >= 70);
        for number in 0..70 {
            assert_eq!(server.log().count(&format!("owner=sip:user{number}@example.test ")), 1, "user{number}");
        }
    });
}

#[test]
fn an_inbox_in_which_a_message_has_waited_for_long_is_told_by_its_oldest() {
    differs(|| {
        let server = on(Server::builder().param("wake_after", 3), &logging("waiting")).start();
        let row = |user: &str, age: i64| {
            let mut row = NewRow::text("alice", user, server.domain(), "hello");
            row.inc_time = now() - age;
            server.table().insert(&row)
        };
        let (oldest, second) = (row("bob", 1000), row("bob", 900));
        let of_carol = row("carol", 1000);
        let fresh = row("dave", -1000);
        server.wait_for_log(&line("waiting", oldest, 0));
        server.wait_for_log(&format!("EVENT waiting id={of_carol} owner=sip:carol@example.test"));
        for never in [second, fresh] {
            assert_eq!(server.log().count(&format!("EVENT waiting id={never} ")), 0);
        }
        until("it is told again in the next interval", || server.log().count(&line("waiting", oldest, 0)) >= 2);
        assert_eq!(server.table().count(), 4);
    });
}

#[test]
fn a_slow_route_holds_up_no_delivery() {
    differs(|| {
        let route =
            "event_route[msilo:delivered] { sleep(\"3\"); xlog(\"L_INFO\", \"EVENT of $msilo(id) is over\\n\"); }";
        let server = on(Server::builder().load("cfgutils"), route).start();
        let bob = server.agent("bob");
        for number in 0..8 {
            server.table().insert(&NewRow::text("alice", "bob", server.domain(), &format!("number {number}")));
        }
        bob.register();
        let texts: Vec<String> = bob.receive_all(8).iter().map(|message| message.text()).collect();
        assert!((0..8).all(|at| texts[at].ends_with(&format!("] number {at}"))), "{texts:?}");
        server.table().wait_until_empty();
        assert!(server.log().count("is over") < 8, "the deliveries have waited for the route");
    });
}

#[test]
fn a_route_about_a_delivery_cannot_begin_it_again() {
    differs(|| {
        let route = r#"
event_route[msilo:undelivered] {
    m_dump("$msilo(owner)");
    xlog("L_INFO", "m_dump of the own inbox returned $rc\n");
    m_dump("sip:carol@example.test");
    xlog("L_INFO", "m_dump of another inbox returned $rc\n");
}
"#;
        let server = with_routes(route).start();
        server.expect_log_error("without end");
        let (bob, carol) = (server.agent("bob"), server.agent("carol"));
        carol.register();
        let id = server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        server.table().insert(&NewRow::text("alice", "carol", server.domain(), "for carol"));
        bob.answer(Answer::Code(486, "Busy Here"));
        bob.register();
        server.wait_for_log("m_dump of the own inbox returned -1");
        server.wait_for_log("m_dump of another inbox returned 1");
        assert!(carol.receive().text().ends_with("] for carol"));
        server.wait_for_statistic("dumped_messages", 1);
        assert_eq!(server.statistic("failed_messages"), 1);
        assert_eq!(server.table().only_row().id, id);
    });
}

#[test]
fn the_route_of_a_message_that_waits_may_have_its_inbox_delivered() {
    differs(|| {
        let route = "event_route[msilo:waiting] { m_dump(\"$msilo(owner)\"); }";
        let server = on(Server::builder().param("wake_after", 1), route).start();
        let bob = server.agent("bob");
        bob.register();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.inc_time = now() - 1000;
        server.table().insert(&row);
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}
