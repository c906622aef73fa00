//! Bodies and their types.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "`message/cpim`",
        points: &[23],
        theirs: "delivered as text/plain, with the prefix inside",
        ours: "as it was sent",
        why: "RFC 3428, section 4: any MIME type, including message/cpim",
        theirs_since: None,
        tests: &[(
            "fixed::content::a_cpim_message_is_delivered_byte_for_byte",
            "left: Some(\"text/plain\")\n right: Some(\"message/cpim\")",
        )],
    },
    Difference {
        subject: "parameters of the content type",
        points: &[11, 24],
        theirs: "dropped; a type over 32 characters is refused or cut",
        ours: "kept",
        why: "without charset and boundary the body is not readable",
        theirs_since: None,
        tests: &[
            (
                "fixed::content::the_charset_of_a_text_is_kept_and_it_gets_its_prefix",
                "left: Some(\"text/plain\")\n right: Some(\"text/plain; charset=ISO-8859-1\")",
            ),
            ("fixed::content::the_boundary_of_a_multipart_body_is_kept", "left: Some(\"multipart/mixed\")\n"),
        ],
    },
    Difference {
        subject: "prefix of a long text",
        points: &[26],
        theirs: "left out over 978 bytes",
        ours: "at any length",
        why: "as documented",
        theirs_since: None,
        tests: &[
            ("fixed::content::a_long_text_gets_its_prefix_too", "the text has no prefix"),
            ("fixed::content::a_long_reminder_gets_its_prefix_too", "the text has no prefix"),
        ],
    },
    Difference {
        subject: "prefix of a text that it would break: encoded, in UTF-16 or EBCDIC, with a byte order mark, with headers of its own, signed or encrypted, attached, with a digest",
        points: &[],
        theirs: "put before it",
        ours: "left out",
        why: "the text could not be read any more; its time stands in Date",
        theirs_since: None,
        tests: &[
            ("delivering::prefix::a_base64_text_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_quoted_printable_text_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_text_in_utf_16_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_text_in_ebcdic_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_text_that_begins_with_a_byte_order_mark_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_text_that_begins_with_headers_of_its_own_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_signed_or_encrypted_text_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::an_attached_text_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_text_with_a_digest_gets_no_prefix", "the body is [Offline message - "),
            ("delivering::prefix::a_reminder_that_its_prefix_would_break_gets_none", "the body is [Reminder message - "),
        ],
    },
];
