//! What comes from a peer and what goes back on the wire.

use proptest::collection::vec;
use proptest::prelude::*;

use super::tries;
use crate::silo::config::settings::Config;
use crate::silo::intake::sender::Sender;
use crate::silo::intake::submission::{take_in, Intake, Owner, SipUri, Submission};
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::offline;
use crate::silo::message::content_type::ContentType;
use crate::silo::message::headers::{read_block, stored_block, tidy, Header};
use crate::silo::message::model::StoredMessage;
use crate::silo::text::{breaks_line, has_control, Shown};

/// A header name of any kind, those that must not be stored more often than others.
fn name() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "Via",
        "v",
        "Contact",
        "Route",
        "Content-Length",
        "l",
        "From",
        "To",
        "CSeq",
        "Call-ID",
        "Max-Forwards",
        "Proxy-Authorization",
        "proxy-x",
        "Authorization",
        "Record-Route",
        "Subject",
        "s",
        "Content-Encoding",
        "d",
        "P-Access-Network-Info",
    ]);
    prop_oneof![special.prop_map(str::to_owned), "X-[A-Za-z0-9.]{0,9}", "[A-Za-z][A-Za-z0-9.-]{0,12}"]
}

/// Any value, with folded lines, stray line ends and NUL bytes in it.
fn value() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[ -~]{0,12}",
        Just("\r\n ".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n\t".into()),
        Just("\r".to_owned()),
        Just("\0".to_owned()),
        Just("\r\nVia: x".to_owned()),
        Just("žluť".to_owned())
    ];
    vec(part, 0..5).prop_map(|parts| parts.concat())
}

/// The lines of a block. Each must end in CRLF and hold no other line end.
fn lines(block: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(block).into_owned();
    assert!(text.is_empty() || text.ends_with("\r\n"), "{text:?}");
    let lines = text.split_terminator("\r\n").map(|line| {
        assert!(!breaks_line(line.as_bytes()), "{line:?}");
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
        (name.trim_end().to_ascii_lowercase(), value.trim().to_owned())
    });
    lines.collect()
}

const NOT_STORED: [&str; 16] = [
    "via",
    "v",
    "contact",
    "route",
    "record-route",
    "content-length",
    "l",
    "from",
    "to",
    "cseq",
    "call-id",
    "max-forwards",
    "authorization",
    "content-type",
    "c",
    "p-access-network-info",
];

