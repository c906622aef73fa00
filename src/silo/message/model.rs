//! Messages at each stage of their life: to be stored, stored, and on their way out.

use super::aor::Aor;
use crate::silo::time::UnixTime;

/// The key of a row. 64 bits wide whatever the column is, so that no id is ever cut.
pub type RowId = i64;

/// A message that shall get a row in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Whose inbox it goes into.
    pub owner: Aor,
    /// The sender: a URI, or a name with a URI in angle brackets.
    pub from: Vec<u8>,
    /// The URI that the message will be sent to.
    pub to: Vec<u8>,
    /// What goes into the content type column; empty when `headers` hold the type.
    pub content_type: Vec<u8>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Lines of further headers, each ending in CRLF.
    pub headers: Vec<u8>,
    /// The Call-ID, empty unless it shall be used again.
    pub call_id: Vec<u8>,
    /// When it came in.
    pub stored_at: UnixTime,
    /// When it is over.
    pub expires_at: UnixTime,
    /// When to send it as a reminder; 0 for an ordinary message.
    pub due_at: UnixTime,
}

/// A row of the table, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredMessage {
    /// The key of the row.
    pub id: RowId,
    /// The user part of the inbox's owner.
    pub user: Vec<u8>,
    /// The host part of the inbox's owner, in the case it was stored in.
    pub host: Vec<u8>,
    /// See [`NewMessage::from`].
    pub from: Vec<u8>,
    /// See [`NewMessage::to`].
    pub to: Vec<u8>,
    /// See [`NewMessage::content_type`].
    pub content_type: Vec<u8>,
    /// See [`NewMessage::body`].
    pub body: Vec<u8>,
    /// Stored header lines, as whoever wrote the row left them.
    pub headers: Vec<u8>,
    /// See [`NewMessage::call_id`].
    pub call_id: Vec<u8>,
    /// See [`NewMessage::stored_at`].
    pub stored_at: UnixTime,
    /// See [`NewMessage::expires_at`].
    pub expires_at: UnixTime,
    /// See [`NewMessage::due_at`].
    pub due_at: UnixTime,
}

/// What is known of a row without its texts: enough to list it, and to know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The key of the row.
    pub id: RowId,
    /// The user part of the inbox's owner.
    pub user: Vec<u8>,
    /// The host part of the inbox's owner, in the case it was stored in.
    pub host: Vec<u8>,
    /// See [`NewMessage::from`].
    pub from: Vec<u8>,
    /// See [`NewMessage::to`].
    pub to: Vec<u8>,
    /// See [`NewMessage::content_type`].
    pub content_type: Vec<u8>,
    /// How many bytes the body has.
    pub size: u64,
    /// See [`NewMessage::stored_at`].
    pub stored_at: UnixTime,
    /// See [`NewMessage::expires_at`].
    pub expires_at: UnixTime,
    /// See [`NewMessage::due_at`].
    pub due_at: UnixTime,
    /// The column `status`: 0, or which server has claimed the row and until when.
    pub status: i64,
}

/// Where a message on its way out comes from: enough to know it again when it comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its row.
    pub id: RowId,
    /// Whose inbox the row is in.
    pub owner: Aor,
    /// How many bytes of the body that is sent are the prefix.
    pub prefix: usize,
    /// See [`NewMessage::stored_at`].
    pub stored_at: UnixTime,
    /// See [`NewMessage::expires_at`].
    pub expires_at: UnixTime,
}

/// A MESSAGE request that is ready to be handed to the transaction module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The Request-URI.
    pub request_uri: Vec<u8>,
    /// What goes into the To header.
    pub to: Vec<u8>,
    /// What goes into the From header.
    pub from: Vec<u8>,
    /// Further headers, each ending in CRLF.
    pub headers: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// The Call-ID to use; `None` for a new one.
    pub call_id: Option<Vec<u8>>,
    /// The stored message that this is; `None` for a notification, which has no row.
    pub origin: Option<Origin>,
    /// Where it is sent to first.
    pub next_hop: NextHop,
}

/// Where a request is sent to first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NextHop {
    /// To `outbound_proxy`; without one where the Request-URI says.
    #[default]
    Proxy,
    /// To a registered contact.
    Contact {
        /// The first hop; `None` where the Request-URI says it.
        uri: Option<Vec<u8>>,
        /// The server's socket to send from, like `udp:192.0.2.1:5060`; empty: the server chooses.
        socket: Vec<u8>,
    },
}

/// Whether a text is a Call-ID that any phone can read (RFC 3261 section 25.1: `word [ "@" word ]`).
pub fn is_call_id(text: &[u8]) -> bool {
    let word = |word: &[u8]| {
        let of_word = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~()<>:\\\"/[]?{}".contains(&byte);
        !word.is_empty() && word.iter().all(of_word)
    };
    let mut words = text.splitn(2, |&byte| byte == b'@');
    words.all(word)
}
