//! The functions under their KEMI names, called from the script languages of the server.

mod javascript;
mod lua;
mod python;

use crate::harness::{Answer, Server, ServerBuilder};
use crate::skip::has_module;

const MSTORE: &str = "KSR.msilo.mstore()";
const MDUMP: &str = "KSR.msilo.mdump()";

/// A script language.
struct Language {
    /// The module of the server that runs it.
    module: &'static str,
    /// Its name in `cfgengine`.
    engine: &'static str,
    /// A name for the script's file, as the language wants it.
    file: &'static str,
    /// The routing script. STORE and DUMP stand for the calls under test.
    script: &'static str,
}

impl Language {
    /// A server with that routing script; `None`, and a word about it, where the language is missing.
    fn server(&self, store: &str, dump: &str) -> Option<Server> {
        has_module(self.module).then(|| self.builder(store, dump).start())
    }

    fn builder(&self, store: &str, dump: &str) -> ServerBuilder {
        let script = self.script.replace("STORE", store).replace("DUMP", dump);
        let builder = Server::builder().load(self.module).modparam("usrloc", "preload", "location");
        let builder = builder.file(self.file, &script).modparam(self.module, "load", format!("{{DIR}}/{}", self.file));
        builder.script(|script| script.routes = Some(format!("cfgengine \"{}\"\n", self.engine)))
    }
}

/// Stores a message for bob with one call, and has it delivered with the other.
#[track_caller]
fn expect_delivery(language: &Language, store: &str, dump: &str) {
    let Some(server) = language.server(store, dump) else { return };
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("m_store returned 1");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.wait_for_log("m_dump returned 1");
    server.table().wait_until_empty();
}

/// Each language's script logs what it hears of.
#[track_caller]
fn expect_events(language: &Language) {
    if !has_module(language.module) {
        return;
    }
    let server = language.builder(MSTORE, MDUMP).param("event_callback", "ksr_msilo_event").start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    let id = server.table().only_row().id;
    bob.answer(Answer::Code(486, "Busy Here"));
    bob.register();
    server.wait_for_log(&format!("EVENT msilo:undelivered id={id} owner=sip:bob@example.test code=486"));
    bob.answer(Answer::Ok);
    bob.register();
    server.wait_for_log(&format!("EVENT msilo:delivered id={id} owner=sip:bob@example.test code=200"));
    server.table().wait_until_empty();
}

#[track_caller]
fn expect_delivery_with_uris(language: &Language) {
    let (store, dump) = (r#"KSR.msilo.mstore_uri(KSR.pv.get("$ru"))"#, r#"KSR.msilo.mdump_uri(KSR.pv.get("$tu"))"#);
    expect_delivery(language, store, dump);
}

#[track_caller]
fn expect_owner_stored(language: &Language) {
    let Some(server) = language.server(r#"KSR.msilo.mstore_uri("sip:owner@else.test")"#, MDUMP) else { return };
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("owner", "else.test"));
}

#[track_caller]
fn expect_addresses_stored(language: &Language) {
    let store = r#"KSR.msilo.mstore_addrs("sip:owner@else.test", "sip:src@else.test", "sip:dst@else.test")"#;
    let Some(server) = language.server(store, MDUMP) else { return };
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("owner", "else.test"));
    assert_eq!((row.src_addr.as_str(), row.dst_addr.as_str()), ("sip:src@else.test", "sip:dst@else.test"));
}

#[track_caller]
fn expect_empty_body_refused(language: &Language) {
    let Some(server) = language.server(MSTORE, MDUMP) else { return };
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
}

#[track_caller]
fn expect_leaving_contact_gets_nothing(language: &Language) {
    let Some(server) = language.server(MSTORE, MDUMP) else { return };
    server.agent("bob").unregister();
    server.wait_for_log("m_dump returned -1");
}
