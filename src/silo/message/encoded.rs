//! Header lines that a table cannot hold as they are: one line of ASCII for each, which any column holds.
//!
//! `Subject: Grüße` in ISO 8859-1 becomes `X-Msilo-Encoded: Subject: Gr%FC%DFe`. Whoever reads the row without knowing
//! this, as the C module does, sends it on as one more header of no meaning. The name of a sender is kept in the same way,
//! as `X-Msilo-Encoded: From: "Jos%C3%A9"`, and the sender's column then holds the bare URI.

use super::lines::{logical_lines, push_line};

/// The header that holds an encoded line. It is ours: nobody's request gets it into the table.
pub const ENCODED: &str = "X-Msilo-Encoded";

/// Appends the line that stands for `name: value`.
pub fn push_encoded(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    push_encoded_line(block, &[name.as_bytes(), b": ", value].concat());
}

fn push_encoded_line(block: &mut Vec<u8>, line: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    let mut encoded = Vec::with_capacity(line.len() * 2);
    for &byte in line {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(byte),
            _ => encoded.extend([b'%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    push_line(block, ENCODED.as_bytes(), &encoded);
}

/// The line behind the value of such a header. A `%` without two digits stands for itself.
pub fn decoded(value: &[u8]) -> Vec<u8> {
    let (mut line, mut rest) = (Vec::with_capacity(value.len()), value.trim_ascii());
    while let Some((&byte, after)) = rest.split_first() {
        let pair = if byte == b'%' { after.get(..2).and_then(hex_pair) } else { None };
        line.push(pair.unwrap_or(byte));
        rest = if pair.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    line
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |value, &digit| {
        let digit = char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
        Some(value << 4 | digit)
    })
}

/// A block of header lines with those encoded that `holds` says no to.
pub fn encode_lines(block: Vec<u8>, holds: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    if block.is_ascii() || holds(&block) {
        return block;
    }
    let mut encoded = Vec::with_capacity(block.len() * 2);
    for line in logical_lines(&block) {
        match holds(line) {
            true => {
                encoded.extend_from_slice(line);
                encoded.extend_from_slice(b"\r\n");
            }
            false => push_encoded_line(&mut encoded, line),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_column_does_not_hold_is_ascii_in_it_and_comes_back() {
        let block = b"X-A: 100%\r\nSubject: Gr\xfc\xdfe 100%\r\n".to_vec();
        let encoded = encode_lines(block.clone(), <[u8]>::is_ascii);
        assert_eq!(encoded, b"X-A: 100%\r\nX-Msilo-Encoded: Subject: Gr%FC%DFe 100%25\r\n");
        assert_eq!(decoded(b" Subject: Gr%FC%DFe 100%25"), b"Subject: Gr\xfc\xdfe 100%");
        assert_eq!(encode_lines(block.clone(), |_| true), block);
    }

    #[test]
    fn a_percent_sign_without_digits_stands_for_itself() {
        assert_eq!(decoded(b"X: %zz %4 %"), b"X: %zz %4 %");
    }
}
