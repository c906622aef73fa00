//! Large inboxes, and long texts in the table.

use crate::differences::{Difference, BY_CHANCE};

pub const LINES: &[Difference] = &[
    Difference {
        subject: "inbox larger than the private memory of a process",
        points: &[14],
        theirs: "read in one query, which fails: it can never be delivered",
        ours: "read in pages",
        why: "lost messages",
        theirs_since: None,
        tests: &[(
            "fixed::large::an_inbox_larger_than_the_private_memory_of_a_process_is_delivered",
            "bob waited 10s in vain for a MESSAGE",
        )],
    },
    Difference {
        subject: "what else happens while a large inbox is delivered",
        points: &[32, 35],
        theirs: "the SIP worker does nothing else; each message takes a walk through a list of all",
        ours: "the SIP worker is free, and each message takes the same time",
        why: "a large inbox must not hold up the server",
        theirs_since: None,
        tests: &[("fixed::large::a_request_is_answered_while_a_large_inbox_is_delivered", BY_CHANCE)],
    },
    Difference {
        subject: "DELETE statements",
        points: &[36],
        theirs: "one for each message",
        ours: "one for up to 200 messages",
        why: "as fast as the database allows",
        theirs_since: None,
        tests: &[(
            "fixed::large::two_hundred_messages_take_fewer_than_a_hundred_deletes",
            "not found in module <msilo>",
        )],
    },
    Difference {
        subject: "long user name in the table, in a reminder",
        points: &[4],
        theirs: "written into a buffer of 1024 bytes, whatever its length",
        ours: "sent, or refused by tm and logged",
        why: "the server must not die",
        theirs_since: None,
        tests: &[(
            "fixed::large::a_reminder_for_a_user_name_of_forty_kilobytes_does_the_server_no_harm",
            "bob waited 10s in vain for a MESSAGE",
        )],
    },
];
