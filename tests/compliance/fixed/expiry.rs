//! When a message is over.

use crate::differences::differs;
use crate::harness::{now, NewRow, Server};

/// C delivers it until the sweep runs.
#[test]
fn an_expired_message_is_not_delivered() {
    differs(|| {
        let server = Server::builder().children(1).param("clean_period", 1000).start();
        let bob = server.agent("bob");
        let mut row = NewRow::text("alice", "bob", server.domain(), "old");
        row.exp_time = now() - 1;
        server.table().insert(&row);
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), "new"));
        bob.register();
        let text = bob.receive().text();
        assert!(text.ends_with("] new"), "bob got {text}");
        server.settle();
        assert_eq!(bob.waiting(), 0);
    });
}

/// C stores it for the full term.
#[test]
fn expires_0_is_accepted_and_not_stored() {
    differs(|| {
        let server = Server::start();
        server.agent("alice").message("bob").expires(0).text("hello").send().expect_code(202);
        server.wait_for_log("m_store returned 1");
        assert_eq!(server.table().count(), 0, "rows");
        assert_eq!(server.statistic("stored_messages"), 0);
    });
}

/// C lets it expire before it is due.
#[test]
fn a_reminder_expires_only_after_it_was_due() {
    differs(|| {
        let builder = Server::builder().param("reminder", "sip:reminder@example.test").param("send_time", 1);
        let builder = builder.param("snd_time_avp", "$avp(snd_time)").param("expire_time", 100);
        let script = "$avp(snd_time) = \"20300102030405\";";
        let server = builder.script(|routes| routes.before_store = script.into()).start();
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let row = server.table().only_row();
        assert_eq!(row.snd_time, 1_893_553_445);
        assert!(row.exp_time > row.snd_time, "it expires before it is due");
        assert_eq!(row.exp_time, row.snd_time + 100);
    });
}

/// C counts them until the sweep runs.
#[test]
fn expired_messages_do_not_count_for_max_messages() {
    differs(|| {
        let server = Server::builder().param("max_messages", 1).param("clean_period", 1000).start();
        let mut row = NewRow::text("alice", "bob", server.domain(), "old");
        row.exp_time = now() - 1;
        server.table().insert(&row);
        server.agent("alice").message("bob").text("new").send().expect_code(202);
    });
}
