//! One header line: what it is made of, and how it is written so that no parser stumbles over it.

use crate::silo::text::{has_control, unfold};

/// Appends `name: value` and CRLF, unfolded; nothing is appended when that would not make one clean line.
pub fn push_line(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    let line = unfold(value);
    if is_token(name) && is_header_value(&line) {
        block.extend_from_slice(name);
        block.extend_from_slice(b": ");
        block.extend_from_slice(&line);
        block.extend_from_slice(b"\r\n");
    }
}

/// Appends a header byte for byte where it stands on one line, else unfolded; nothing when it is no header.
pub fn push_as_is(block: &mut Vec<u8>, line: &[u8]) {
    let line = line.trim_ascii_end();
    let Some((name, value)) = split_header(line) else { return };
    let is_clean = is_token(name) && !value.trim_ascii().is_empty() && !has_control(line);
    match is_clean {
        true => {
            block.extend_from_slice(line);
            block.extend_from_slice(b"\r\n");
        }
        false => push_line(block, name, value),
    }
}

/// Name and value of a header line.
pub fn split_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&b| b == b':')?;
    Some((line.get(..colon)?.trim_ascii_end(), line.get(colon + 1..)?))
}

/// Whether a text is a token (RFC 3261 section 25.1), as the name of a header has to be.
pub fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// Whether every parser takes this for the value of a header. An empty one is allowed for few headers, says nothing with
/// any, and there are parsers that refuse the whole request; the same holds for control characters.
pub fn is_header_value(value: &[u8]) -> bool {
    !value.is_empty() && !has_control(value)
}

/// Lines as a SIP parser sees them: a line that begins with a blank continues the one before it.
pub fn logical_lines(block: &[u8]) -> Vec<&[u8]> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for (at, &byte) in block.iter().enumerate() {
        let continued = matches!(block.get(at + 1), Some(b' ' | b'\t'));
        if byte == b'\n' && !continued {
            lines.push(block[start..at].trim_ascii_end());
            start = at + 1;
        }
    }
    lines.push(block[start..].trim_ascii_end());
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &[u8]) -> String {
        let mut block = Vec::new();
        push_as_is(&mut block, line);
        String::from_utf8(block).unwrap()
    }

    #[test]
    fn a_clean_line_stays_as_it_is() {
        assert_eq!(line(b"x-two:  2\t, 3\r\n"), "x-two:  2\t, 3\r\n");
        assert_eq!(line("X-Name : žluť".as_bytes()), "X-Name : žluť\r\n");
    }

    #[test]
    fn a_folded_line_becomes_one() {
        assert_eq!(line(b"X-Odd:\r\n \r\nX-Two: 2"), "X-Odd: X-Two: 2\r\n");
        assert_eq!(line(b"X-Long:\r\n a\r\n\tb"), "X-Long: a b\r\n");
    }

    #[test]
    fn what_a_parser_could_refuse_is_left_out() {
        for broken in [
            &b"X-Empty:"[..],
            b"X-Empty: \r\n \r\n",
            b"X-Bell: \x07",
            b"X-Del: \x7f",
            b"X-Nul: \0",
            b"X-Cr: a\rb",
            b": x",
            b"X(Y): z",
            b"x",
        ] {
            assert_eq!(line(broken), "", "{}", broken.escape_ascii());
        }
    }
}
