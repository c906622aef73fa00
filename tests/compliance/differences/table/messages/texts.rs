//! Texts that other parsers would not read.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "characters of names and headers",
        points: &[],
        theirs: "names are dropped",
        ours: "kept byte for byte, whatever the character set of the table; what a column cannot hold is encoded in it",
        why: "a message must not be lost for the name of its sender",
        theirs_since: None,
        tests: &[
            (
                "databases::texts::names_and_headers_in_any_characters_are_stored_and_delivered_as_they_were",
                "has no line From: \\\"Alice A.\\\"",
            ),
            (
                "databases::odbc::names_and_headers_in_any_characters_are_kept_through_db_unixodbc",
                "has no line From: \\\"Alice A.\\\"",
            ),
            (
                "databases::cluster::names_and_headers_in_any_characters_are_kept_through_db_cluster",
                "has no line From: \\\"Alice A.\\\"",
            ),
            (
                "databases::texts::names_and_headers_in_any_characters_are_kept_by_a_mariadb_of_latin1",
                "has no line From: \\\"Alice A.\\\"",
            ),
            (
                "databases::texts::names_and_headers_in_any_characters_are_kept_by_a_mariadb_of_utf8mb3",
                "has no line From: \\\"Alice A.\\\"",
            ),
            (
                "databases::texts::names_and_headers_in_any_characters_are_kept_by_a_mariadb_that_is_not_strict",
                "has no line From: \\\"Alice A.\\\"",
            ),
        ],
    },
    Difference {
        subject: "name of the sender that is no quoted string: `José`, `Dr. X (y)`, `a, b`",
        points: &[],
        theirs: "dropped; one in the table is sent as it is, and phones do not read the message",
        ours: "sent as a quoted string; without it where it cannot be one",
        why: "RFC 3261, section 25.1",
        theirs_since: None,
        tests: &[
            ("fixed::texts::a_name_goes_out_as_a_quoted_string", "From is <sip:alice@example.test>;tag="),
            ("fixed::texts::a_name_that_stands_in_the_table_goes_out_as_a_quoted_string", "From is Alice <"),
            ("fixed::texts::a_name_that_cannot_be_written_is_left_out", "From is \"bell"),
        ],
    },
    Difference {
        subject: "Contact of `add_contact`, where the table has a name before the URI of the sender",
        points: &[],
        theirs: "has the name inside its angle brackets",
        ours: "has the URI alone",
        why: "RFC 3261, section 25.1",
        theirs_since: None,
        tests: &[("fixed::texts::the_contact_of_add_contact_has_no_name_in_it", "left: Some(\"<\\\"Alice")],
    },
    Difference {
        subject: "content type that RFC 3261 does not allow: `text/plain;`, `;charset=`, `;msgr=WAAtAE0=`",
        points: &[],
        theirs: "all parameters are dropped; one in the table is sent as it is",
        ours: "values are quoted where they have to be, what cannot be written is left out",
        why: "RFC 3261, section 25.1; phones do not read the message",
        theirs_since: None,
        tests: &[
            (
                "fixed::texts::a_content_type_is_mended_where_phones_would_not_take_it",
                "left: Some(\"text/plain\")\n right: Some(\"text/plain;charset=UTF-8;msgr=",
            ),
            (
                "fixed::texts::a_content_type_that_stands_in_the_table_is_mended",
                "left: \"text/plain;charset=\"\n right: \"text/plain\"",
            ),
        ],
    },
    Difference {
        subject: "Call-ID that RFC 3261 does not allow, with `use_mode` 1",
        points: &[],
        theirs: "sent as it is",
        ours: "a new one is sent",
        why: "RFC 3261, section 25.1; phones do not read the message",
        theirs_since: None,
        tests: &[(
            "fixed::texts::a_call_id_that_phones_would_not_take_is_not_used_again",
            "left: Some(\"one,two@example.test\")",
        )],
    },
    Difference {
        subject: "headers without a value, or with a control character in it",
        points: &[],
        theirs: "stored and sent",
        ours: "left out",
        why: "there are parsers that refuse the whole request",
        theirs_since: None,
        tests: &[
            ("fixed::texts::headers_that_a_parser_could_refuse_are_left_out", "left: [\"X-Empty: \""),
            ("fixed::texts::headers_in_the_table_that_a_parser_could_refuse_are_left_out", "left: [\"X-Empty: \""),
        ],
    },
    Difference {
        subject: "`X-Msilo-Encoded` in a message",
        points: &[],
        theirs: "stored and sent",
        ours: "left out",
        why: "it is the name of what this module encodes",
        theirs_since: None,
        tests: &[("fixed::texts::nobody_can_send_a_header_that_is_already_encoded", "left: \"X-Msilo-Encoded")],
    },
];
