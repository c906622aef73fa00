//! Every function that stores, and every way the delivery is set up.

use super::{
    copy, expect_failures, expect_rows_of_bob, in_flight, stored, storing, storing_with, wait_for_answer,
    wait_for_results, wait_until_back, ROUTES,
};
use crate::differences::differs;
use crate::harness::{Answer, NewRow, Server, ServerBuilder};
use crate::skip::has_module;

/// Three messages for bob, whose phone refuses them: their rows stay as they are.
#[track_caller]
fn expect_rows_unchanged(builder: ServerBuilder) {
    let server = builder.start();
    let row = |number: usize| NewRow::text("alice", "bob", server.domain(), &number.to_string());
    server.table().insert_all(&(0..3).map(row).collect::<Vec<_>>());
    let rows = server.table().rows();
    let bob = server.agent("bob");
    bob.answer(Answer::Code(415, "Unsupported Media Type"));
    bob.register();
    bob.receive_all(3).iter().for_each(|message| wait_for_answer(&server, message));
    expect_rows_of_bob(&server, &rows);
    wait_for_results(&server, 3);
    expect_rows_of_bob(&server, &rows);
    expect_failures(&server, "messages", 3);
}

#[test]
fn several_in_flight_in_several_processes_come_back() {
    differs(|| {
        let builder = storing().children(4).param("dump_window", 10).param("delivery_processes", 4);
        expect_rows_unchanged(builder);
    });
}

/// `use_mode` 1: only the From tags tell them apart.
#[test]
fn several_in_flight_with_the_call_id_of_one_sender_come_back() {
    differs(|| {
        let server = storing().param("use_mode", 1).param("dump_window", 10).start();
        for number in 0..3 {
            server
                .agent("alice")
                .message("bob")
                .call_id("one-of-alice")
                .text(&number.to_string())
                .send()
                .expect_code(202);
        }
        let rows = server.table().rows();
        let bob = server.agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        let messages = bob.receive_all(3);
        assert!(messages.iter().all(|message| message.header("Call-ID") == Some("one-of-alice")));
        server.wait_for_statistic("failed_messages", 3);
        expect_rows_of_bob(&server, &rows);
    });
}

#[test]
fn m_store_without_an_owner_takes_a_message_back() {
    differs(|| {
        let store = r#"revert_uri(); m_store(); t_reply("202", "Accepted");"#;
        expect_rows_unchanged(storing_with(store));
    });
}

#[test]
fn m_store_addrs_takes_a_message_back() {
    differs(|| {
        let store = r#"m_store_addrs("$avp(inbox)", "$fu", "$tu"); t_reply("202", "Accepted");"#;
        expect_rows_unchanged(storing_with(store).param("dump_window", 10));
    });
}

#[test]
fn the_functions_of_kemi_take_a_message_back() {
    if !has_module("app_lua") {
        return;
    }
    differs(|| {
        for call in [
            "KSR.msilo.mstore()",
            r#"KSR.msilo.mstore_uri(KSR.pv.get("$ou"))"#,
            r#"KSR.msilo.mstore_addrs(KSR.pv.get("$ou"), "", "")"#,
        ] {
            let script = r#"
function ksr_request_route()
    if KSR.pv.get("$rm") == "OPTIONS" then
        KSR.sl.sl_send_reply(200, "OK")
    elseif KSR.pv.get("$rm") == "REGISTER" then
        KSR.registrar.save("location", 0)
        KSR.msilo.mdump()
    else
        KSR.tm.t_newtran()
        if KSR.registrar.lookup("location") > 0 then
            KSR.tm.t_on_failure("undelivered")
            KSR.tm.t_relay()
        else
            undelivered()
        end
    end
    return 1
end
function undelivered()
    KSR.pv.sets("$ru", KSR.pv.get("$ou"))
    KSR.tm.t_reply(CALL > 0 and 202 or 503, "Done")
    KSR.info("answered " .. KSR.pv.get("$ci") .. "\n")
end
"#;
            let builder =
                Server::builder().through_the_script().load("app_lua").modparam("usrloc", "preload", "location");
            let builder = builder.file("routes.lua", &script.replace("CALL", call));
            let builder = builder.modparam("app_lua", "load", "{DIR}/routes.lua");
            expect_rows_unchanged(builder.script(|script| script.routes = Some("cfgengine \"lua\"\n".into())));
        }
    });
}

#[test]
fn over_tcp_a_message_comes_back() {
    differs(|| {
        let server = storing().tcp().start();
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        let row = server.table().only_row();
        let bob = server.tcp_agent("bob");
        bob.answer(Answer::Code(415, "Unsupported Media Type"));
        bob.register();
        wait_until_back(&server, &bob.receive());
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
    });
}

/// The copy is taken before anything of it is looked at: the script may have been made for the worst.
#[test]
fn a_copy_without_a_body_or_a_type_is_known_as_well() {
    differs(|| {
        let server = storing().start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        copy(&bob, &message, "bob").text("").send().expect_code(202);
        copy(&bob, &message, "bob").no_content_type().send().expect_code(202);
        bob.reply(&message, 200, "OK");
        server.settle();
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
    });
}

/// A server without retransmission timers of its own: the script answers without a transaction.
#[test]
fn a_script_without_transactions_takes_a_message_back() {
    differs(|| {
        let store = r#"if (m_store("$avp(inbox)")) sl_send_reply("202", "Accepted");"#;
        let routes = ROUTES.replace("{STORE}", store).replace("if (!t_newtran()) exit;", "");
        let server = Server::builder().through_the_script().script(|script| script.routes = Some(routes)).start();
        let row = stored(&server, "hello");
        let bob = server.agent("bob");
        let message = in_flight(&bob);
        let bytes = copy(&bob, &message, "bob").bytes();
        bob.exchange_request(&bytes).expect_code(202);
        bob.exchange_request(&bytes).expect_code(202);
        bob.reply(&message, 200, "OK");
        server.settle();
        expect_rows_of_bob(&server, &[row]);
        expect_failures(&server, "messages", 1);
    });
}
