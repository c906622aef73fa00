//! The first config of README.md and the KEMI script of docs/functions.md, run as they stand there.

use crate::differences::differs;
use crate::harness::{under_test, until, Agent, Answer, Server, ServerBuilder, Under};
use crate::skip::has_module;

use super::{code_below, document};

/// What the harness asks to learn that the server is up.
const OPTIONS: &str = r#"if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }"#;

/// What the first config sets, but for the database.
const DELIVER_TO: &str = r#"modparam("msilo", "deliver_to", "contacts")"#;

/// The routes of the first config.
fn routes() -> String {
    let readme = document("README.md");
    let config = code_below(&readme, "## A first config");
    assert!(config.contains(DELIVER_TO), "it does not deliver to contacts: {config}");
    let routes = config.find("request_route").and_then(|start| config.get(start..)).expect("it has a request_route");
    let place = "# ... sanity checks, authentication ...";
    assert!(routes.contains(place), "no place for more: {routes}");
    routes.replace(place, OPTIONS)
}

/// A server that delivers as the first config has it. The C module lacks that, and sends through the routes instead.
fn delivering() -> ServerBuilder {
    let builder = Server::builder();
    match under_test() {
        Under::Ours => builder.param("deliver_to", "contacts").without_param("outbound_proxy"),
        Under::Theirs => builder,
    }
}

fn first_config() -> ServerBuilder {
    delivering().script(|script| script.routes = Some(routes()))
}

/// A server that runs the KEMI script; `None`, and a word about it, where Lua is missing.
fn kemi_script() -> Option<ServerBuilder> {
    if !has_module("app_lua") {
        return None;
    }
    let functions = document("docs/functions.md");
    let script = code_below(&functions, "## KEMI").replace(
        "if KSR.is_REGISTER() then",
        "if KSR.is_OPTIONS() then KSR.sl.sl_send_reply(200, \"OK\") end\n  if KSR.is_REGISTER() then",
    );
    let builder = delivering().load("app_lua").modparam("usrloc", "preload", "location");
    let builder = builder.file("routes.lua", &script).modparam("app_lua", "load", "{DIR}/routes.lua");
    Some(builder.script(|script| script.routes = Some("cfgengine \"lua\"\n".to_owned())))
}

/// Alice writes to bob, who is not there; then he registers.
#[track_caller]
fn expect_stored_and_delivered(server: &Server) {
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().body, b"hello");
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
    alice.message("bob").text("are you there?").send().expect_code(200);
    assert_eq!(bob.receive().text(), "are you there?");
}

/// Bob registers, and his phone is gone, and its connection with it.
#[track_caller]
fn expect_stored_when_the_connection_is_gone(builder: ServerBuilder) {
    let server = builder.tcp().start();
    let bob = server.tcp_agent("bob");
    bob.register();
    let port = bob.address().port().to_string();
    let connected = || server.lists_connection(&port);
    assert!(connected(), "bob's connection is not in the list");
    drop(bob);
    until("the server knows that the connection is gone", || !connected());
    expect_errors_of_sending(&server);
    expect_stored(&server, &server.agent("alice"));
}

/// The server logs each destination that it cannot send to.
fn expect_errors_of_sending(server: &Server) {
    for source in ["<core>", "tm", "sl"] {
        server.expect_log_error(&format!("ERROR: {source} "));
    }
}

#[track_caller]
fn expect_stored(server: &Server, alice: &Agent) {
    alice.message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
}

#[test]
fn the_first_config_stores_for_an_offline_user_and_delivers_at_the_register() {
    expect_stored_and_delivered(&first_config().start());
}

#[test]
fn the_first_config_stores_for_a_phone_whose_tcp_connection_is_gone() {
    expect_stored_when_the_connection_is_gone(first_config());
}

#[test]
fn the_first_config_stores_what_a_phone_refuses_and_does_not_store_it_again() {
    differs(|| {
        let server = first_config().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        server.locate(&bob, &bob.contact());
        bob.answer(Answer::Code(486, "Busy Here"));
        alice.message("bob").text("hello").send().expect_code(202);
        bob.receive();
        let stored = server.table().only_row();
        bob.register();
        until("the phone has refused it again", || server.statistic("failed_messages") > 0);
        assert_eq!(server.table().only_row().id, stored.id);
    });
}

#[test]
fn the_kemi_script_stores_for_an_offline_user_and_delivers_at_the_register() {
    if let Some(builder) = kemi_script() {
        expect_stored_and_delivered(&builder.start());
    }
}

#[test]
fn the_kemi_script_stores_for_a_phone_whose_tcp_connection_is_gone() {
    if let Some(builder) = kemi_script() {
        expect_stored_when_the_connection_is_gone(builder);
    }
}
