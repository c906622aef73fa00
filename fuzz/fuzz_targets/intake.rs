//! A whole request of a peer, from the parser's hands into a row and out of it again.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::{
    can_be_sent, has_end_to_end_headers_only, is_media_type, is_one_log_line, names, watch_the_log,
};
use msilo_fuzz::settings::Settings;
use msilo_fuzz::silo::intake::sender::Sender;
use msilo_fuzz::silo::intake::submission::{take_in, Intake, Owner, SipUri, Submission};
use msilo_fuzz::silo::message::compose::{offline, reminder};
use msilo_fuzz::silo::message::content_type::ContentType;
use msilo_fuzz::silo::message::encoded::encode_lines;
use msilo_fuzz::silo::message::headers::Header;
use msilo_fuzz::silo::message::model::StoredMessage;
use msilo_fuzz::silo::message::name::Name;
use msilo_fuzz::silo::table::inspection::charset::Charset;
use msilo_fuzz::silo::text::unfold;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    owner: (&'a [u8], &'a [u8]),
    to_owner: Option<(&'a [u8], &'a [u8])>,
    named: bool,
    name: &'a [u8],
    from: &'a [u8],
    to: &'a [u8],
    body: &'a [u8],
    content_type: Option<&'a [u8]>,
    plain: bool,
    expires: Option<&'a [u8]>,
    call_id: &'a [u8],
    headers: Vec<&'a [u8]>,
    extra_headers: Option<&'a [u8]>,
    send_time: Option<&'a [u8]>,
    settings: (bool, bool, bool),
    now: u32,
    charset: u8,
}

fn header(line: &[u8]) -> Header<'_> {
    let end = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
    Header { name: line[..end].trim_ascii_end(), line }
}

fuzz_target!(|input: Input| {
    watch_the_log();
    let (add_contact, keep_call_id, reminders) = input.settings;
    let config = Settings { add_contact, keep_call_id, reminders }.config();
    fn uri<'a>((user, host): (&'a [u8], &'a [u8])) -> SipUri<'a> {
        SipUri { text: user, user, host }
    }
    let headers: Vec<Header<'_>> = input.headers.iter().map(|line| header(line)).collect();
    let content_type = if input.plain { Some(&b"text/plain"[..]) } else { input.content_type };
    let submission = Submission {
        owner: match input.named {
            true => Owner::Given(uri(input.owner)),
            false => Owner::RequestUri { request: Some(uri(input.owner)), to: input.to_owner.map(uri) },
        },
        from: if input.name == b"-" {
            Sender::Given(input.from)
        } else {
            Sender::Header { name: input.name, uri: input.from }
        },
        to: input.to,
        body: input.body,
        content_type,
        expires: input.expires,
        call_id: input.call_id,
        headers: &headers,
        extra_headers: input.extra_headers,
        send_time: input.send_time,
    };
    let now = i64::from(input.now);
    let message = match take_in(&submission, &config, now) {
        Ok(Intake::Store(message)) => *message,
        Ok(Intake::AlreadyOver) => return assert!(input.expires.is_some()),
        Ok(Intake::Composing) => return assert!(input.content_type.is_some()),
        Err(refusal) => return is_one_log_line(&refusal),
    };
    let typed = content_type.map(unfold).filter(|value| !value.trim_ascii().is_empty());
    let guess = if std::str::from_utf8(input.body).is_ok() { "text/plain" } else { "application/octet-stream" };
    let content_type = typed.clone().unwrap_or_else(|| guess.into());
    let mended = ContentType::parse(&content_type).expect("nothing is stored without a type").value().to_vec();
    assert!(mended == content_type || !is_media_type(&content_type));
    assert!(message.content_type.is_ascii() && message.call_id.is_ascii());
    assert!(message.expires_at > now && message.expires_at <= now.max(message.due_at) + config.expire_time);
    assert!(message.due_at == 0 || (reminders && message.due_at > 0), "due at {}", message.due_at);
    assert_eq!((message.body.as_slice(), message.to.as_slice()), (input.body, input.to));
    assert!(message.content_type.len() <= 32);
    match input.extra_headers {
        None => has_end_to_end_headers_only(&message.headers),
        Some(_) => drop(names(&message.headers)),
    }

    let charsets = [Charset::Bytes, Charset::Utf8, Charset::Utf8Of3, Charset::Latin1, Charset::Ascii];
    let charset = charsets[usize::from(input.charset) % charsets.len()];
    let row = StoredMessage {
        id: 1,
        user: message.owner.user().to_vec(),
        host: message.owner.host().to_vec(),
        from: message.from.clone(),
        to: message.to.clone(),
        content_type: message.content_type.clone(),
        body: message.body.clone(),
        headers: encode_lines(message.headers.clone(), |line| charset.holds(line)),
        call_id: message.call_id.clone(),
        stored_at: message.stored_at,
        expires_at: message.expires_at,
        due_at: message.due_at,
    };
    for request in [offline(&row, b"", &config), reminder(&row, b"sip:r@example.org", &config)] {
        let Ok(request) = request.map_err(|error| is_one_log_line(&error)) else { continue };
        can_be_sent(&request, input.body);
        assert!(typed.is_some() || request.body == input.body, "a guessed type has a prefix");
        let line = [b"Content-Type: ", &mended[..], b"\r\n"].concat();
        let kept = request.headers.windows(line.len()).any(|window| window == line);
        assert!(kept, "{} became {}", content_type.escape_ascii(), request.headers.escape_ascii());
    }
    if let (Ok(request), Sender::Header { name, .. }) = (offline(&row, b"", &config), submission.from) {
        if let Some(name) = Name::read(name) {
            let start = [&name.quoted()[..], b" <"].concat();
            assert!(request.from.starts_with(&start), "the name is lost: {}", request.from.escape_ascii());
        }
    }
});
