//! A remote command while it is carried out (`core/rpc.h`).

use std::ffi::{c_char, c_double, c_int, c_void, CStr};
use std::marker::PhantomData;

use crate::ffi;
use crate::host::str::{bytes, Lent};
use crate::silo::operator::fault::Fault;
use crate::silo::operator::report::{Field, Fields};

/// The flag of commands whose answer is a list: in JSON it is one then, also when it holds one value or none. Older
/// servers call it `RET_ARRAY`.
pub const LIST: u32 = 1 << 0;
/// The flag of commands that the core parameter `rpc_exec_delta` keeps from being repeated too fast. Servers before 6.0 do
/// not look at it.
pub const HEAVY: u32 = 1 << 2;

/// Whole numbers up to here come through every transport as they are: JSON and ctl have floating-point numbers for those
/// of more than 32 bits.
const EXACT: u64 = 1 << 53;

/// A call of a command, and its answer.
pub struct Call<'a> {
    rpc: &'a ffi::rpc_t,
    context: *mut c_void,
    call: PhantomData<&'a mut c_void>,
}

/// The transport takes no more of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

impl From<NoRoom> for Fault {
    fn from(NoRoom: NoRoom) -> Self {
        Self::internal(
            "the answer is too large for this way of asking: ask for less, over jsonrpcs, or set the parameters \
             binrpc_max_body_size and binrpc_struct_max_body_size of ctl",
        )
    }
}

impl<'a> Call<'a> {
    /// Wraps what the server passes to a command; `None` for NULL.
    ///
    /// # Safety
    /// Both must be what the server passed, and `'a` must end with that call.
    pub unsafe fn new(rpc: *mut ffi::rpc_t, context: *mut c_void) -> Option<Self> {
        // SAFETY: the caller vouches for it; the server does not change its table of functions.
        let rpc = unsafe { rpc.as_ref() }?;
        Some(Self { rpc, context, call: PhantomData })
    }

    /// The next argument as text, also when it is a number; `None` when there is none. A transport takes what is neither
    /// for none, and logs it.
    pub fn argument(&self) -> Option<Vec<u8>> {
        let scan = self.rpc.scan?;
        let mut text = ffi::str_ { s: std::ptr::null_mut(), len: 0 };
        // SAFETY: the format says that one `str` is wanted, optional and converted from a number; the function writes it.
        // It parses what has arrived, and waits for nothing.
        let scanned = unsafe { scan(self.context, c"*.S".as_ptr().cast_mut(), &mut text) };
        // SAFETY: the text lies in the request, or in a buffer that is used again later, so it is copied at once.
        (scanned == 1 && !text.s.is_null()).then(|| unsafe { bytes(&text) }.to_vec())
    }

    /// Says that it was not done, and why.
    pub fn fault(&self, fault: &Fault) {
        let (Some(function), line) = (self.rpc.fault, fault.line()) else { return };
        let length = c_int::try_from(line.len()).unwrap_or(0);
        // SAFETY: the format takes a length and a text of that length, which is copied.
        unsafe { function(self.context, fault.code, c"%.*s".as_ptr().cast_mut(), length, line.as_ptr()) }
    }

    /// Adds a group of fields to the answer.
    ///
    /// # Errors
    /// When the transport takes no more.
    pub fn add(&self, fields: &Fields) -> Result<(), NoRoom> {
        let add = self.rpc.add.ok_or(NoRoom)?;
        let mut group: *mut c_void = std::ptr::null_mut();
        // SAFETY: the format says that a group is begun, whose handle the function writes.
        match unsafe { add(self.context, c"{".as_ptr().cast_mut(), &mut group) } {
            0.. if !group.is_null() => self.fill(group, fields),
            _ => Err(NoRoom),
        }
    }

    fn fill(&self, group: *mut c_void, fields: &Fields) -> Result<(), NoRoom> {
        fields.0.iter().try_for_each(|(name, field)| match field {
            Field::Number(number) => self.number(group, name, *number),
            Field::Text(text) => self.text(group, name, text),
            Field::Group(fields) => {
                let inner = self.group(group, name)?;
                self.fill(inner, fields)
            }
        })
    }

    fn number(&self, group: *mut c_void, name: &CStr, number: i64) -> Result<(), NoRoom> {
        match c_int::try_from(number) {
            // SAFETY: the format takes a name, which is copied, and an int.
            Ok(small) => self.field(|add, name| unsafe { add(group, c"d".as_ptr().cast_mut(), name, small) }, name),
            Err(_) if number.unsigned_abs() <= EXACT => {
                let number = number as c_double;
                // SAFETY: the format takes a name, which is copied, and a double.
                self.field(|add, name| unsafe { add(group, c"f".as_ptr().cast_mut(), name, number) }, name)
            }
            Err(_) => self.text(group, name, &number.to_string()),
        }
    }

    fn text(&self, group: *mut c_void, name: &CStr, text: &str) -> Result<(), NoRoom> {
        let mut text = Lent::new(text.as_bytes());
        // SAFETY: the format takes a name and a `str`, both of which are copied.
        self.field(|add, name| unsafe { add(group, c"S".as_ptr().cast_mut(), name, text.as_ptr()) }, name)
    }

    fn group(&self, group: *mut c_void, name: &CStr) -> Result<*mut c_void, NoRoom> {
        let mut inner: *mut c_void = std::ptr::null_mut();
        let place = &raw mut inner;
        // SAFETY: the format takes a name, which is copied, and a place for the handle of the group that is begun.
        self.field(|add, name| unsafe { add(group, c"{".as_ptr().cast_mut(), name, place) }, name)?;
        if inner.is_null() {
            return Err(NoRoom);
        }
        Ok(inner)
    }

    fn field(&self, add: impl FnOnce(AddField, *mut c_char) -> c_int, name: &CStr) -> Result<(), NoRoom> {
        let function = self.rpc.struct_add.ok_or(NoRoom)?;
        match add(function, name.as_ptr().cast_mut()) {
            0.. => Ok(()),
            _ => Err(NoRoom),
        }
    }
}

/// The server's function that adds a field to a group.
type AddField = unsafe extern "C" fn(*mut c_void, *mut c_char, ...) -> c_int;
