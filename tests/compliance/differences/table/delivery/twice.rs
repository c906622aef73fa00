//! What is sent twice.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "row of a delivered message",
        points: &[17],
        theirs: "deleted within `check_time`; sent again after a crash or restart",
        ours: "deleted 8 ms later at the latest, and at a stop",
        why: "sent twice",
        theirs_since: None,
        tests: &[
            (
                "fixed::twice::the_row_is_gone_soon_after_its_200_whatever_check_time_is",
                "waited 10s in vain until the table silo is empty",
            ),
            ("fixed::twice::a_clean_stop_deletes_what_was_delivered", "rows after the stop\n  left: 2\n right: 0"),
            (
                "ours::stop::what_was_answered_and_read_by_no_worker_is_deleted_at_a_stop",
                "rows after the stop\n  left: 20\n right: 0",
            ),
            (
                "ours::process::a_delivered_row_is_gone_within_250_milliseconds",
                "the row is gone within a second of its 200",
            ),
            (
                "ours::process::sigterm_right_after_the_200s_leaves_no_answered_row_behind",
                "waited 10s in vain until the server has the answers",
            ),
            ("ours::delivery_process::with_fork_no_a_stop_deletes_what_was_answered", "left: 1\n right: 0"),
        ],
    },
    Difference {
        subject: "the DELETE fails",
        points: &[18],
        theirs: "the message is sent again",
        ours: "tried until it works; not sent again",
        why: "sent twice",
        theirs_since: None,
        tests: &[(
            "fixed::twice::a_message_whose_row_cannot_be_deleted_is_not_sent_again",
            "sent again\n  left: 1\n right: 0",
        )],
    },
    Difference {
        subject: "ids above 2^31",
        points: &[20],
        theirs: "never deleted",
        ours: "64 bits",
        why: "sent twice",
        theirs_since: None,
        tests: &[(
            "fixed::twice::a_row_with_an_id_beyond_31_bits_is_delivered_and_deleted",
            "waited 10s in vain until the row is deleted",
        )],
    },
    Difference {
        subject: "REGISTERs while delivered rows are being deleted",
        points: &[19],
        theirs: "can send once more what is just being deleted",
        ours: "one process owns an inbox, from the SELECT to the DELETE",
        why: "sent twice",
        theirs_since: None,
        tests: &[("fixed::twice::registers_while_delivered_rows_are_deleted_bring_nothing_twice", "sent again")],
    },
];
