//! The statistics count what their names say.

use crate::differences::differs;
use crate::harness::{now, NewRow, Server};

/// C counts it in dumped_reminders.
#[test]
fn a_delivered_message_is_counted_in_dumped_messages() {
    differs(|| {
        let server = Server::start();
        let bob = server.agent("bob");
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
        bob.register();
        bob.receive();
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_messages", 1);
        assert_eq!(server.statistic("dumped_reminders"), 0);
        assert_eq!(server.statistic("failed_messages"), 0);
    });
}

/// C counts it in dumped_messages.
#[test]
fn a_delivered_reminder_is_counted_in_dumped_reminders() {
    differs(|| {
        let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
        let server = builder.start();
        let bob = server.agent("bob");
        bob.register();
        let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
        row.snd_time = now() - 1;
        server.table().insert(&row);
        bob.receive();
        server.table().wait_until_empty();
        server.wait_for_statistic("dumped_reminders", 1);
        assert_eq!(server.statistic("dumped_messages"), 0);
    });
}
