//! Names, values, conditions and rows as database drivers have them (`lib/srdb1/db_key.h`, `db_val.h`, `db_op.h`).

use std::ffi::c_int;
use std::ptr;

use crate::ffi;
use crate::host::str::{bytes, Lent};
use crate::silo::table::database::Row;
use crate::silo::table::value::{Condition, Op, Value};

/// The names of columns as drivers want them: pointers to `str`s.
pub(super) struct Keys {
    _texts: Vec<ffi::str_>,
    /// As long as the texts: valid while this lives.
    pub pointers: Vec<ffi::db_key_t>,
}

impl Keys {
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<_> = names.into_iter().map(|name| Lent::new(name.as_bytes()).raw()).collect();
        let pointers = texts.iter_mut().map(ptr::from_mut).collect();
        Self { _texts: texts, pointers }
    }
}

/// The name of the table. The driver keeps a pointer to the `str`, so it and its text have places of their own.
pub(super) struct TableName {
    pub text: Box<ffi::str_>,
    _bytes: Box<[u8]>,
}

impl TableName {
    pub fn new(name: &str) -> Self {
        let bytes: Box<[u8]> = name.as_bytes().into();
        Self { text: Box::new(Lent::new(&bytes).raw()), _bytes: bytes }
    }
}

/// A value, whose text is lent: valid as long as that.
pub(super) fn driver_value(value: Value<'_>) -> ffi::db_val_t {
    let mut driver = ffi::db_val_t::default();
    match value {
        Value::Int(number) => match c_int::try_from(number) {
            Ok(small) => (driver.type_, driver.val.int_val) = (ffi::DB1_INT, small),
            Err(_) => (driver.type_, driver.val.ll_val) = (ffi::DB1_BIGINT, number),
        },
        Value::Text(text) => (driver.type_, driver.val.str_val) = (ffi::DB1_STR, Lent::new(text).raw()),
        Value::Blob(blob) | Value::Lines(blob) => {
            (driver.type_, driver.val.blob_val) = (ffi::DB1_BLOB, Lent::new(blob).raw())
        }
    }
    driver
}

fn driver_op(op: Op) -> ffi::db_op_t {
    match op {
        Op::Equal => ffi::OP_EQ.as_ptr().cast(),
        Op::NotEqual => ffi::OP_NEQ.as_ptr().cast(),
        Op::Greater => ffi::OP_GT.as_ptr().cast(),
        Op::LessOrEqual => ffi::OP_LEQ.as_ptr().cast(),
    }
}

/// A WHERE as drivers want it: three arrays of the same length.
pub(super) struct Where {
    pub keys: Keys,
    pub ops: Vec<ffi::db_op_t>,
    pub values: Vec<ffi::db_val_t>,
    pub count: c_int,
}

impl Where {
    pub fn new(conditions: &[Condition<'_>]) -> Self {
        Self {
            keys: Keys::new(conditions.iter().map(|condition| condition.column)),
            ops: conditions.iter().map(|condition| driver_op(condition.op)).collect(),
            values: conditions.iter().map(|condition| driver_value(condition.value)).collect(),
            count: count(conditions.len()),
        }
    }
}

/// How many columns there are: never more than the table has.
pub(super) fn count(length: usize) -> c_int {
    c_int::try_from(length).unwrap_or(0)
}

/// A row of a result, while the result exists.
pub(super) struct DriverRow<'a>(pub &'a [ffi::db_val_t]);

impl DriverRow<'_> {
    fn value(&self, column: usize) -> Option<&ffi::db_val_t> {
        self.0.get(column).filter(|value| value.nul == 0)
    }
}

impl Row for DriverRow<'_> {
    fn int(&self, column: usize) -> Option<i64> {
        let value = self.value(column)?;
        // SAFETY: the type says which member of the union holds the value.
        unsafe {
            match value.type_ {
                ffi::DB1_INT => Some(value.val.int_val.into()),
                ffi::DB1_UINT | ffi::DB1_BITMAP => Some(value.val.uint_val.into()),
                ffi::DB1_BIGINT => Some(value.val.ll_val),
                ffi::DB1_UBIGINT => value.val.ull_val.try_into().ok(),
                ffi::DB1_DATETIME => Some(value.val.time_val),
                _ => std::str::from_utf8(self.bytes(column)?).ok()?.trim().parse().ok(),
            }
        }
    }

    fn bytes(&self, column: usize) -> Option<&[u8]> {
        let value = self.value(column)?;
        // SAFETY: the type says which member of the union holds the value; its text lives as long as the result.
        unsafe {
            match value.type_ {
                ffi::DB1_STR => Some(bytes(&value.val.str_val)),
                ffi::DB1_BLOB => Some(bytes(&value.val.blob_val)),
                ffi::DB1_STRING if value.val.string_val.is_null() => None,
                ffi::DB1_STRING => Some(std::ffi::CStr::from_ptr(value.val.string_val).to_bytes()),
                _ => None,
            }
        }
    }
}
