//! The body of a MESSAGE: how much of it there is, and the date that goes before it.

use std::fmt;

/// Why a request has no body that can be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// Fewer bytes arrived than `Content-Length` announced.
    Short {
        /// What the header announced.
        announced: usize,
        /// What arrived.
        arrived: usize,
    },
    /// There is no `Content-Length` and the transport has no other end of message.
    NoLength,
    /// There is no body, or one of no bytes.
    Empty,
}

/// The bytes of the body among those that follow the headers (RFC 3261 section 18.3).
///
/// `after_headers` is what arrived after the empty line; `content_length` is the value of the header, if there
/// is one; `datagram` says whether the transport keeps message borders (UDP, and SCTP or WebSocket messages).
///
/// # Errors
/// When the announced length did not arrive, when a stream has no length, or when nothing is left.
pub fn extent(after_headers: &[u8], content_length: Option<usize>, datagram: bool) -> Result<&[u8], BadBody> {
    let body = match content_length {
        Some(announced) => {
            let arrived = after_headers.len();
            after_headers.get(..announced).ok_or(BadBody::Short { announced, arrived })?
        }
        None if datagram => after_headers,
        None => return Err(BadBody::NoLength),
    };
    match body.is_empty() {
        true => Err(BadBody::Empty),
        false => Ok(body),
    }
}

impl fmt::Display for BadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { announced, arrived } => {
                write!(f, "Content-Length announces {announced} bytes of body, {arrived} arrived")
            }
            Self::NoLength => f.write_str("it has no Content-Length header, which a stream transport needs"),
            Self::Empty => f.write_str("it has no body"),
        }
    }
}

impl std::error::Error for BadBody {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_datagram_is_cut_at_the_announced_length() {
        assert_eq!(extent(b"hello, spare", Some(5), true), Ok(&b"hello"[..]));
    }

    #[test]
    fn a_shorter_body_than_announced_is_refused() {
        let short = extent(b"hi", Some(1500), true);
        assert_eq!(short, Err(BadBody::Short { announced: 1500, arrived: 2 }));
    }

    #[test]
    fn a_datagram_without_length_ends_where_it_ends_and_a_stream_is_refused() {
        assert_eq!(extent(b"hi", None, true), Ok(&b"hi"[..]));
        assert_eq!(extent(b"hi", None, false), Err(BadBody::NoLength));
    }

    #[test]
    fn an_empty_body_is_refused() {
        assert_eq!(extent(b"", Some(0), true), Err(BadBody::Empty));
        assert_eq!(extent(b"x", Some(0), false), Err(BadBody::Empty));
    }
}
