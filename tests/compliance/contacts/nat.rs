//! Phones whose own address leads nowhere: `set_contact_alias()` of nathelper, and connections under TLS.

use std::fs;
use std::process::Command;

use super::reach::behind_nat;
use super::{hang_up, hang_up_what_is_listed_with, store, text, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{Agent, Port, Server, ServerBuilder};
use crate::skip::{has_module, missing};

/// What a script does with a REGISTER: the alias that the documentation of nathelper recommends.
const ALIAS: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { set_contact_alias(); if (save("location")) m_dump(); exit; }
    t_newtran();
    if (m_store("$ru")) t_reply("202", "Accepted"); else t_reply("503", "Not Stored");
}
"#;

fn with_alias() -> ServerBuilder {
    to_contacts().tcp().load("nathelper").script(|script| script.routes = Some(ALIAS.to_owned()))
}

/// Registers an address that leads nowhere, and gets a message there.
#[track_caller]
fn expect_delivery(server: &Server, bob: &Agent, contact: &str) {
    store(server, &["hello"]);
    let registered = bob.registration().contact(&format!("<{contact}>")).expires(60).send();
    registered.expect_code(200);
    let message = bob.receive();
    assert_eq!((text(&message).as_str(), message.uri()), ("hello", contact), "the alias is the server's own matter");
    server.table().wait_until_empty();
}

#[test]
fn the_alias_of_a_contact_leads_to_a_phone_behind_a_nat_and_is_taken_off() {
    differs(|| {
        let server = with_alias().start();
        let bob = server.agent("bob");
        expect_delivery(&server, &bob, "sip:bob@192.0.2.1:5060;ob;x=y");
    });
}

#[test]
fn the_alias_of_a_contact_leads_over_the_connection_of_its_register() {
    differs(|| {
        let server = with_alias().start();
        let bob = server.tcp_agent("bob");
        expect_delivery(&server, &bob, "sip:bob@192.0.2.1:5060;transport=tcp");
    });
}

#[test]
fn a_phone_with_an_alias_whose_connection_is_closed_is_passed_over() {
    differs(|| {
        let server = with_alias().start();
        let gone = server.tcp_agent("bob");
        gone.registration().contact("<sip:bob@192.0.2.1:5060;transport=tcp>").expires(60).send().expect_code(200);
        hang_up(&server, gone);
        store(&server, &["hello"]);
        let phone = server.agent("bob");
        phone.register();
        assert_eq!(texts(&phone, 1), ["hello"]);
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(server.statistic("failed_messages"), 0);
    });
}

/// A server that takes SIP over TLS at that port, with a certificate of its own; `None` where that cannot be.
fn tls_server(port: &Port) -> Option<Server> {
    if !has_module("tls") {
        return None;
    }
    let dir = tempfile::tempdir().expect("a directory can be made");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"]);
    openssl.args(["-days", "2", "-subj", "/CN=example.test", "-keyout", "key", "-out", "certificate"]);
    let Ok(made) = openssl.current_dir(&dir).output() else {
        missing("there is no openssl: install the package openssl");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).expect("openssl has written it");
    let server = behind_nat(to_contacts().tcp())
        .load("nathelper")
        // Before the drivers of databases: it gives the TLS library its memory.
        .global("enable_tls=yes")
        .global("loadmodule \"tls.so\"")
        .global(&format!("listen=tls:127.0.0.1:{}", port.number()))
        .file("key", &read("key"))
        .file("certificate", &read("certificate"))
        .modparam("tls", "tls_method", "TLSv1.2+")
        .modparam("tls", "private_key", "{DIR}/key")
        .modparam("tls", "certificate", "{DIR}/certificate")
        .script(|script| script.routes = Some(ALIAS.replace("set_contact_alias()", "fix_nated_register()")));
    Some(server.start())
}

#[test]
fn a_phone_over_tls_gets_its_messages_over_its_connection_and_what_came_meanwhile_at_the_next_register() {
    differs(|| {
        let port = Port::reserve();
        let Some(server) = tls_server(&port) else { return };
        store(&server, &["1"]);
        let bob = server.tls_agent("bob", &port);
        bob.register();
        let message = bob.receive();
        assert_eq!((text(&message), message.uri()), ("1".to_owned(), bob.contact().as_str()));
        assert!(message.header("Via").unwrap().starts_with("SIP/2.0/TLS "));
        server.table().wait_until_empty();
        drop(bob);
        store(&server, &["2", "3"]);
        let bob = server.tls_agent("bob", &port);
        bob.register();
        assert_eq!(texts(&bob, 2), ["2", "3"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn a_phone_over_tls_that_is_gone_is_not_waited_for() {
    differs(|| {
        let port = Port::reserve();
        let Some(server) = tls_server(&port) else { return };
        let gone = server.tls_agent("bob", &port);
        gone.register();
        // openssl has a port of its own for it, so it is known by its kind.
        hang_up_what_is_listed_with(&server, gone, "TLS");
        store(&server, &["hello"]);
        let phone = server.agent("bob");
        phone.register();
        assert_eq!(texts(&phone, 1), ["hello"]);
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(server.statistic("failed_messages"), 0);
    });
}
