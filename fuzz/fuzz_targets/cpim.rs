//! The body of a `message/cpim`, as a peer sent it, and the notification that is made of it.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::is_one_line;
use msilo_fuzz::silo::message::content_type::ContentType;
use msilo_fuzz::silo::message::cpim::imdn::{is_notification, notification, Disposition, Subject, SPACE};
use msilo_fuzz::silo::message::cpim::{says_composing, Cpim};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// Any body.
    body: &'a [u8],
    /// One that asks for notifications, with these parts in it.
    id: &'a [u8],
    from: &'a [u8],
    time: &'a [u8],
    sender: &'a [u8],
    receiver: &'a [u8],
    stored_at: i64,
    now: i64,
    any: bool,
}

fuzz_target!(|input: Input| {
    let asking = [
        b"From: ",
        input.from,
        b"\r\nDateTime: ",
        input.time,
        b"\r\nimdn.Message-ID: ",
        input.id,
        b"\r\nimdn.Disposition-Notification: processing, negative-delivery\r\n\r\nContent-Type: text/plain\r\n\r\nhi",
    ]
    .concat();
    let body = if input.any { input.body } else { &asking };
    if let Some(cpim) = Cpim::read(body) {
        assert!(body.ends_with(cpim.content), "the content is what came");
        assert!((1..=64).contains(&cpim.headers.len()) && cpim.content_headers.len() <= 64);
        cpim.headers.iter().for_each(|header| is_one_line(&header.value));
        cpim.content_headers.iter().for_each(|(_, value)| is_one_line(value));
    }
    let kind = ContentType::parse(b"message/cpim").expect("it is one");
    says_composing(&kind, body);
    for what in [Disposition::Stored, Disposition::Failed] {
        let subject = Subject {
            content_type: kind.value(),
            body,
            from: input.sender,
            to: input.receiver,
            stored_at: input.stored_at,
        };
        let Some(sent) = notification(subject, what, input.now) else { continue };
        assert!(!is_notification(&kind, body), "about a notification");
        is_one_line(&sent.request_uri);
        is_one_line(&sent.from);
        assert!(is_notification(&kind, &sent.body), "{}", sent.body.escape_ascii());
        let cpim = Cpim::read(&sent.body).expect("it can be read");
        let own = cpim.header(SPACE, "Message-ID").expect("it has an id");
        assert!(own.starts_with(b"msilo-"));
        assert_eq!(cpim.content_header("content-length"), Some(cpim.content.len().to_string().as_bytes()));
        let text = std::str::from_utf8(cpim.content).expect("XML in UTF-8");
        assert_eq!(text.matches("<message-id>").count(), 1);
        assert_eq!(text.matches('<').count(), 12, "{text}");
        assert_eq!(notification(Subject { body: &sent.body, ..subject }, what, input.now), None);
    }
});
