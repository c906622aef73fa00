//! `m_dump` from a timer, where there is no request but the one the server makes up.

use crate::harness::{NewRow, Server};

#[test]
fn m_dump_with_an_owner_delivers_from_a_timer_route() {
    let routes = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { save("location"); exit; }
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
}

route[TICK] {
    m_dump("sip:bob@example.test");
}
"#;
    let builder = Server::builder().load("rtimer").modparam("rtimer", "timer", "name=tick;interval=1;mode=1;");
    let builder = builder.modparam("rtimer", "exec", "timer=tick;route=TICK");
    let server = builder.script(|script| script.routes = Some(routes.into())).start();
    let bob = server.agent("bob");
    bob.register();
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}
