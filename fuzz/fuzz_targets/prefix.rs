//! The text before a body: any text of an administrator, any time of a damaged row, any body.
#![no_main]

use chrono_tz::TZ_VARIANTS;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::can_be_sent;
use msilo_fuzz::settings::Settings;
use msilo_fuzz::silo::config::prefix::Prefix;
use msilo_fuzz::silo::message::compose::{offline, reminder};
use msilo_fuzz::silo::message::content_type::ContentType;
use msilo_fuzz::silo::message::model::StoredMessage;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    text: &'a [u8],
    time: i64,
    century: u32,
    zone: usize,
    body: &'a [u8],
    content_type: &'a [u8],
    headers: &'a [u8],
    plain: bool,
}

fuzz_target!(|input: Input| {
    let zone = TZ_VARIANTS[input.zone % TZ_VARIANTS.len()];
    let times = [input.time, i64::from(input.century)];
    let prefix = Prefix::parse(input.text);
    if let Some(prefix) = &prefix {
        for time in times {
            let text = prefix.at(time, &zone);
            assert_eq!(text, prefix.at(time, &zone), "a text of the time and nothing else");
            assert!(!prefix.is_empty() || text.is_none_or(|text| text.is_empty()));
        }
    }
    let mut config = Settings::default().config();
    config.offline_prefix = prefix;
    let message = StoredMessage {
        id: 1,
        user: b"bob".to_vec(),
        host: b"example.org".to_vec(),
        from: b"sip:alice@example.org".to_vec(),
        to: b"sip:bob@example.org".to_vec(),
        content_type: if input.plain { b"text/plain".to_vec() } else { input.content_type.to_vec() },
        body: input.body.to_vec(),
        headers: input.headers.to_vec(),
        stored_at: times[1],
        due_at: times[0],
        ..StoredMessage::default()
    };
    let with = offline(&message, b"", &config).expect("its addresses are clean");
    can_be_sent(&with, input.body);
    can_be_sent(&reminder(&message, b"sip:r@example.org", &config).expect("its addresses are clean"), input.body);
    if !ContentType::parse(&message.content_type).is_ok_and(|it| it.is_text_plain()) && !message.content_type.is_empty()
    {
        assert_eq!(with.body, input.body, "only plain text gets a prefix");
    }
    config.offline_prefix = None;
    let without = offline(&message, b"", &config).expect("its addresses are clean");
    assert_eq!(without.body, input.body);
});
