//! `m_dump` where no request came in: in event routes, with an owner.

use crate::harness::{NewRow, Server};

/// The route replaces the usual one behind it.
pub fn with_event_route(route: &str) -> String {
    format!(
        r#"
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{ save("location"); if ($tU == "bob") m_dump(); exit; }}
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
{route}
"#
    )
}

#[test]
fn m_dump_delivers_from_an_event_route_of_tm() {
    let route = r#"
event_route[tm:local-request] {
    if ($rU == "bob") { m_dump("sip:carol@example.test"); xlog("L_INFO", "m_dump in the event returned $rc\n"); }
}
"#;
    let routes = with_event_route(route);
    let server = Server::builder().script(|script| script.routes = Some(routes)).start();
    let (bob, carol) = (server.agent("bob"), server.agent("carol"));
    carol.register();
    server.table().insert(&NewRow::text("alice", "carol", server.domain(), "for carol"));
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "for bob"));
    bob.register();
    assert!(bob.receive().text().ends_with("] for bob"));
    assert!(carol.receive().text().ends_with("] for carol"));
    server.wait_for_log("m_dump in the event returned 1");
    server.table().wait_until_empty();
}

#[test]
fn m_dump_without_an_owner_is_an_error_where_no_request_names_one() {
    let route = r#"
event_route[htable:mod-init] { m_dump("$null"); xlog("L_INFO", "m_dump in the event returned $rc\n"); }
"#;
    let routes = with_event_route(route);
    let builder = Server::builder().load("htable").modparam("htable", "htable", "t=>size=4");
    let server = builder.script(|script| script.routes = Some(routes)).start();
    server.expect_log_error("ERROR: msilo");
    server.expect_log_error("parse_uri");
    server.wait_for_log("m_dump in the event returned -1");
}
