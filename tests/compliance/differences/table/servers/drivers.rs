//! Databases and their drivers.

use crate::differences::{Difference, BY_CHANCE};

/// What a test says that wants the config refused.
const STARTED: &str = "the server started although it had to refuse its config";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "value that is longer than its column on MariaDB and PostgreSQL",
        points: &[11],
        theirs: "refused by the database; cut where MariaDB is not strict, so that nobody ever gets the message",
        ours: "refused before the INSERT, with a line that names column and value",
        why: "lost messages",
        theirs_since: None,
        tests: &[
            (
                "databases::widths::what_does_not_fit_its_column_is_refused_and_never_cut",
                "waited 10s in vain for \"column username takes 64 characters and\"",
            ),
            ("databases::widths::a_mariadb_that_is_not_strict_cuts_nothing_either", "the reply is \"SIP/2.0 202"),
        ],
    },
    Difference {
        subject: "ids over 2^31 on MariaDB and PostgreSQL",
        points: &[20],
        theirs: "the rows are not deleted",
        ours: "as any other",
        why: "messages sent twice",
        theirs_since: None,
        tests: &[(
            "databases::ids::rows_with_ids_beyond_31_and_32_bits_are_delivered_and_deleted",
            "waited 10s in vain until the table silo is empty",
        )],
    },
    Difference {
        subject: "db_unixodbc that does not escape text as its database reads it",
        points: &[],
        theirs: "the server starts, and what stands behind a quote in a message is read as SQL",
        ours: "refused at start",
        why: "anybody could change the database",
        theirs_since: None,
        tests: &[
            ("databases::odbc::db_unixodbc_without_escaping_is_refused", STARTED),
            ("databases::odbc::db_unixodbc_on_a_database_that_escapes_otherwise_is_refused", STARTED),
        ],
    },
    Difference {
        subject: "NUL byte in a body, or the body `NULL`, with db_unixodbc",
        points: &[],
        theirs: "delivered without what is behind the NUL byte, and without the body",
        ours: "refused",
        why: "mangled messages",
        theirs_since: None,
        tests: &[("databases::odbc::what_db_unixodbc_does_not_give_back_is_refused", "the reply is \"SIP/2.0 202")],
    },
    Difference {
        subject: "drivers that cannot hold a silo (db_redis, db_flatstore)",
        points: &[],
        theirs: "the server starts with db_redis, and refuses every message",
        ours: "refused at start; the line says what the driver lacks",
        why: "lost messages",
        theirs_since: None,
        tests: &[
            ("databases::unfit::db_redis_is_refused", "no line says cannot be used for the silo"),
            ("databases::unfit::a_driver_that_can_only_insert_is_refused", "no line says cannot be used for the silo"),
        ],
    },
    Difference {
        subject: "body over about 32 KB with db_cluster or db_unixodbc",
        points: &[],
        theirs: "refused by the driver",
        ours: "refused by the driver, and the log names `sql_buffer_size` and how large it has to be",
        why: "a mistake in the config is named, not guessed at",
        theirs_since: None,
        tests: &[(
            "databases::cluster::a_body_of_58_kilobytes_through_db_cluster_needs_sql_buffer_size",
            "waited 10s in vain for \"for 58000 bytes the core parameter sql_buffer_size",
        )],
    },
    Difference {
        subject: "order through db_cluster and db_unixodbc",
        points: &[31],
        theirs: "all at once, in no order",
        ours: "as with every other driver",
        why: "RFC 3428, section 8",
        theirs_since: None,
        tests: &[
            ("databases::cluster::messages_are_delivered_in_order_and_deleted_through_db_cluster", BY_CHANCE),
            ("databases::odbc::messages_are_delivered_in_order_and_deleted_through_db_unixodbc", BY_CHANCE),
        ],
    },
];
