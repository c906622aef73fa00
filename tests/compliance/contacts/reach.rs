//! How a contact is reached: what it registered with decides.

use super::{store, text, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{until, Agent, Answer, Server, ServerBuilder};
use crate::skip::has_module;

#[test]
fn a_phone_over_tcp_gets_its_messages_over_its_connection() {
    differs(|| {
        let server = to_contacts().tcp().start();
        store(&server, &["1", "2"]);
        let bob = server.tcp_agent("bob");
        bob.register();
        let messages = bob.receive_all(2);
        assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["1", "2"]);
        assert!(messages[0].header("Via").unwrap().starts_with("SIP/2.0/TCP"));
        server.table().wait_until_empty();
    });
}

#[test]
fn a_phone_behind_a_nat_is_reached_where_its_register_came_from() {
    differs(|| {
        let server =
            behind_nat(to_contacts().load("nathelper")).script(|script| script.routes = Some(NAT.to_owned())).start();
        store(&server, &["hello"]);
        let bob = server.agent("bob");
        bob.registration().contact("<sip:bob@192.0.2.1:5060>").expires(60).send().expect_code(200);
        let message = bob.receive();
        assert_eq!((text(&message).as_str(), message.uri()), ("hello", "sip:bob@192.0.2.1:5060"));
        server.table().wait_until_empty();
    });
}

/// Keeps where a REGISTER came from.
pub fn behind_nat(builder: ServerBuilder) -> ServerBuilder {
    let names = ["nathelper", "registrar"];
    names.into_iter().fold(builder, |builder, name| builder.modparam(name, "received_avp", "$avp(received)"))
}

const NAT: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { fix_nated_register(); if (save("location")) m_dump(); exit; }
    t_newtran();
    if (m_store("$ru")) t_reply("202", "Accepted"); else t_reply("503", "Not Stored");
}
"#;

/// As the documentation of Kamailio's websocket module has it.
const WEB: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { fix_nated_register(); if (save("location")) m_dump(); exit; }
    t_newtran();
    if (m_store("$ru")) t_reply("202", "Accepted"); else t_reply("503", "Not Stored");
}
"#;

/// A server for browsers; `None` where it has no module for them.
fn web_server() -> Option<Server> {
    has_module("websocket")
        .then(|| behind_nat(to_contacts().websocket()).script(|script| script.routes = Some(WEB.to_owned())).start())
}

#[test]
fn a_browser_gets_its_messages_over_its_websocket_and_what_came_meanwhile_at_the_next_register() {
    differs(|| {
        let Some(server) = web_server() else { return };
        store(&server, &["1"]);
        let browser = server.ws_agent("bob");
        browser.register();
        let message = browser.receive();
        assert_eq!((text(&message).as_str(), message.uri()), ("1", "sip:bob@bob.invalid;transport=ws"));
        assert!(message.header("Via").unwrap().starts_with("SIP/2.0/WS "));
        server.table().wait_until_empty();
        drop(browser);
        store(&server, &["2", "3"]);
        let browser = server.ws_agent("bob");
        browser.register();
        assert_eq!(texts(&browser, 2), ["2", "3"]);
        server.table().wait_until_empty();
    });
}

#[test]
fn a_browser_that_is_gone_is_not_waited_for() {
    differs(|| {
        let Some(server) = web_server() else { return };
        let gone = server.ws_agent("bob");
        gone.register();
        let port = gone.address().port().to_string();
        let connected = || server.rpc().call(&["core.tcp_list"]).expect("core.tcp_list answers").contains(&port);
        assert!(connected(), "its connection is not in the list");
        drop(gone);
        until("the server knows that the connection is gone", || !connected());
        store(&server, &["hello"]);
        let phone = server.agent("bob");
        phone.register();
        assert_eq!(texts(&phone, 1), ["hello"]);
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(server.statistic("failed_messages"), 0);
    });
}

