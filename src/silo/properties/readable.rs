//! Whatever came in, what goes out is SIP as RFC 3261, section 25.1, has it, and nothing of it is lost on the way through a
//! table, whatever characters that holds.

use proptest::collection::vec;
use proptest::prelude::*;

use super::tries;
use crate::silo::intake::sender::{stored_sender, Sender};
use crate::silo::message::content_type::ContentType;
use crate::silo::message::encoded::encode_lines;
use crate::silo::message::headers::{read_block, stored_block, Header};
use crate::silo::message::lines::is_token;
use crate::silo::message::name::{Address, Name};
use crate::silo::table::inspection::charset::Charset;
use crate::silo::text::has_control;

/// A reader that takes what the grammar says, and nothing else.
struct Strict<'a>(&'a [u8]);

impl Strict<'_> {
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.0.iter().take_while(|&&byte| wanted(byte)).count();
        self.0 = &self.0[count..];
        count
    }

    fn blanks(&mut self) {
        self.skip(|byte| byte == b' ' || byte == b'\t');
    }

    fn byte(&mut self, wanted: u8) -> bool {
        let found = self.0.first() == Some(&wanted);
        self.0 = &self.0[usize::from(found)..];
        found
    }

    /// A separator with blanks around it.
    fn separator(&mut self, wanted: u8) -> bool {
        self.blanks();
        let found = self.byte(wanted);
        self.blanks();
        found
    }

    fn token(&mut self) -> bool {
        self.skip(|byte| is_token(&[byte])) > 0
    }

    fn quoted_string(&mut self) -> bool {
        if !self.byte(b'"') {
            return false;
        }
        loop {
            self.skip(|byte| !matches!(byte, b'"' | b'\\' | 0..=8 | 10..=31 | 127));
            match self.0 {
                [b'"', ..] => return self.byte(b'"'),
                [b'\\', next, rest @ ..] if next.is_ascii() && !has_control(&[*next]) => self.0 = rest,
                _ => return false,
            }
        }
    }

    fn media_type(&mut self) -> bool {
        let mut right = self.token() && self.separator(b'/') && self.token();
        while right && !self.0.is_empty() {
            right = self.separator(b';') && self.token() && self.separator(b'=');
            right = right && (self.0.starts_with(b"\"") && self.quoted_string() || self.token());
        }
        right
    }
}

fn is_quoted_string(text: &[u8]) -> bool {
    let mut strict = Strict(text);
    strict.quoted_string() && strict.0.is_empty()
}

fn is_media_type(text: &[u8]) -> bool {
    Strict(text).media_type()
}

/// Text with much of what means something, control characters, and bytes that are no UTF-8.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[ -~]{0,6}".prop_map(String::into_bytes),
        4 => prop::sample::select(vec!["\"", "\\", "\\\"", " ", ";", "=", "(", ")", ",", "/", "\t", "<", ">", ":", "%", "%41", "a"])
            .prop_map(|part| part.as_bytes().to_vec()),
        2 => prop::sample::select(vec!["é", "何塞", "\u{1f600}"]).prop_map(|part| part.as_bytes().to_vec()),
        1 => prop::sample::select(vec!["\r\n ", "\u{1}", "\u{7f}", "\0", "\r\n"]).prop_map(|part| part.as_bytes().to_vec()),
        1 => vec(0x80..=0xff_u8, 1..3),
    ];
    vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn charset() -> impl Strategy<Value = Charset> {
    prop::sample::select(vec![Charset::Bytes, Charset::Utf8, Charset::Utf8Of3, Charset::Latin1, Charset::Ascii])
}

proptest! {
    #![proptest_config(tries(3000))]

    #[test]
    fn any_name_goes_out_as_a_quoted_string_that_means_the_same(written in text()) {
        if let Some(name) = Name::read(&written) {
            let quoted = name.quoted();
            prop_assert!(is_quoted_string(&quoted), "{}", quoted.escape_ascii());
            prop_assert_eq!(Name::read(&quoted), Some(name));
        }
    }

    #[test]
    fn a_name_of_any_characters_is_kept_and_a_quoted_string_stays_as_it_is(
        name in vec(prop_oneof![b' '..=b'~', 0x80..=0xff_u8], 1..30)
    ) {
        let mut quoted = vec![b'"'];
        name.iter().for_each(|byte| {
            quoted.extend(b"\\".iter().filter(|_| b"\"\\".contains(byte)));
            quoted.push(*byte);
        });
        quoted.push(b'"');
        match Name::read(&quoted) {
            Some(read) => prop_assert_eq!(read.quoted(), quoted),
            None => prop_assert!(name.iter().all(u8::is_ascii_whitespace)),
        }
    }

    #[test]
    fn any_content_type_goes_out_as_one_that_phones_can_read(behind in text(), media in "[a-z]{1,5}/[a-z+.]{1,5}") {
        let written = [media.as_bytes(), b";", &behind].concat();
        if let Ok(content_type) = ContentType::parse(&written) {
            let value = content_type.value();
            prop_assert!(is_media_type(value), "{} became {}", written.escape_ascii(), value.escape_ascii());
            prop_assert!(value.starts_with(media.as_bytes()));
            prop_assert_eq!(ContentType::parse(value), Ok(content_type.clone()));
            prop_assert!(!is_media_type(&written) || value == &written[..], "{}", written.escape_ascii());
            let ascii = content_type.in_ascii();
            prop_assert!(ascii.value().is_ascii() && is_media_type(ascii.value()));
            prop_assert!(!value.is_ascii() || ascii == content_type);
        } else {
            prop_assert!(!is_media_type(&written), "{} was refused", written.escape_ascii());
        }
    }

    #[test]
    fn what_a_table_cannot_hold_comes_out_as_it_went_in(name in text(), value in text(), charset in charset()) {
        let line = [b"X-Note: ", &value[..]].concat();
        let mut headers = stored_block([Header { name: b"X-Note", line: &line }]);
        let kept = headers.clone();
        let column = stored_sender(&Sender::Header { name: &name, uri: b"sip:a@b" }, &mut headers);
        let stored = encode_lines(headers, |line| charset.holds(line));
        prop_assert!(column.is_ascii() && charset.holds(&stored), "{}", stored.escape_ascii());
        let read = read_block(&stored);
        prop_assert_eq!((read.lines, read.dropped), (kept, 0));
        let address = Address::read(&column);
        prop_assert_eq!(address.uri, b"sip:a@b");
        prop_assert_eq!(read.name.or(address.name), Name::read(&name));
    }

    #[test]
    fn no_block_of_headers_gives_out_what_a_parser_could_refuse(values in vec(text(), 0..5), encoded in any::<bool>()) {
        let start: &[u8] = if encoded { b"X-Msilo-Encoded: X-Note: " } else { b"X-Note: " };
        let block: Vec<u8> = values.iter().flat_map(|value| [start, value, b"\r\n"].concat()).collect();
        for line in read_block(&block).lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|&byte| byte == b':').unwrap_or_default();
            prop_assert!(is_token(line[..colon].trim_ascii_end()), "{}", line.escape_ascii());
            prop_assert!(!line[colon + 1..].trim_ascii().is_empty() && !has_control(line), "{}", line.escape_ascii());
        }
    }
}
