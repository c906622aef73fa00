//! Headers that travel with a message.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "Subject, Priority, Content-Disposition, the caller's preferences of RFC 3841, Referred-By, Remote-Party-ID and other headers of the message that the server knows",
        points: &[25],
        theirs: "dropped",
        ours: "kept",
        why: "they belong to the message: RFC 3261, section 20",
        theirs_since: None,
        tests: &[
            ("fixed::content::the_subject_is_kept", "left: None\n right: Some(\"lunch\")"),
            ("fixed::content::the_priority_is_kept", "left: None\n right: Some(\"urgent\")"),
            ("fixed::content::content_disposition_is_kept", "left: None\n right: Some(\"render\")"),
            ("storing::header_table::a_header_of_the_message_that_the_server_knows_is_kept", "these did not arrive"),
            ("storing::header_table::the_callers_preferences_are_kept_together", "left: []"),
        ],
    },
    Difference {
        subject: "Content-Encoding",
        points: &[25],
        theirs: "dropped, and the prefix is put before the encoded bytes",
        ours: "kept, and the body gets no prefix",
        why: "RFC 3261, section 20.12",
        theirs_since: None,
        tests: &[(
            "fixed::content::an_encoded_text_keeps_its_content_encoding_and_gets_no_prefix",
            "left: None\n right: Some(\"gzip\")",
        )],
    },
    Difference {
        subject: "display name of the sender",
        points: &[25],
        theirs: "dropped",
        ours: "kept",
        why: "RFC 3261, section 20.20",
        theirs_since: None,
        tests: &[("fixed::content::the_display_name_of_the_sender_is_kept", "From is <sip:alice@example.test>;tag=")],
    },
    Difference {
        subject: "headers of the old request that the server does not know: of its way, its login, the operator's network",
        points: &[],
        theirs: "stored and sent",
        ours: "left out",
        why: "they are not true of the new request, or not for phones: RFC 3329, RFC 5393, RFC 5503, RFC 7315",
        theirs_since: None,
        tests: &[(
            "fixed::content::a_header_of_one_hop_that_the_server_does_not_know_is_not_kept",
            "left: [Some(\"1\"), Some(\"1\"), Some(\"1\"), Some(\"1\"), Some(\"1\")]\n right: [None",
        ), (
            "storing::header_table::a_header_of_the_old_request_that_the_server_does_not_know_is_not_kept",
            "these arrived",
        )],
    },
];
