//! Small helpers for the byte strings that SIP and databases hand us.

use std::fmt;

/// Shows bytes from outside in a log line: printable text as it is, everything else escaped, so that a
/// peer cannot forge log lines or hide in them.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 256;
        for chunk in self.0[..self.0.len().min(LONGEST)].utf8_chunks() {
            for c in chunk.valid().chars() {
                match c.is_control() {
                    true => write!(f, "{}", c.escape_default())?,
                    false => write!(f, "{c}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        match self.0.len() > LONGEST {
            true => write!(f, "... ({} bytes)", self.0.len()),
            false => Ok(()),
        }
    }
}

/// Joins folded header lines: every line end that is followed by a blank, and the blanks around it, become
/// one space (RFC 3261 section 7.3.1). Surrounding white space is taken off.
pub fn unfold(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len());
    let mut rest = value.trim_ascii();
    while let Some(end) = rest.iter().position(|&b| b == b'\r' || b == b'\n') {
        let after = &rest[end..];
        let next = after.trim_ascii_start();
        line.extend_from_slice(rest[..end].trim_ascii_end());
        let gap = &after[..after.len() - next.len()];
        let folded = gap.last().is_some_and(|&b| b == b' ' || b == b'\t');
        line.extend_from_slice(if folded { b" " } else { gap });
        rest = next;
    }
    line.extend_from_slice(rest);
    line
}

/// Whether the text holds a byte that would end or break a header line.
pub fn breaks_line(value: &[u8]) -> bool {
    value.iter().any(|&b| matches!(b, b'\r' | b'\n' | 0))
}

/// Whether the text holds a control character other than a tab: there are SIP parsers that refuse a request with one.
pub fn has_control(value: &[u8]) -> bool {
    value.iter().any(|&b| b.is_ascii_control() && b != b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_text_cannot_forge_a_log_line() {
        assert_eq!(Shown(b"a\r\nERROR: b\x00\xff").to_string(), "a\\r\\nERROR: b\\u{0}\\xff");
    }

    #[test]
    fn shown_text_is_cut_at_a_readable_length() {
        let shown = Shown(&[b'a'; 1000]).to_string();
        assert!(shown.ends_with("... (1000 bytes)") && shown.len() < 300);
    }

    #[test]
    fn folded_lines_become_one_line() {
        assert_eq!(unfold(b" text/plain;\r\n\t charset=utf-8 "), b"text/plain; charset=utf-8");
    }

    #[test]
    fn a_line_end_that_folds_nothing_stays_visible_to_the_check() {
        assert!(breaks_line(&unfold(b"text/plain\r\nVia: evil")));
    }
}
