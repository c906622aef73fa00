//! The content type that a stored message goes out with.

use super::content_type::ContentType;
use super::headers::StoredHeaders;
use super::model::StoredMessage;

/// The content type of a message, as it is sent.
pub(super) struct Content {
    /// `None` where the row has none.
    pub(super) read: Option<ContentType>,
    /// Whether the sender said so.
    pub(super) is_named: bool,
}

impl Content {
    /// The type is in its column, or, where that does not hold it as it is, among the stored headers. What some phone would
    /// not take of it is mended. Where it is no type at all, the body decides. A type that stands among the headers
    /// although its column could take it is a guess, too (see [`ContentType::of_untyped`]).
    pub(super) fn of(message: &StoredMessage, stored: &StoredHeaders) -> Self {
        let column = Some(&message.content_type).filter(|column| !column.is_empty());
        let header = stored.content_type.as_ref();
        let is_guess = column.is_none() && header.is_none_or(|header| header.len() <= ContentType::COLUMN);
        let written = stored.encoded_type.as_ref().or(column).or(header);
        let is_named = stored.encoded_type.is_some() || !is_guess;
        match written.map(|written| ContentType::parse(written)) {
            Some(Ok(read)) => Self { read: Some(read), is_named },
            Some(Err(_)) => Self { read: Some(ContentType::of_untyped(&message.body)), is_named: false },
            None => Self { read: None, is_named: false },
        }
    }

    /// What stands in the Content-Type header.
    pub(super) fn value(&self) -> &[u8] {
        self.read.as_ref().map(ContentType::value).unwrap_or_default()
    }
}