proptest! {
    #![proptest_config(tries(500))]

    #[test]
    fn stored_headers_are_whole_lines_of_the_message_and_come_back_as_they_were(
        headers in vec((name(), value()), 0..8)
    ) {
        let whole: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let given = headers.iter().zip(&whole);
        let block = stored_block(given.map(|((name, _), line)| {
            Header { name: name.as_bytes(), line: line.as_bytes() }
        }));
        for (name, _) in lines(&block) {
            prop_assert!(!NOT_STORED.contains(&name.as_str()) && !name.starts_with("proxy-"), "{} is stored", name);
        }
        let read = read_block(&block);
        prop_assert_eq!((read.dropped, read.content_type), (0, None));
        prop_assert_eq!(lines(&read.lines), lines(&block));
        for ((name, value), line) in headers.iter().zip(&whole) {
            let kept = name.starts_with("X-") || name == "d";
            if kept && !has_control(value.as_bytes()) && !value.trim().is_empty() {
                let whole = format!("{}\r\n", line.trim_end());
                prop_assert!(block.windows(whole.len()).any(|part| part == whole.as_bytes()), "{} is lost", line);
            }
        }
    }

    #[test]
    fn no_block_gets_anything_but_clean_headers_out(block in vec((name(), value()), 0..8), end in value()) {
        let block: String = block.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let block = block + &end;
        let read = read_block(block.as_bytes());
        let of_tm = ["via", "v", "route", "record-route", "content-length", "l", "from", "to", "cseq", "call-id"];
        for (name, _) in lines(&read.lines) {
            prop_assert!(!of_tm.contains(&name.as_str()), "a second {}", name);
        }
        lines(&tidy(block.as_bytes()));
    }

    #[test]
    fn a_content_type_is_kept_with_every_parameter(
        kind in "[a-z]{1,10}", subtype in "[a-z0-9.+-]{1,20}",
        parameters in vec(("[a-z]{1,8}", "[!-~&&[^\"\\\\]]{0,20}"), 0..4),
        fold in any::<bool>(),
    ) {
        let parts = parameters.iter().map(|(name, value)| format!(";{name}=\"{value}\""));
        let parameters = parts.collect::<String>();
        let value = format!("{kind}/{subtype}{parameters}");
        let folded = if fold { value.replace(';', ";\r\n\t") } else { value.clone() };
        // Folding is undone; a fold inside a quoted parameter leaves its blank there.
        let parsed = ContentType::parse(folded.as_bytes()).unwrap();
        let line = folded.replace("\r\n\t", " ");
        prop_assert_eq!(parsed.value(), line.as_bytes());
        prop_assert_eq!(parsed.is_text_plain(), kind == "text" && subtype == "plain");
    }

    #[test]
    fn only_what_is_known_to_be_harmless_gets_a_prefix(
        charset in prop::sample::select(vec![
            ("", true), ("UTF-8", true), ("iso-8859-16", true), ("\"cp1250\"", true), ("utf-16", false), ("x-y", false),
        ]),
        begin in prop::sample::select(vec![
            ("", true), ("Note: 1\r\n\r\n", true), ("\u{feff}", false), ("\0", false), ("-----BEGIN ", false),
            ("Content-X: 1\r\n\r\n", false),
        ]),
        header in prop::sample::select(vec![
            ("", true), ("Content-Transfer-Encoding: 8bit\r\n", true), ("e: gzip\r\n", false),
            ("CONTENT-transfer-encoding: base64\r\n", false),
        ]),
        rest in "[a-z\r\n ]{0,40}",
    ) {
        let text = format!("{}{rest}", begin.0);
        let row = StoredMessage {
            from: b"sip:alice@x".to_vec(),
            to: b"sip:bob@x".to_vec(),
            content_type: format!("text/plain;a=\";charset=x\";charset={}", charset.0).into_bytes(),
            body: text.clone().into_bytes(),
            headers: header.0.into(),
            stored_at: 1_800_000_000,
            ..StoredMessage::default()
        };
        let sent = offline(&row, b"", &Config::default()).unwrap();
        let prefix = sent.body.strip_suffix(text.as_bytes()).unwrap();
        prop_assert_eq!(!prefix.is_empty(), charset.1 && begin.1 && header.1, "{:?} {:?} {:?}", charset, begin, header);
    }

    #[test]
    fn hosts_compare_without_case_and_users_with_it(user in "[a-zA-Z0-9._-]{1,12}", host in "[a-zA-Z0-9.-]{1,20}") {
        let aor = Aor::new(user.as_bytes(), host.as_bytes()).unwrap();
        prop_assert!(aor.owns(user.as_bytes(), host.to_ascii_uppercase().as_bytes()));
        prop_assert_eq!(&aor, &Aor::new(user.as_bytes(), host.to_ascii_lowercase().as_bytes()).unwrap());
        let other = user.to_ascii_uppercase();
        prop_assert_eq!(aor.owns(other.as_bytes(), host.as_bytes()), other == user);
        for count in 1..5 {
            let shard = aor.shard(count);
            prop_assert!(shard < count && shard == aor.clone().shard(count));
        }
    }

    #[test]
    fn nothing_from_outside_breaks_a_line_of_the_log(text in vec(any::<u8>(), 0..400)) {
        let shown = Shown(&text).to_string();
        prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
    }

    #[test]
    fn what_is_stored_is_delivered_byte_for_byte(
        body in prop_oneof!["[ -~]{0,20}\r?\n?[^\0]{1,200}".prop_map(String::into_bytes), vec(any::<u8>(), 1..2000)],
        long in 0..60_usize, kind in 0..3_usize, subject in "[ -~]{0,30}[!-~]",
    ) {
        let parameter = format!("boundary=\"{}\"", "b".repeat(long));
        let content_type = match kind {
            0 => None,
            1 => Some(format!("application/x;{parameter}")),
            _ => Some(format!("text/plain;{parameter}")),
        };
        let subject = format!("Subject: {subject}");
        let bob = SipUri { text: b"sip:bob@x", user: b"bob", host: b"x" };
        let submission = Submission {
            owner: Owner::Given(bob),
            from: Sender::Header { name: b"", uri: b"sip:alice@x" },
            to: b"sip:bob@x",
            body: &body,
            content_type: content_type.as_deref().map(str::as_bytes),
            expires: None,
            call_id: b"1",
            headers: &[Header { name: b"Subject", line: subject.as_bytes() }],
            extra_headers: None,
            send_time: None,
        };
        let config = Config::default();
        let Ok(Intake::Store(new)) = take_in(&submission, &config, 1_800_000_000) else { panic!("not stored") };
        prop_assert!(new.content_type.len() <= 32);
        let row = StoredMessage {
            id: 1,
            user: new.owner.user().to_vec(),
            host: new.owner.host().to_vec(),
            from: new.from,
            to: new.to,
            content_type: new.content_type,
            body: new.body,
            headers: new.headers,
            stored_at: new.stored_at,
            ..StoredMessage::default()
        };
        let sent = offline(&row, b"", &config).unwrap();
        let headers = lines(&sent.headers);
        let guess = if std::str::from_utf8(&body).is_ok() { "text/plain" } else { "application/octet-stream" };
        let expected = content_type.unwrap_or_else(|| guess.to_owned());
        prop_assert!(headers.contains(&("content-type".to_owned(), expected)), "{:?}", headers);
        prop_assert!(headers.iter().any(|(name, _)| name == "subject"), "{:?}", headers);
        let prefix = sent.body.strip_suffix(&body[..]).unwrap();
        prop_assert!(prefix.is_empty() || kind == 2);
        let readable = !body.contains(&0) && !body.contains(&b':') && body[0].is_ascii_alphabetic();
        prop_assert!(!prefix.is_empty() || kind != 2 || !readable);
    }
}
