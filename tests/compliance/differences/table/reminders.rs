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
        ours: "stored as it is",
        why: "sent at the wrong time",
        theirs_since: None,
        tests: &[("fixed::times::a_time_after_2038_is_stored", "left: -2085881051\n right: 2209086245")],
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
