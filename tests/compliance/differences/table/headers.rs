//! Headers that travel with a message.

use crate::differences::Difference;

pub const LINES: &[Difference] = &[
    Difference {
        subject: "Subject, Priority, Content-Disposition and other headers the server knows",
        points: &[25],
        theirs: "dropped",
        ours: "kept",
        why: "they belong to the message: RFC 3261, section 20",
        theirs_since: None,
        tests: &[
            ("fixed::content::the_subject_is_kept", "left: None\n right: Some(\"lunch\")"),
            ("fixed::content::the_priority_is_kept", "left: None\n right: Some(\"urgent\")"),
            ("fixed::content::content_disposition_is_kept", "left: None\n right: Some(\"render\")"),
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
        subject: "hop-by-hop headers that Kamailio does not know",
        points: &[],
        theirs: "stored and sent",
        ours: "left out",
        why: "they belong to one hop: RFC 7315, section 4.6; RFC 5393, section 5",
        theirs_since: None,
        tests: &[(
            "fixed::content::a_header_of_one_hop_that_the_server_does_not_know_is_not_kept",
            "left: [Some(\"1\"), Some(\"1\"), Some(\"1\"), Some(\"1\"), Some(\"1\")]\n right: [None",
        )],
    },
];
