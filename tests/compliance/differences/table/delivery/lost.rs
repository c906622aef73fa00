//! What is not delivered.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "tm refuses to send a message",
        points: &[7],
        theirs: "never tried again until a restart, and not counted",
        ours: "counted, logged, tried at the next `m_dump()`",
        why: "lost messages",
        theirs_since: None,
        tests: &[(
            "fixed::lost::a_message_that_tm_cannot_send_is_counted_and_tried_again",
            "waited 10s in vain until failed_messages is 1",
        )],
    },
    Difference {
        subject: "expired messages",
        points: &[27],
        theirs: "delivered until the sweep",
        ours: "not delivered",
        why: "their time is over",
        theirs_since: None,
        tests: &[("fixed::expiry::an_expired_message_is_not_delivered", "] old")],
    },
    Difference {
        subject: "contact whose `methods` lacks MESSAGE, without Allow",
        points: &[39],
        theirs: "gets messages",
        ours: "does not",
        why: "RFC 3840, section 9",
        theirs_since: None,
        tests: &[
            ("fixed::receivers::a_contact_whose_methods_lack_message_gets_nothing_without_allow", "m_dump returned 1"),
            ("fixed::receivers::a_contact_with_empty_methods_gets_nothing_without_allow", "m_dump returned 1"),
        ],
    },
    Difference {
        subject: "`dumped_messages`, `dumped_reminders`",
        points: &[34],
        theirs: "swapped",
        ours: "each counts what its name says",
        why: "as documented",
        theirs_since: None,
        tests: &[
            (
                "fixed::server::statistics::a_delivered_message_is_counted_in_dumped_messages",
                "waited 10s in vain until dumped_messages is 1",
            ),
            (
                "fixed::server::statistics::a_delivered_reminder_is_counted_in_dumped_reminders",
                "waited 10s in vain until dumped_reminders is 1",
            ),
        ],
    },
];
