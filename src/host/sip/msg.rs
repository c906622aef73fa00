//! The request that a function of the module is called for (`core/parser/msg_parser.h`).

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::ffi;
use crate::host::str::bytes;
use crate::silo::message::body::{extent, BadBody};
use crate::silo::message::headers::Header;

/// A SIP request while the server processes it.
pub struct Request<'a> {
    msg: NonNull<ffi::sip_msg>,
    message: PhantomData<&'a ffi::sip_msg>,
}

/// The parser of the server did not accept a part of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unparsable(pub &'static str);

impl std::fmt::Display for Unparsable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its {} cannot be parsed", self.0)
    }
}

impl<'a> Request<'a> {
    /// Wraps what the server passes to a function; `None` for NULL and for a reply.
    ///
    /// # Safety
    /// `msg` must be the message of the call that this is used in, and `'a` must end with that call.
    pub unsafe fn new(msg: *mut ffi::sip_msg) -> Option<Self> {
        let msg = NonNull::new(msg)?;
        // SAFETY: the caller vouches for it.
        let is_request = unsafe { msg.as_ref().first_line.type_ } == ffi::SIP_REQUEST as _;
        is_request.then_some(Self { msg, message: PhantomData })
    }

    /// The pointer, for the server's own functions.
    pub(in crate::host) fn as_ptr(&self) -> *mut ffi::sip_msg {
        self.msg.as_ptr()
    }

    /// What the server has parsed of it so far.
    pub(super) fn raw(&self) -> &ffi::sip_msg {
        // SAFETY: message; and single thread: nobody changes it while this borrow is used.
        unsafe { self.msg.as_ref() }
    }

    /// Parses all headers, which every other method but [`Request::is_register`] needs.
    ///
    /// # Errors
    /// When one of them is malformed.
    pub fn parse_all(&self) -> Result<(), Unparsable> {
        // SAFETY: message; parsing adds parsed headers to it and changes nothing else.
        match unsafe { ffi::parse_headers(self.as_ptr(), ffi::msilo_shim_hdr_eoh_f(), 0) } {
            0.. => Ok(()),
            _ => Err(Unparsable("header part")),
        }
    }

    /// Whether it is a REGISTER.
    pub fn is_register(&self) -> bool {
        // SAFETY: `new` checked that it is a request, so that is the member of the union.
        unsafe { self.raw().first_line.u.request.method_value == ffi::METHOD_REGISTER as i32 }
    }

    /// The number that the server gives the request, in this process.
    pub fn id(&self) -> u32 {
        self.raw().id
    }

    /// What tells this run of the script from every other one of this process: a request that is made up anew for a
    /// failure_route has the number of the original, and another place.
    pub fn run(&self) -> (u32, usize) {
        (self.raw().id, self.as_ptr().addr())
    }

    /// The flags that `setflag()` sets.
    pub fn flags(&self) -> u32 {
        self.raw().flags
    }

