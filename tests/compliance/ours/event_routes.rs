//! `m_dump` before any SIP process runs.

use crate::delivering::event_routes::with_event_route;
use crate::differences::differs;
use crate::harness::Server;
use crate::skip::{through_the_address_of_record, with_sql};

#[test]
fn m_dump_delivers_from_an_event_route_at_start() {
    if !through_the_address_of_record("nothing is sent while nobody is registered") {
        return;
    }
    if !with_sql() {
        return;
    }
    differs(|| {
        let route = r#"
event_route[htable:mod-init] {
    m_dump("sip:bob@example.test");
    xlog("L_INFO", "m_dump in the event returned $rc\n");
}
"#;
        let row = "INSERT INTO silo (src_addr, dst_addr, username, domain, exp_time, ctype, body) VALUES \
               ('sip:alice@example.test', 'sip:bob@example.test', 'bob', 'example.test', 2000000000, 'text/plain', 'x')";
        let routes = with_event_route(route);
        let builder = Server::builder().load("htable").modparam("htable", "htable", "t=>size=4").sql(row);
        let server = builder.script(|script| script.routes = Some(routes)).start();
        server.wait_for_log("m_dump in the event returned 1");
        // Nobody is registered yet: the message went out, and came back.
        server.wait_for_statistic("failed_messages", 1);
        assert_eq!(server.table().count(), 1);
    });
}
