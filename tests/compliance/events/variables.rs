//! `$msilo(id)` and `$msilo(count)` behind `m_store()`.

use crate::differences::differs;
use crate::harness::{NewRow, Server};

#[test]
fn behind_m_store_a_script_can_ask_for_the_row_and_for_how_many_there_are() {
    differs(|| {
        let ask = "m_store(\"$ru\"); xlog(\"L_INFO\", \"row $msilo(id) of $msilo(count) $msilo(event)\\n\")";
        let server = Server::builder().script(|script| script.store = ask.to_owned()).start();
        let alice = server.agent("alice");
        server.table().insert(&NewRow::text("alice", "carol", server.domain(), "another inbox"));
        for count in 1..=3 {
            alice.message("bob").text("hello").send().expect_code(202);
            let newest = server.table().rows().iter().map(|row| row.id).max().expect("there are rows");
            server.wait_for_log(&format!("row {newest} of {count} <null>"));
        }
    });
}

#[test]
fn what_was_not_stored_has_no_row() {
    differs(|| {
        let ask = "xlog(\"L_INFO\", \"before row $msilo(id)\\n\"); m_store(\"$ru\"); \
                   xlog(\"L_INFO\", \"row $msilo(id) behind\\n\")";
        let server = Server::builder().children(1).script(|script| script.store = ask.to_owned()).start();
        let alice = server.agent("alice");
        alice.message("bob").text("hello").send().expect_code(202);
        let id = server.table().only_row().id;
        server.wait_for_log(&format!("row {id} behind"));
        alice.message("bob").expires(0).text("over").send().expect_code(202);
        server.wait_for_log("row <null> behind");
        assert_eq!(server.log().count("before row <null>"), 2, "a request has the row of another");
    });
}
