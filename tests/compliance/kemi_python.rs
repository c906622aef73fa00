//! The functions under their KEMI names, called from a Python script (`app_python3`).

use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};
use crate::kemi_javascript::{expect_addresses_stored, expect_delivery, expect_owner_stored};
use crate::skip::has_module;

/// A server whose routing script is Python: STORE and DUMP are the calls under test.
fn python(store: &str, dump: &str) -> Option<ServerBuilder> {
    const SCRIPT: &str = r#"
import KSR as KSR

def mod_init():
    return Routes()

class Routes:
    def child_init(self, rank):
        return 0

    # app_python3 looks for these two whenever something is sent or answered.
    def ksr_onsend_route(self, msg):
        return 1

    def ksr_reply_route(self, msg):
        return 1

    def ksr_request_route(self, msg):
        method = KSR.pv.get("$rm")
        if method == "OPTIONS":
            KSR.sl.sl_send_reply(200, "OK")
        elif method == "REGISTER":
            KSR.registrar.save("location", 0)
            KSR.info("m_dump returned " + str(DUMP) + "\n")
        elif method == "MESSAGE" and KSR.is_myself_ruri():
            if KSR.registrar.lookup("location") > 0:
                KSR.tm.t_relay()
            else:
                KSR.tm.t_newtran()
                stored = STORE
                KSR.info("m_store returned " + str(stored) + "\n")
                KSR.tm.t_reply(202 if stored > 0 else 503, "Done")
        else:
            KSR.tm.t_relay()
        return 1
"#;
    has_module("app_python3").then(|| {
        let script = SCRIPT.replace("STORE", store).replace("DUMP", dump);
        let builder = Server::builder().load("app_python3").modparam("usrloc", "preload", "location");
        let builder = builder.file("routes.py", &script).modparam("app_python3", "load", "{DIR}/routes.py");
        builder.script(|script| script.routes = Some("cfgengine \"python\"\n".into()))
    })
}

#[test]
fn mstore_and_mdump_store_and_deliver() {
    let Some(builder) = python("KSR.msilo.mstore()", "KSR.msilo.mdump()") else { return };
    expect_delivery(&builder.start());
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    let store = r#"KSR.msilo.mstore_uri(KSR.pv.get("$ru"))"#;
    let Some(builder) = python(store, r#"KSR.msilo.mdump_uri(KSR.pv.get("$tu"))"#) else { return };
    expect_delivery(&builder.start());
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    let store = r#"KSR.msilo.mstore_uri("sip:owner@else.test")"#;
    let Some(builder) = python(store, "KSR.msilo.mdump()") else { return };
    expect_owner_stored(&builder.start());
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    let Some(builder) = python("KSR.msilo.mstore()", "KSR.msilo.mdump()") else { return };
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
        let Some(builder) = python(store, "KSR.msilo.mdump()") else { return };
        expect_addresses_stored(&builder.start());
    });
}