/// A proxy in front, which the phone registered through: it takes what comes down the Path.
#[test]
fn a_path_of_three_hops_is_gone_from_its_first() {
    differs(|| {
        let server = to_contacts()
            .modparam("registrar", "use_path", 1)
            .script(|script| script.routes = Some(PATH.to_owned()))
            .start();
        store(&server, &["hello"]);
        let (bob, proxy) = (server.agent("bob"), server.agent("proxy"));
        let first = format!("<sip:{};lr>", proxy.address());
        let path = format!("{first}, <sip:198.51.100.2;lr;ob>, <sip:flow@198.51.100.3;transport=tcp;lr>");
        bob.registration()
            .contact("<sip:bob@192.0.2.1>")
            .header(&format!("Path: {path}"))
            .header("Supported: path")
            .expires(60)
            .send()
            .expect_code(200);
        let message = proxy.receive();
        assert_eq!((text(&message).as_str(), message.uri()), ("hello", "sip:bob@192.0.2.1"));
        let routes: Vec<String> = message.all("Route").join(",").split(',').map(|hop| hop.trim().to_owned()).collect();
        assert_eq!(routes, path.split(", ").collect::<Vec<_>>());
        assert_eq!(message.address("To"), "sip:bob@example.test");
        server.table().wait_until_empty();
    });
}

const PATH: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { if (save("location")) m_dump(); exit; }
    t_newtran();
    if (m_store("$ru")) t_reply("202", "Accepted"); else t_reply("503", "Not Stored");
}
"#;

#[test]
fn a_contact_without_message_among_its_methods_gets_none() {
    differs(|| {
        let server = to_contacts().start();
        let (deaf, bob) = (server.agent("bob"), server.agent("bob"));
        deaf.registration()
            .contact(&format!("<{}>;methods=\"INVITE\"", deaf.contact()))
            .expires(60)
            .send()
            .expect_code(200);
        store(&server, &["hello"]);
        bob.register();
        assert_eq!(texts(&bob, 1), ["hello"]);
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(deaf.waiting(), 0);
    });
}

#[test]
fn an_instance_that_a_message_is_for_is_the_only_one_to_get_it() {
    differs(|| {
        let server = to_contacts().start();
        let (other, meant) = (server.agent("bob"), server.agent("bob"));
        server.agent("alice").message("sip:bob@example.test;gr=urn:uuid:2").text("hello").send().expect_code(202);
        let contact =
            |phone: &Agent, number: u32| format!("<{}>;+sip.instance=\"<urn:uuid:{number}>\"", phone.contact());
        other.registration().contact(&contact(&other, 1)).expires(60).send().expect_code(200);
        server.settle();
        assert_eq!((other.waiting(), server.table().count_of("bob")), (0, 1));
        meant.registration().contact(&contact(&meant, 2)).expires(60).send().expect_code(200);
        assert_eq!(texts(&meant, 1), ["hello"]);
        server.table().wait_until_empty();
        assert_eq!(other.waiting(), 0);
    });
}

#[test]
fn the_route_for_local_requests_sees_the_contact_and_the_next_hop_and_can_add_a_header() {
    differs(|| {
        let server = to_contacts()
            .modparam("registrar", "use_path", 1)
            .script(|script| script.routes = Some(format!("{PATH}{LOCAL}")))
            .start();
        store(&server, &["hello"]);
        let (bob, proxy) = (server.agent("bob"), server.agent("proxy"));
        bob.registration()
            .contact("<sip:bob@192.0.2.1>")
            .header(&format!("Path: <sip:{};lr>", proxy.address()))
            .header("Supported: path")
            .expires(60)
            .send()
            .expect_code(200);
        let message = proxy.receive();
        let seen = format!("sip:bob@192.0.2.1 sip:{};lr", proxy.address());
        assert_eq!(message.header("X-Seen"), Some(seen.as_str()));
    });
}

const LOCAL: &str = r#"
event_route[tm:local-request] {
    append_hf("X-Seen: $ru $du\r\n");
}
"#;

#[test]
fn q_values_are_no_order() {
    differs(|| {
        let server = to_contacts().start();
        store(&server, &["hello"]);
        let (low, high) = (server.agent("bob"), server.agent("bob"));
        high.answer(Answer::Silence);
        let both = format!("<{}>;q=0.1, <{}>;q=1.0", low.contact(), high.contact());
        low.registration().contact(&both).expires(60).send().expect_code(200);
        assert_eq!((texts(&low, 1), texts(&high, 1)), (vec!["hello".to_owned()], vec!["hello".to_owned()]));
    });
}
