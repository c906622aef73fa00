//! The body is what arrived.

use crate::differences::differs;
use crate::harness::{until, Server};

/// C stores its own receive buffer beyond the datagram: other people's messages.
#[test]
fn a_body_shorter_than_its_content_length_is_refused() {
    differs(|| {
        let server = Server::start();
        server.expect_log_error("ERROR");
        let alice = server.agent("alice");
        alice.message("bob").text("hi").content_length("1500").send().expect_code(503);
        assert_eq!(server.table().count(), 0);
    });
}

/// C refuses it.
#[test]
fn a_datagram_without_content_length_is_stored_whole() {
    differs(|| {
        let server = Server::start();
        server.agent("alice").message("bob").text("hello").no_content_length().send().expect_code(202);
        assert_eq!(server.table().only_row().body, b"hello");
    });
}

/// C stores and notifies the notification again, and so on.
#[test]
fn a_notification_that_is_stored_is_not_notified() {
    differs(|| {
        let builder = Server::builder().param("from_address", "sip:registrar@example.test").param("use_contact", 0);
        let builder =
            builder.param("content_type_hdr", "Content-Type: text/plain\r\n").param("offline_message", "offline");
        // This script stores what comes from the server itself too. One process: two of them that store at the same time can
        // lock each other out of SQLite, which is another subject.
        let routes = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (!t_newtran()) { sl_reply_error(); exit; }
    if (m_store("$ru")) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }
}
"#;
        let server = builder.children(1).script(|script| script.routes = Some(routes.into())).start();
        let alice = server.agent("alice");
        for number in 1..=10 {
            alice.message("bob").text("hello").send().expect_code(202);
            until("message and notification are stored", || server.table().count() >= 2 * number);
            // Each time, for a loop goes on all the while, and uses up the server's memory.
            assert!(server.table().count() <= 20, "the table has grown beyond 20 rows");
        }
        assert_eq!(server.table().count(), 20);
    });
}
