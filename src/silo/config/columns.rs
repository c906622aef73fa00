//! The names of the table and its columns.

use super::params::{quoted, BadParam};

/// The names of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the fields of StoredMessage that they hold")]
pub struct Columns {
    pub id: String,
    pub from: String,
    pub to: String,
    pub user: String,
    pub host: String,
    pub body: String,
    pub content_type: String,
    pub expires_at: String,
    pub stored_at: String,
    pub due_at: String,
    pub headers: String,
    pub call_id: String,
    pub status: String,
}

impl Columns {
    /// Parameter and default name of each column.
    pub const PARAMS: [(&'static str, &'static str); 13] = [
        ("sc_mid", "id"),
        ("sc_from", "src_addr"),
        ("sc_to", "dst_addr"),
        ("sc_uri_user", "username"),
        ("sc_uri_host", "domain"),
        ("sc_body", "body"),
        ("sc_ctype", "ctype"),
        ("sc_exp_time", "exp_time"),
        ("sc_inc_time", "inc_time"),
        ("sc_snd_time", "snd_time"),
        ("sc_stored_hdrs", "extra_hdrs"),
        ("sc_callid", "callid"),
        ("sc_status", "status"),
    ];

    /// Checks the names that the parameters give, in the order of [`Columns::PARAMS`].
    ///
    /// # Errors
    /// The first that no database can have.
    pub fn new(names: &[Vec<u8>]) -> Result<Self, BadParam> {
        let mut columns = Self::PARAMS.map(|(_, default)| default.to_owned());
        for ((column, given), (param, _)) in columns.iter_mut().zip(names).zip(Self::PARAMS) {
            *column = identifier(param, given)?;
        }
        Ok(Self::from_names(columns))
    }

    /// The names, in the order of [`Columns::PARAMS`].
    pub fn names(&self) -> [&str; 13] {
        let Self { id, from, to, user, host, body, content_type, .. } = self;
        let Self { expires_at, stored_at, due_at, headers, call_id, status, .. } = self;
        [id, from, to, user, host, body, content_type, expires_at, stored_at, due_at, headers, call_id, status]
    }

    fn from_names(names: [String; 13]) -> Self {
        let [id, from, to, user, host, body, content_type, expires_at, stored_at, due_at, headers, call_id, status] =
            names;
        Self { id, from, to, user, host, body, content_type, expires_at, stored_at, due_at, headers, call_id, status }
    }
}

impl Default for Columns {
    fn default() -> Self {
        Self::from_names(Self::PARAMS.map(|(_, name)| name.to_owned()))
    }
}

/// Checks the name of a table or column.
///
/// Names go into SQL text where a driver takes it, so nothing in them may mean anything else there.
///
/// # Errors
/// When it is empty, or holds a character that ends a name.
pub fn identifier(name: &'static str, value: &[u8]) -> Result<String, BadParam> {
    let text = std::str::from_utf8(value).ok().filter(|text| !text.is_empty());
    let ends_name = |c: char| c.is_control() || c.is_whitespace() || "\"`';,()".contains(c);
    let usable = |text: &&str| !text.contains(ends_name);
    text.filter(usable).map(str::to_owned).ok_or_else(|| BadParam {
        name,
        value: quoted(value),
        rule: "must be a name that a database can have: not empty, no blanks, quotes, brackets, commas or semicolons"
            .to_owned(),
    })
}
