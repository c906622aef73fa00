//! Reminders that come back.

use super::{expect_failures, expect_rows_of_bob, storing_with, STORE_AND_ANSWER};
use crate::differences::differs;
use crate::harness::{compact, now, until, NewRow, Row, Server};

/// A server whose script takes the time of a reminder from a header, which travels with the message.
fn reminding() -> Server {
    let store = format!("$avp(snd_time) = $hdr(X-Send-Time); {STORE_AND_ANSWER}");
    let builder = storing_with(&store)
        .param("reminder", "sip:reminder@example.test")
        .param("send_time", 1)
        .param("check_time", 1);
    builder.param("snd_time_avp", "$avp(snd_time)").start()
}

/// C: the copy has the date of the reminder in its text; it drops the header.
#[test]
fn a_reminder_for_somebody_offline_becomes_an_ordinary_message() {
    differs(|| {
        let server = reminding();
        let at = now() + 1;
        let header = format!("X-Send-Time: {}", compact(at));
        server.agent("alice").message("bob").header(&header).text("wake up").send().expect_code(202);
        let row = server.table().only_row();
        assert_eq!(row.snd_time, at);
        until("it has come back", || server.log().count("answered ") == 2);
        until("it is no reminder any more", || server.table().rows().iter().all(|row| row.snd_time == 0));
        expect_rows_of_bob(&server, &[Row { snd_time: 0, ..row }]);
        expect_failures(&server, "reminders", 1);
        assert_eq!((server.statistic("stored_messages"), server.statistic("dumped_reminders")), (1, 0));
        // At the next look for reminders it would be sent again.
        let later = server.agent("later");
        later.register();
        let mut due = NewRow::text("alice", "later", server.domain(), "later");
        due.snd_time = now();
        server.table().insert(&due);
        later.receive();
        assert_eq!((server.statistic("failed_reminders"), server.table().count_of("bob")), (1, 1));
        let bob = server.agent("bob");
        bob.register();
        let text = bob.receive().text();
        assert!(text.starts_with("[Offline message - ") && text.ends_with("] wake up"), "{text}");
        assert_eq!(text.matches('[').count(), 1, "{text}");
        server.table().wait_until_empty();
    });
}
