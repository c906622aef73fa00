//! The functions under their KEMI names, called from a JavaScript script (`app_jsdt`).

use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};
use crate::skip::has_module;

/// A server whose routing script is JavaScript: STORE and DUMP are the calls under test.
fn javascript(store: &str, dump: &str) -> Option<ServerBuilder> {
    const SCRIPT: &str = r#"
function ksr_request_route() {
    var method = KSR.pv.get("$rm");
    if (method == "OPTIONS") {
        KSR.sl.sl_send_reply(200, "OK");
    } else if (method == "REGISTER") {
        KSR.registrar.save("location", 0);
        KSR.info("m_dump returned " + DUMP + "\n");
    } else if (method == "MESSAGE" && KSR.is_myself_ruri()) {
        if (KSR.registrar.lookup("location") > 0) {
            KSR.tm.t_relay();
        } else {
            KSR.tm.t_newtran();
            var stored = STORE;
            KSR.info("m_store returned " + stored + "\n");
            KSR.tm.t_reply(stored > 0 ? 202 : 503, "Done");
        }
    } else {
        KSR.tm.t_relay();
    }
    return 1;
}
"#;
    has_module("app_jsdt").then(|| {
        let script = SCRIPT.replace("STORE", store).replace("DUMP", dump);
        let builder = Server::builder().load("app_jsdt").modparam("usrloc", "preload", "location");
        let builder = builder.file("routes.js", &script).modparam("app_jsdt", "load", "{DIR}/routes.js");
        builder.script(|script| script.routes = Some("cfgengine \"jsdt\"\n".into()))
    })
}

/// Stores a message for bob and has it delivered.
#[track_caller]
pub fn expect_delivery(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("m_store returned 1");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.wait_for_log("m_dump returned 1");
    server.table().wait_until_empty();
}

/// Stores a message for bob in the inbox of `owner@else.test`.
#[track_caller]
pub fn expect_owner_stored(server: &Server) {
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("owner", "else.test"));
}

/// The same with a source and a destination that are not those of the message.
#[track_caller]
pub fn expect_addresses_stored(server: &Server) {
    expect_owner_stored(server);
    let row = server.table().only_row();
    assert_eq!((row.src_addr.as_str(), row.dst_addr.as_str()), ("sip:src@else.test", "sip:dst@else.test"));
}

#[test]
fn mstore_and_mdump_store_and_deliver() {
    let Some(builder) = javascript("KSR.msilo.mstore()", "KSR.msilo.mdump()") else { return };
    expect_delivery(&builder.start());
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    let store = r#"KSR.msilo.mstore_uri(KSR.pv.get("$ru"))"#;
    let Some(builder) = javascript(store, r#"KSR.msilo.mdump_uri(KSR.pv.get("$tu"))"#) else { return };
    expect_delivery(&builder.start());
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    let store = r#"KSR.msilo.mstore_uri("sip:owner@else.test")"#;
    let Some(builder) = javascript(store, "KSR.msilo.mdump()") else { return };
    expect_owner_stored(&builder.start());
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    let Some(builder) = javascript("KSR.msilo.mstore()", "KSR.msilo.mdump()") else { return };
    let server = builder.start();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
}

/// C has it from Kamailio 6.0 on.
#[test]
fn mstore_addrs_stores_under_its_kemi_name() {
    differs(|| {
        let store = r#"KSR.msilo.mstore_addrs("sip:owner@else.test", "sip:src@else.test", "sip:dst@else.test")"#;
        let Some(builder) = javascript(store, "KSR.msilo.mdump()") else { return };
        expect_addresses_stored(&builder.start());
    });
}
