//! Headers on their way into the table and out of it, whoever wrote them.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::{has_end_to_end_headers_only, has_no_header_of_tm, is_one_line, names};
use msilo_fuzz::silo::message::encoded::encode_lines;
use msilo_fuzz::silo::message::headers::{read_block, stored_block, tidy, Header};
use msilo_fuzz::silo::table::inspection::charset::Charset;

#[derive(Arbitrary, Debug)]
enum Name<'a> {
    Known(u8),
    Any(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    block: &'a [u8],
    headers: Vec<(Name<'a>, &'a [u8])>,
}

/// Names that the server knows, those first that must not be stored.
const KNOWN: [&str; 27] = [
    "Via",
    "v",
    "Route",
    "Record-Route",
    "Max-Forwards",
    "Proxy-Authorization",
    "Proxy-Require",
    "Authorization",
    "Contact",
    "m",
    "Content-Length",
    "l",
    "Content-Type",
    "c",
    "From",
    "f",
    "To",
    "t",
    "Call-ID",
    "CSeq",
    "Subject",
    "s",
    "Content-Encoding",
    "Content-Transfer-Encoding",
    "Request-Disposition",
    "Reply-To",
    "X-Msilo-Encoded",
];

/// The lines of a block without the blanks at their ends, which nobody has to keep.
fn lines(block: &[u8]) -> Vec<&[u8]> {
    block.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).collect()
}

fuzz_target!(|input: Input| {
    // As the server's parser hands them over: a line begins with its name, without blanks behind it.
    let given: Vec<(usize, Vec<u8>)> = input
        .headers
        .iter()
        .map(|(name, value)| {
            let name = match name {
                Name::Known(index) => KNOWN[usize::from(*index) % KNOWN.len()].as_bytes(),
                Name::Any(name) => name.split(|&byte| byte == b':').next().unwrap_or_default(),
            };
            let end = name.trim_ascii_end().len();
            (end, [name, b":", value].concat())
        })
        .collect();
    let block = stored_block(given.iter().map(|(end, line)| Header { name: &line[..*end], line }));
    has_end_to_end_headers_only(&block);
    let read = read_block(&block);
    assert_eq!((read.dropped, read.content_type.as_deref()), (0, None), "{}", block.escape_ascii());
    assert_eq!(lines(&read.lines), lines(&block), "what was stored goes out again");
    assert_eq!(lines(&tidy(&block)), lines(&block));
    for charset in [Charset::Bytes, Charset::Utf8, Charset::Utf8Of3, Charset::Latin1, Charset::Ascii] {
        let encoded = encode_lines(block.clone(), |line| charset.holds(line));
        assert!(charset.holds(&encoded), "{charset:?} does not hold {}", encoded.escape_ascii());
        let read = read_block(&encoded);
        let whole = (read.dropped, &read.name, &read.encoded_type) == (0, &None, &None);
        assert!(whole && lines(&read.lines) == lines(&block), "{}", encoded.escape_ascii());
    }

    let read = read_block(input.block);
    has_no_header_of_tm(&read.lines);
    read.content_type.iter().for_each(|value| is_one_line(value));
    let again = read_block(&read.lines);
    assert_eq!((lines(&again.lines), again.dropped, again.sealed), (lines(&read.lines), 0, read.sealed));
    assert!(!names(&read.lines).iter().any(|name| name == b"content-type" || name == b"c"));

    let tidied = tidy(input.block);
    names(&tidied);
    assert_eq!(lines(&tidy(&tidied)), lines(&tidied));
});