    /// The current Request-URI: what the script made of it, else that of the first line.
    pub fn uri(&self) -> &'a [u8] {
        let rewritten = self.raw().new_uri;
        // SAFETY: message; the rewritten URI lives until the script rewrites it again.
        match unsafe { bytes(&rewritten) } {
            // SAFETY: as for `is_register`.
            [] => unsafe { bytes(&self.raw().first_line.u.request.uri) },
            uri => uri,
        }
    }

    /// The URI of the To header.
    ///
    /// # Errors
    /// When there is no such header or the server cannot parse it.
    pub fn to_uri(&self) -> Result<&'a [u8], Unparsable> {
        // SAFETY: message; the body exists after its parser succeeded.
        unsafe {
            match ffi::parse_to_header(self.as_ptr()) {
                0 => Ok(bytes(&(*ffi::msilo_shim_get_to(self.as_ptr())).uri)),
                _ => Err(Unparsable("To header")),
            }
        }
    }

    /// The URI of the From header.
    ///
    /// # Errors
    /// When there is no such header or the server cannot parse it.
    pub fn from_uri(&self) -> Result<&'a [u8], Unparsable> {
        Ok(self.from()?.1)
    }

    /// Display name, as it was written and empty without one, and URI of the From header.
    ///
    /// # Errors
    /// When there is no such header or the server cannot parse it.
    pub fn from(&self) -> Result<(&'a [u8], &'a [u8]), Unparsable> {
        // SAFETY: message; the body exists after its parser succeeded.
        unsafe {
            match ffi::parse_from_header(self.as_ptr()) {
                0.. => {
                    let from = &*ffi::msilo_shim_get_from(self.as_ptr());
                    Ok((bytes(&from.display), bytes(&from.uri)))
                }
                _ => Err(Unparsable("From header")),
            }
        }
    }

    /// The tag of the From header; empty without one.
    ///
    /// # Errors
    /// When there is no such header or the server cannot parse it.
    pub fn from_tag(&self) -> Result<&'a [u8], Unparsable> {
        // SAFETY: message; the body exists after its parser succeeded.
        unsafe {
            match ffi::parse_from_header(self.as_ptr()) {
                0.. => Ok(bytes(&(*ffi::msilo_shim_get_from(self.as_ptr())).tag_value)),
                _ => Err(Unparsable("From header")),
            }
        }
    }

    /// The value of a header that the server keeps at hand.
    fn value(&self, header: *mut ffi::hdr_field) -> Option<&'a [u8]> {
        // SAFETY: message; the pointers to well-known headers are null or point into it.
        unsafe { header.as_ref().map(|header| bytes(&header.body)) }
    }

    /// The value of the Content-Type header.
    pub fn content_type(&self) -> Option<&'a [u8]> {
        self.value(self.raw().content_type)
    }

    /// The value of the Expires header.
    pub fn expires(&self) -> Option<&'a [u8]> {
        self.value(self.raw().expires)
    }

    /// The value of the Call-ID header.
    pub fn call_id(&self) -> Option<&'a [u8]> {
        self.value(self.raw().callid).map(<[u8]>::trim_ascii)
    }

    /// The value of the CSeq header.
    pub fn cseq(&self) -> Option<&'a [u8]> {
        self.value(self.raw().cseq)
    }

    /// The value of the From header.
    pub fn from_header(&self) -> Option<&'a [u8]> {
        self.value(self.raw().from)
    }

    /// The branch of the topmost Via.
    pub fn branch(&self) -> Option<&'a [u8]> {
        // SAFETY: message; parsed parts of it are null or point into it.
        unsafe {
            let via = self.raw().via1.as_ref()?;
            via.branch.as_ref().map(|branch| bytes(&branch.value))
        }
    }

    /// The body, exactly as long as it is.
    ///
    /// # Errors
    /// When it is not all there, or when there is none.
    pub fn body(&self) -> Result<&'a [u8], BadBody> {
        // SAFETY: message.
        let start = unsafe { ffi::get_body(self.as_ptr()) };
        let raw = self.raw();
        let length = usize::try_from(raw.len).unwrap_or(0);
        let offset = (start as usize).checked_sub(raw.buf as usize);
        let Some(offset) = offset.filter(|&offset| !start.is_null() && offset <= length) else {
            return Err(BadBody::Empty);
        };
        // SAFETY: message: the buffer holds `length` bytes, and `offset` is not beyond them.
        let rest = unsafe { std::slice::from_raw_parts(start.cast::<u8>().cast_const(), length - offset) };
        let announced = (!raw.content_length.is_null()).then(|| {
            // SAFETY: the header is there, so the parser has read its value.
            let announced = unsafe { ffi::msilo_shim_get_content_length(self.as_ptr()) };
            usize::try_from(announced).unwrap_or(usize::MAX)
        });
        extent(rest, announced, self.came_as_datagram())
    }

    fn came_as_datagram(&self) -> bool {
        let proto = u32::try_from(self.raw().rcv.proto).unwrap_or(u32::MAX);
        [ffi::PROTO_UDP, ffi::PROTO_SCTP, ffi::PROTO_WS, ffi::PROTO_WSS].contains(&proto)
    }

    /// All headers, in their order.
    pub fn headers(&self) -> Vec<Header<'a>> {
        // As many as most requests have.
        let mut headers = Vec::with_capacity(16);
        let mut next = self.raw().headers;
        // SAFETY: message; the list of parsed headers ends with a null pointer.
        while let Some(header) = unsafe { next.as_ref() } {
            let line = ffi::str_ { s: header.name.s, len: header.len };
            // SAFETY: message; the name points into its buffer, and the whole header begins with it.
            let (name, line) = unsafe { (bytes(&header.name), bytes(&line)) };
            headers.push(Header { name, line });
            next = header.next;
        }
        headers
    }

    /// Whether the Allow header lists MESSAGE; `None` without that header.
    pub fn allows_message(&self) -> Option<bool> {
        // SAFETY: message; the methods exist after their parser succeeded.
        unsafe {
            (ffi::parse_allow(self.as_ptr()) == 0)
                .then(|| ffi::msilo_shim_get_allow_methods(self.as_ptr()) & ffi::METHOD_MESSAGE != 0)
        }
    }
}
