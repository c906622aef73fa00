//! Reminders.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "reminder later than `expire_time`",
        points: &[9],
        theirs: "deleted before it is due",
        ours: "kept until `expire_time` after it was due",
        why: "lost messages",
        theirs_since: None,
        tests: &[("fixed::expiry::a_reminder_expires_only_after_it_was_due", "it expires before it is due")],
    },
    Difference {
        subject: "time of a reminder while reminders are off",
        points: &[10],
        theirs: "stored, never sent",
        ours: "an ordinary message",
        why: "lost messages",
        theirs_since: None,
        tests: &[("fixed::lost::snd_time_is_ignored_without_reminders", "bob waited 10s in vain for a MESSAGE")],
    },
    Difference {
        subject: "content type and stored headers of a reminder",
        points: &[28],
        theirs: "prefix before any type, headers dropped",
        ours: "as of any message: prefix before `text/plain` only, headers sent",
        why: "the body is not readable",
        theirs_since: None,
        tests: &[(
            "fixed::content::a_reminder_keeps_its_content_type_body_and_headers",
            "] <p>wake up</p>\"\n right: \"<p>wake up</p>\"",
        )],
    },
    Difference {
        subject: "reminder time in summer",
        points: &[30],
        theirs: "an hour off",
        ours: "by the daylight-saving rule of the server's time zone",
        why: "sent at the wrong time",
        theirs_since: None,
        tests: &[("fixed::times::a_time_in_summer_follows_daylight_saving", "left: 1909134000\n right: 1909130400")],
    },
    Difference {
        subject: "reminder time after 2038",
        points: &[30],
        theirs: "stored as a negative number",
        ours: "stored as it is, or refused where the column has 32 bits",
        why: "sent at the wrong time",
        theirs_since: None,
        tests: &[
            ("fixed::times::a_time_after_2038_is_stored", "left: -2085881051\n right: 2209086245"),
            ("faults::values::a_reminder_after_2038_is_refused_where_times_have_32_bits", "the reply is \"SIP/2.0 202"),
            ("faults::values::a_mariadb_that_is_not_strict_gets_no_other_time_either", "the reply is \"SIP/2.0 202"),
            ("faults::values::a_reminder_after_2038_is_stored_where_the_columns_were_widened", " right: 2"),
        ],
    },
    Difference {
        subject: "row with a negative reminder time, which C made of one after 2038",
        points: &[30],
        theirs: "a reminder that is due",
        ours: "an ordinary message, delivered at the next `m_dump()`",
        why: "lost messages",
        theirs_since: None,
        tests: &[(
            "faults::values::a_row_with_a_time_that_c_made_negative_is_delivered_at_the_register",
            "bob waited 10s in vain for a MESSAGE",
        )],
    },
    Difference {
        subject: "reminder time that is none: `2030`, 31 February, 13 digits",
        points: &[30],
        theirs: "taken for some time",
        ours: "logged, and stored as an ordinary message",
        why: "sent at the wrong time, or lost",
        theirs_since: None,
        tests: &[
            ("fixed::times::a_year_alone_is_no_time", "left: 1893369600\n right: 0"),
            ("fixed::times::the_31st_of_february_is_no_time", "left: 1898769600\n right: 0"),
            ("fixed::times::thirteen_digits_are_no_time", "left: 1893553440\n right: 0"),
        ],
    },
];
