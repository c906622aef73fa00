//! The functions under their KEMI names, called from a Lua script.

use crate::harness::{Server, ServerBuilder};

/// A server whose routing script is Lua: STORE and DUMP are the calls under test.
pub fn lua(store: &str, dump: &str) -> ServerBuilder {
    const SCRIPT: &str = r#"
function ksr_request_route()
    local method = KSR.pv.get("$rm")
    if method == "OPTIONS" then
        KSR.sl.sl_send_reply(200, "OK")
    elseif method == "REGISTER" then
        KSR.registrar.save("location", 0)
        KSR.info("m_dump returned " .. tostring(DUMP) .. "\n")
    elseif method == "MESSAGE" and KSR.is_myself_ruri() then
        if KSR.registrar.lookup("location") > 0 then
            KSR.tm.t_relay()
        else
            KSR.tm.t_newtran()
            local stored = STORE
            KSR.info("m_store returned " .. tostring(stored) .. "\n")
            KSR.tm.t_reply(stored > 0 and 202 or 503, "Done")
        end
    else
        KSR.tm.t_relay()
    end
    return 1
end
"#;
    let script = SCRIPT.replace("STORE", store).replace("DUMP", dump);
    let builder =
        Server::builder().load("app_lua").modparam("usrloc", "preload", "location").file("routes.lua", &script);
    builder
        .modparam("app_lua", "load", "{DIR}/routes.lua")
        .script(|script| script.routes = Some("cfgengine \"lua\"\n".into()))
}

/// Stores a message for bob and has it delivered.
#[track_caller]
fn expect_delivery(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("m_store returned 1");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.wait_for_log("m_dump returned 1");
    server.table().wait_until_empty();
}

#[test]
fn mstore_and_mdump_store_and_deliver() {
    expect_delivery(&lua("KSR.msilo.mstore()", "KSR.msilo.mdump()").start());
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    let store = r#"KSR.msilo.mstore_uri(KSR.pv.get("$ru"))"#;
    let dump = r#"KSR.msilo.mdump_uri(KSR.pv.get("$tu"))"#;
    expect_delivery(&lua(store, dump).start());
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    let server = lua(r#"KSR.msilo.mstore_uri("sip:owner@else.test")"#, "KSR.msilo.mdump()").start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("owner", "else.test"));
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    let server = lua("KSR.msilo.mstore()", "KSR.msilo.mdump()").start();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
}

#[test]
fn mdump_returns_minus_one_for_a_register_that_removes_its_contact() {
    let server = lua("KSR.msilo.mstore()", "KSR.msilo.mdump()").start();
    server.agent("bob").unregister();
    server.wait_for_log("m_dump returned -1");
}
