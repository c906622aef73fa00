//! Sending requests through the transaction module (`modules/tm/uac.h`).

use std::ffi::{c_int, c_void};

use crate::ffi;
use crate::host::process::stop;
use crate::host::str::{bytes, Lent};
use crate::silo::delivery::server::{SendError, Ticket};
use crate::silo::message::model::{NextHop, Outgoing};

/// The functions of tm.
pub struct Tm {
    binds: ffi::tm_binds,
}

// SAFETY: single thread; a table of functions that is only read after start-up.
unsafe impl Sync for Tm {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Tm {}

/// What tm calls with the final answer.
pub type Callback = unsafe extern "C" fn(*mut ffi::cell, c_int, *mut ffi::tmcb_params);

/// How the answer to a request finds its way back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Called once with the final answer, or with 408; then [`final_answer`] tells the ticket.
    pub callback: Callback,
    /// Which request it is.
    pub ticket: Ticket,
    /// The tag of the From header; `None` for one that tm makes.
    pub tag: Option<&'a str>,
}

impl Tm {
    /// Asks the loaded tm module for its functions.
    ///
    /// # Errors
    /// When it is not loaded.
    pub fn load() -> Result<Self, &'static str> {
        let mut binds = ffi::tm_binds::default();
        // SAFETY: tm fills the table.
        match unsafe { ffi::msilo_shim_load_tm_api(&mut binds) } {
            0 => Ok(Self { binds }),
            _ => Err("module tm is not there: load tm.so before msilo.so"),
        }
    }

    /// The table itself, for the other wrappers of tm.
    pub(super) fn binds(&self) -> &ffi::tm_binds {
        &self.binds
    }

    /// Sends a MESSAGE, to `proxy` unless it has a next hop of its own. Without `answer` nobody learns what becomes of it.
    /// Without a tag tm makes one.
    ///
    /// tm's `t_request` would do the same, but puts the dialog and copies of four of its texts into shared memory first.
    /// Like tm's own RPC commands this lends it one that lives as long as the call.
    ///
    /// # Errors
    /// When tm does not take the request, and then it will not call.
    pub fn send(&self, message: &Outgoing, proxy: Option<&[u8]>, answer: Option<Answer<'_>>) -> Result<(), SendError> {
        let missing = |function: &str| SendError::new(format!("tm has no {function}"));
        let send = self.binds.t_uac.ok_or_else(|| missing("t_uac"))?;
        if stop::has_left() {
            return Err(SendError::new("the server ends, and another message stands still in the transaction module"));
        }
        stop::begin();
        let tag = self.binds.generate_fromtag.ok_or_else(|| missing("generate_fromtag"))?;
        let new_call_id = self.binds.generate_callid.ok_or_else(|| missing("generate_callid"))?;
        if message.from.is_empty() || message.to.is_empty() {
            return Err(SendError::new("it has no sender or no receiver"));
        }
        let (mut method, mut headers) = (Lent::new(b"MESSAGE"), Lent::new(&message.headers));
        let mut body = Lent::new(&message.body);
        let mut dialog = ffi::dlg {
            loc_seq: ffi::dlg_seq_t { value: ffi::DEFAULT_CSEQ, is_set: 1 },
            loc_uri: Lent::new(&message.from).raw(),
            rem_uri: Lent::new(&message.to).raw(),
            rem_target: Lent::new(&message.request_uri).raw(),
            ..ffi::dlg::default()
        };
        let (uri, socket) = match &message.next_hop {
            NextHop::Proxy => (proxy, &[][..]),
            NextHop::Contact { uri, socket } => (uri.as_deref(), &socket[..]),
        };
        if let Some(uri) = uri {
            dialog.dst_uri = Lent::new(uri).raw();
        }
        if !socket.is_empty() {
            // SAFETY: the server reads the lent text, and answers with one of its own sockets or NULL.
            dialog.send_sock = unsafe { ffi::lookup_local_socket(Lent::new(socket).as_ptr()) };
        }
        let mut request = ffi::uac_req_t {
            method: method.as_ptr(),
            headers: headers.as_ptr(),
            body: body.as_ptr(),
            ..ffi::uac_req_t::default()
        };
        if let Some(answer) = answer {
            request.cb_flags = ffi::TMCB_LOCAL_COMPLETED as _;
            request.cb = Some(answer.callback);
            request.cbp = answer.ticket.0 as *mut c_void;
        }
        // SAFETY: everything lent lives until the call returns; tm copies what it keeps, so it does not keep the dialog
        // either. Call-ID and tag are lent, or in buffers of tm, which it fills anew the next time. The ticket is a number, and
        // tm only hands it back.
        let sent = unsafe {
            match &message.call_id {
                Some(call_id) => dialog.id.call_id = Lent::new(call_id).raw(),
                None => new_call_id(&mut dialog.id.call_id),
            }
            match answer.and_then(|answer| answer.tag) {
                Some(tag) => dialog.id.loc_tag = Lent::new(tag.as_bytes()).raw(),
                None => tag(&mut dialog.id.loc_tag, &mut dialog.id.call_id, &mut dialog.rem_target),
            }
            request.dialog = &mut dialog;
            ffi::msilo_shim_t_uac(Some(send), &mut request)
        };
        match sent {
            1.. => Ok(()),
            // It may have been sent or not; at a stop that is the same as a message without an answer.
            ffi::MSILO_LEFT => {
                stop::note_left();
                Ok(())
            }
            // No error to tm, but there will be no answer.
            0 => Err(SendError { reason: "event_route[tm:local-request] drops it".to_owned(), dropped: true }),
            code => Err(SendError::new(format!("the transaction module refuses it ({code}), see its own log line"))),
        }
    }

    /// A Call-ID that nobody has used.
    pub fn new_call_id(&self) -> Option<Vec<u8>> {
        let generate = self.binds.generate_callid?;
        let mut text = ffi::str_ { s: std::ptr::null_mut(), len: 0 };
        // SAFETY: tm points `text` to a buffer of its own, which is copied at once.
        unsafe {
            generate(&mut text);
            Some(bytes(&text).to_vec())
        }
    }
}

/// What tm tells a callback: which request, and its final status.
///
/// # Safety
/// `params` must be what tm passed to a [`Callback`], during that call.
pub unsafe fn final_answer(params: *mut ffi::tmcb_params) -> Option<(Ticket, u16)> {
    // SAFETY: the caller vouches for it.
    let params = unsafe { params.as_ref() }?;
    // SAFETY: tm passes a pointer to the parameter of the callback, which is the ticket.
    let ticket = unsafe { params.param.as_ref() }?;
    Some((Ticket(*ticket as usize), u16::try_from(params.code).unwrap_or(408)))
}
