//! What the C module does with some databases only.

use crate::differences::{Difference, BY_CHANCE};
use crate::harness::Kind;

/// The databases under test with which it does so, and the difference.
pub const LINES: &[(&[Kind], Difference)] = &[
    (
        &[Kind::Sqlite],
        Difference {
            subject: "SQLite, several workers storing at once",
            points: &[13],
            theirs: "most fail with \"database is locked\"",
            ours: "they wait for each other",
            why: "lost messages",
            theirs_since: None,
            tests: &[
                ("fixed::lost::many_senders_at_once_are_all_accepted_on_sqlite", "refused with 503:"),
                (
                    "faults::line::whoever_waits_in_line_for_a_locked_database_is_refused_with_the_first_of_the_line",
                    "the lock is gone",
                ),
                (
                    "databases::neighbours::an_update_of_another_module_is_refused_at_once_while_a_message_waits_for_the_lock",
                    BY_CHANCE,
                ),
            ],
        },
    ),
    (
        &[Kind::Sqlite, Kind::Postgres],
        Difference {
            subject: "domain in another letter case",
            points: &[29],
            theirs: "another inbox on SQLite and PostgreSQL",
            ours: "the same inbox; stored in lower case",
            why: "RFC 3261, section 19.1.4",
            theirs_since: None,
            tests: &[
                (
                    "fixed::lost::a_domain_in_another_letter_case_is_the_same_inbox",
                    "bob waited 10s in vain for a MESSAGE",
                ),
                (
                    "fixed::lost::a_row_that_c_stored_with_a_domain_in_another_letter_case_is_delivered",
                    "bob waited 10s in vain for a MESSAGE",
                ),
            ],
        },
    ),
    (
        &[Kind::Mysql],
        Difference {
            subject: "user names that differ in letter case only, on MariaDB",
            points: &[29],
            theirs: "one inbox: the first who registers gets the messages of both",
            ours: "two inboxes, on every database",
            why: "RFC 3261, section 19.1.4",
            theirs_since: None,
            tests: &[
                ("databases::content::the_case_of_a_user_name_is_respected", "assertion `left == right` failed"),
                (
                    "databases::content::the_case_of_a_user_name_is_respected_when_many_register_at_once",
                    "assertion `left == right` failed",
                ),
            ],
        },
    ),
    (
        &[Kind::Mysql, Kind::Postgres],
        Difference {
            subject: "body over about 32 KB on MariaDB and PostgreSQL",
            points: &[],
            theirs: "refused, unless the core parameter `sql_buffer_size` is raised",
            ours: "stored and delivered",
            why: "lost messages",
            theirs_since: None,
            tests: &[(
                "databases::widths::a_body_of_58_kilobytes_is_stored_and_delivered",
                "the reply is \"SIP/2.0 503",
            )],
        },
    ),
    (
        &[Kind::Mysql],
        Difference {
            subject: "table that somebody locks for some seconds, on MariaDB",
            points: &[],
            theirs: "a message is stored, and delivered, up to three times",
            ours: "refused after a second or two, and not stored",
            why: "messages sent twice",
            theirs_since: None,
            tests: &[
                (
                    "faults::database::a_table_that_somebody_locks_for_eight_seconds_holds_no_message_twice",
                    "stored more often than it was accepted",
                ),
                (
                    "faults::database::nor_does_one_that_is_locked_after_the_database_has_been_restarted",
                    "stored more often than it was accepted",
                ),
                (
                    "faults::database::nor_does_one_that_is_locked_while_a_message_comes_that_is_not_ascii",
                    "stored more often than it was accepted",
                ),
            ],
        },
    ),
    (
        &[Kind::Mysql],
        Difference {
            subject: "header that its column cannot hold, on MariaDB: ISO 8859-1, or emoji in utf8mb3",
            points: &[],
            theirs: "the message is refused; with a database that is not strict the text is cut",
            ours: "stored in ASCII, delivered as it was",
            why: "lost messages",
            theirs_since: None,
            tests: &[(
                "databases::texts::a_header_that_its_column_cannot_hold_does_not_refuse_the_message",
                "the reply is \"SIP/2.0 503",
            )],
        },
    ),
];
