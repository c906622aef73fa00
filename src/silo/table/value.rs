//! Values and conditions, as every database driver takes them.

/// A value to be written or compared with. The driver does the escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer of any width.
    Int(i64),
    /// Text.
    Text(&'a [u8]),
    /// Bytes of any kind, for a column of bytes.
    Blob(&'a [u8]),
    /// Bytes that the driver writes as it does those, for a column of text: the database takes them for characters of the
    /// connection's set, and converts them to the column's.
    Lines(&'a [u8]),
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
}

/// One condition of a WHERE; several are joined by AND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Name of the column.
    pub column: &'a str,
    /// The comparison.
    pub op: Op,
    /// What it is compared with.
    pub value: Value<'a>,
}
