//! What a datagram in one of the server's sockets says about a message of ours (RFC 3261 sections 7 and 18).

/// A datagram that has to do with a message from somebody with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// A 2xx to it.
    Delivered {
        /// The tag of its From header.
        tag: &'a [u8],
    },
    /// The message itself, which the server had still to relay.
    Unrelayed {
        /// The tag of its From header.
        tag: &'a [u8],
    },
}

/// Reads a datagram; `None` for all that changes nothing: other requests and answers, and what is malformed. Answers of 300
/// and above are among them: of a message that was relayed to several phones, another may have taken it.
pub fn read(datagram: &[u8]) -> Option<Datagram<'_>> {
    let mut lines = Lines(datagram);
    let first = lines.next()?;
    let message = first.strip_prefix(b"MESSAGE ").is_some_and(|rest| rest.ends_with(b" SIP/2.0"));
    let success = matches!(first, [b'S', b'I', b'P', b'/', b'2', b'.', b'0', b' ', b'2', b'0'..=b'9', b'0'..=b'9', ..])
        && matches!(first.get(11), None | Some(b' '));
    if !message && !success {
        return None;
    }
    let (mut tag, mut method) = (None, None);
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some((name, value)) = header(line) else { continue };
        if name.eq_ignore_ascii_case(b"From") || name.eq_ignore_ascii_case(b"f") {
            tag = tag.or_else(|| tag_of(value));
        } else if name.eq_ignore_ascii_case(b"CSeq") {
            method = value.rsplit(u8::is_ascii_whitespace).next();
        }
    }
    match (tag?, method? == b"MESSAGE", success) {
        (_, false, _) => None,
        (tag, true, true) => Some(Datagram::Delivered { tag }),
        (tag, true, false) => Some(Datagram::Unrelayed { tag }),
    }
}

/// The lines of a text, without their ends. What a header is folded to is a line that is no header.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|&b| b == b'\n');
        let (line, rest) = match end {
            Some(end) => (self.0.get(..end)?, self.0.get(end.saturating_add(1)..)?),
            None => (self.0, [].as_slice()),
        };
        self.0 = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&b| b == b':')?;
    Some((line.get(..colon)?.trim_ascii(), line.get(colon.saturating_add(1)..)?.trim_ascii()))
}

/// The tag among the parameters of an address. Ours is a token, so it is neither quoted nor escaped.
fn tag_of(address: &[u8]) -> Option<&[u8]> {
    let start = address.iter().rposition(|&b| b == b'>').unwrap_or(0);
    address.get(start..)?.split(|&b| b == b';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_at_checked(parameter.iter().position(|&b| b == b'=')?)?;
        name.trim_ascii().eq_ignore_ascii_case(b"tag").then(|| value.get(1..).unwrap_or_default().trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(first: &str, from: &str, cseq: &str) -> String {
        format!(
            "{first}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n{from}\r\nTo: <sip:bob@x>;tag=phone\r\n\
             Call-ID: 1@x\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\nFrom: <sip:x@y>;tag=body\r\n"
        )
    }

    const FROM: &str = "From: <sip:alice@x>;tag=1.2";

    #[test]
    fn a_2xx_to_a_message_says_that_it_is_delivered() {
        for status in ["SIP/2.0 200 OK", "SIP/2.0 202 Accepted", "SIP/2.0 299 ", "SIP/2.0 200"] {
            let text = text(status, FROM, "10 MESSAGE");
            assert_eq!(read(text.as_bytes()), Some(Datagram::Delivered { tag: b"1.2" }), "{status}");
        }
    }

    #[test]
    fn no_other_answer_says_so() {
        let statuses = ["SIP/2.0 100 Trying", "SIP/2.0 302 Moved", "SIP/2.0 486 Busy", "SIP/2.0 2000 OK", "SIP/2.0 20"];
        for status in statuses {
            assert_eq!(read(text(status, FROM, "10 MESSAGE").as_bytes()), None, "{status}");
        }
        assert_eq!(read(text("SIP/2.0 200 OK", FROM, "10 OPTIONS").as_bytes()), None);
    }

    #[test]
    fn the_message_itself_is_known() {
        let text = text("MESSAGE sip:bob@x SIP/2.0", FROM, "10 MESSAGE");
        assert_eq!(read(text.as_bytes()), Some(Datagram::Unrelayed { tag: b"1.2" }));
    }

    #[test]
    fn the_tag_is_found_however_it_is_written() {
        let froms = [
            "f: sip:alice@x;tag=1.2",
            "FROM : \"a;tag=9 <\" <sip:alice@x;tag=8> ; lr ; Tag = 1.2 ;x=y",
            "From:<sip:alice@x>;tag=1.2\r\nFrom: <sip:alice@x>;tag=7",
        ];
        for from in froms {
            let text = text("SIP/2.0 200 OK", from, "10 MESSAGE");
            assert_eq!(read(text.as_bytes()), Some(Datagram::Delivered { tag: b"1.2" }), "{from}");
        }
    }

    #[test]
    fn what_is_malformed_says_nothing() {
        let whole = text("SIP/2.0 200 OK", FROM, "10 MESSAGE");
        for end in 0..whole.find("\r\nContent-Length").unwrap() {
            assert_eq!(read(&whole.as_bytes()[..end]), None, "{end}");
        }
        for other in ["", "\r\n\r\n", "\n", "SIP/2.0 200 OK\r\n\r\nFrom: <sip:a@x>;tag=1.2\r\nCSeq: 1 MESSAGE\r\n"] {
            assert_eq!(read(other.as_bytes()), None, "{other:?}");
        }
        assert_eq!(read(&text("SIP/2.0 200 OK", "From: <sip:alice@x>", "10 MESSAGE").into_bytes()), None);
    }
}
