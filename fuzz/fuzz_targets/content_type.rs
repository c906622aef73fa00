//! The value of a Content-Type header, as a peer sent it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::{is_media_type, is_one_line, is_one_log_line};
use msilo_fuzz::silo::message::content_type::ContentType;
use msilo_fuzz::silo::message::plain_text::takes;
use msilo_fuzz::silo::text::unfold;

fuzz_target!(|value: &[u8]| {
    match ContentType::parse(value) {
        Ok(content_type) => {
            let line = content_type.value();
            is_one_line(line);
            assert!(is_media_type(line), "not every phone can read {}", line.escape_ascii());
            let given = unfold(value);
            assert!(line == given || !is_media_type(&given), "{} was changed", given.escape_ascii());
            assert_eq!(ContentType::parse(line).as_ref(), Ok(&content_type), "what was stored is read again");
            let ascii = content_type.in_ascii();
            assert!(ascii.value().is_ascii() && is_media_type(ascii.value()));
            assert_eq!(ascii.is_text_plain(), content_type.is_text_plain());
            // Any text will do for the body, also this one.
            assert!(!takes("[x] ", &content_type, value) || content_type.is_text_plain());
            if content_type.is_text_plain() {
                let media = line.split(|&byte| byte == b';').next().unwrap_or_default();
                let media: Vec<u8> = media.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect();
                assert!(media.eq_ignore_ascii_case(b"text/plain"));
            }
        }
        Err(error) => {
            let given = unfold(value);
            let wildcard = given.starts_with(b"*") || given.contains(&b'*');
            assert!(wildcard || !is_media_type(&given), "{} was refused", given.escape_ascii());
            is_one_log_line(&error);
        }
    }
});
