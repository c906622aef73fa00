//! A transaction that waits, and goes on in another process (`modules/tm/t_suspend.h`).

use std::ffi::{c_int, CStr, CString};
use std::ptr;
use std::time::Duration;

use super::msg::Request;
use super::tm::Tm;
use crate::ffi;
use crate::host::process::stop;
use crate::host::str::Lent;

/// Names a transaction, in any process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Transaction {
    hash_index: u32,
    label: u32,
}

/// What is run when a transaction goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A route of the native script, by its number.
    Native(c_int),
    /// A function of a script in another language. The interpreters read its name as a C string.
    Callback(CString),
}

/// Why a transaction cannot wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSuspended {
    /// There is none.
    NoTransaction,
    /// This route cannot be left to go on later.
    WrongRoute,
    /// tm refuses it, with this code.
    Refused(c_int),
}

impl Route {
    /// The route that a script names; `None` when there is none of that name. A function of another language is not looked
    /// for: only its interpreter knows.
    pub fn named(name: &CStr) -> Option<Self> {
        // SAFETY: the server's own variables and functions, which read the name.
        unsafe {
            if !ffi::sr_kemi_eng_get().is_null() {
                return (!name.is_empty()).then(|| Self::Callback(name.to_owned()));
            }
            let number = ffi::route_lookup(&raw mut ffi::main_rt, name.as_ptr().cast_mut());
            Self::action(number).map(|_| Self::Native(number))
        }
    }

    /// The first action of a native route.
    fn action(number: c_int) -> Option<*mut ffi::action> {
        let number = usize::try_from(number).ok()?;
        // SAFETY: the server's table of routes, which is complete before any process is forked, and only read then.
        unsafe {
            let (routes, count) = (ffi::main_rt.rlist, usize::try_from(ffi::main_rt.entries).ok()?);
            let action = (number < count && !routes.is_null()).then(|| *routes.add(number))?;
            (!action.is_null()).then_some(action)
        }
    }
}

impl Tm {
    /// Whether the request belongs to a transaction that can be left waiting from here.
    ///
    /// # Errors
    /// When it does not, or cannot.
    pub fn can_suspend(&self) -> Result<(), NotSuspended> {
        // SAFETY: reads a variable of the server.
        let route = unsafe { ffi::route_type } as u32;
        if route & (ffi::REQUEST_ROUTE | ffi::FAILURE_ROUTE) == 0 {
            return Err(NotSuspended::WrongRoute);
        }
        let get = self.binds().t_gett.ok_or(NotSuspended::NoTransaction)?;
        // SAFETY: gives the transaction that this process works on, NULL for none, and -1 for one nobody has looked for.
        match unsafe { get() } as isize {
            0 | -1 => Err(NotSuspended::NoTransaction),
            _ => Ok(()),
        }
    }

    /// Leaves the transaction of the request waiting. With it comes the time after which tm ends it.
    ///
    /// # Errors
    /// When tm does not take it.
    pub fn suspend(&self, request: &Request<'_>) -> Result<(Transaction, Duration), NotSuspended> {
        let (suspend, get) = (self.binds().t_suspend, self.binds().t_gett);
        let (Some(suspend), Some(get)) = (suspend, get) else { return Err(NotSuspended::NoTransaction) };
        let mut transaction = Transaction::default();
        // SAFETY: message; tm fills both numbers. It takes shared memory, and no lock that is held for long. The transaction
        // stays while this process works on it.
        unsafe {
            match suspend(request.as_ptr(), &mut transaction.hash_index, &mut transaction.label) {
                0 => {}
                code => return Err(NotSuspended::Refused(code)),
            }
            let left = ffi::msilo_shim_suspended_for(get());
            Ok((transaction, Duration::from_millis(u64::try_from(left).unwrap_or(0))))
        }
    }

    /// Has a transaction go on, in this process, with this route. False when it has ended meanwhile.
    ///
    /// The route is run before this returns, and whatever is in it may take its time.
    pub fn go_on(&self, transaction: Transaction, route: &Route) -> bool {
        let Transaction { hash_index, label } = transaction;
        if stop::has_left() {
            return false;
        }
        stop::begin();
        // SAFETY: tm looks the transaction up, and runs the route as it runs failure routes. Action and names live as long as
        // the call.
        let code = unsafe {
            match route {
                Route::Native(number) => match (Route::action(*number), self.binds().t_continue) {
                    (Some(action), Some(go_on)) => go_on(hash_index, label, action),
                    _ => -1,
                },
                Route::Callback(name) => match self.binds().t_continue_cb {
                    Some(go_on) => go_on(hash_index, label, Lent::new(name.to_bytes()).as_ptr(), ptr::null_mut()),
                    None => -1,
                },
            }
        };
        code == 0
    }
}
