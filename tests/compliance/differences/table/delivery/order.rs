//! Order and pace.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "order",
        points: &[31],
        theirs: "all at once, in no order",
        ours: "one in flight per inbox (`dump_window`), in the order they were stored",
        why: "RFC 3428, section 8",
        theirs_since: None,
        tests: &[
            ("fixed::order::two_hundred_messages_arrive_in_order_through_eight_processes", "the order is ["),
            (
                "fixed::order::the_next_message_is_sent_when_the_one_before_is_answered",
                "sent before the answer\n  left: 1\n right: 0",
            ),
            ("fixed::order::a_window_of_three_allows_three_in_flight", "parameter <dump_window> of type"),
        ],
    },
    Difference {
        subject: "phone that does not answer",
        points: &[33],
        theirs: "gets the whole inbox, each message with its retransmissions",
        ours: "gets one message; the rest waits for the next `m_dump()`",
        why: "RFC 3428, section 8",
        theirs_since: None,
        tests: &[(
            "fixed::lost::after_a_timeout_the_rest_of_the_inbox_waits_for_the_next_register",
            "sent without an answer to the one before\n  left: 2\n right: 0",
        )],
    },
];
