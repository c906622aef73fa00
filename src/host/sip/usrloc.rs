//! The server's user location: which contacts are registered (`modules/usrloc/usrloc.h`).

use std::ffi::CString;
use std::ptr::{self, NonNull};

use crate::ffi;
use crate::host::process::stop;
use crate::host::settings;
use crate::host::str::{bytes, Lent};
use crate::silo::delivery::contacts::binding::{Binding, Connection};
use crate::silo::delivery::contacts::key::KeyRule;
use crate::silo::message::aor::Aor;
use crate::silo::time::UnixTime;

/// The functions of usrloc, and one of its tables.
pub struct Usrloc {
    api: ffi::usrloc_api_t,
    domain: NonNull<ffi::udomain>,
}

// SAFETY: single thread; a table of functions that is only read after start-up, and a pointer to shared memory that
// usrloc keeps while the server runs and that is reached only under its lock.
unsafe impl Sync for Usrloc {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Usrloc {}

impl Usrloc {
    /// Asks the loaded usrloc module for its functions and the table of this name. In `mod_init`.
    ///
    /// # Errors
    /// When it is not loaded before this module, or does not give out such a table.
    pub fn bind(table: &[u8]) -> Result<Self, &'static str> {
        const MISSING: &str = "module usrloc is not there: load usrloc.so before msilo.so";
        let table = CString::new(table).map_err(|_| "no table of usrloc has such a name")?;
        let mut api = ffi::usrloc_api_t::default();
        // SAFETY: the server looks the function up by its name. usrloc exports it with the type of `bind_usrloc_t`, and
        // refuses when its own `mod_init` has not run.
        let bound = unsafe {
            let find = ffi::find_export(c"ul_bind_usrloc".as_ptr().cast_mut(), 1, 0);
            let bind: ffi::bind_usrloc_t = std::mem::transmute::<ffi::cmd_function, ffi::bind_usrloc_t>(find);
            bind.map(|bind| bind(&mut api))
        };
        if bound != Some(0) {
            return Err(MISSING);
        }
        let register = api.register_udomain.ok_or(MISSING)?;
        let mut domain = ptr::null_mut();
        // SAFETY: start-up; usrloc copies the name, and makes the table where nobody has asked for it before.
        match unsafe { register(table.as_ptr(), &mut domain) } {
            0 => Ok(Self { api, domain: NonNull::new(domain).ok_or("usrloc gives out no table")? }),
            _ => Err("usrloc gives out no such table, see its own log line"),
        }
    }

    /// All contacts of an address of record, copied out; none when it is not registered.
    ///
    /// Takes the lock of the record's slot for as long as the copy takes. Others hold it while they write to a database in
    /// `db_mode` 1, so this may wait for them as every `lookup()` does; at a stop of the server not for ever, then there are none. In `db_mode` 3 there is no lock: usrloc reads its
    /// database, through its own connection of this process.
    pub fn contacts(&self, owner: &Aor) -> Vec<Binding> {
        let (lock, Some(unlock), Some(get), Some(release)) =
            (self.api.lock_udomain, self.api.unlock_udomain, self.api.get_urecord, self.api.release_urecord)
        else {
            return Vec::new();
        };
        stop::begin();
        let key = self.key_rule().key(owner);
        let mut key = Lent::new(&key);
        let (mut record, mut bindings) = (ptr::null_mut(), Vec::new());
        // SAFETY: the table is usrloc's own. The record and all it points to stay as they are until the lock is given back;
        // everything is copied before that, and nothing in between can fail but for want of memory, which ends the process.
        unsafe {
            // A worker that was ended while it wrote to its database has taken the lock along.
            if lock.is_none() || ffi::msilo_shim_lock_udomain(lock, self.domain.as_ptr(), key.as_ptr()) != 0 {
                return Vec::new();
            }
            if get(self.domain.as_ptr(), key.as_ptr(), &mut record) == 0 && !record.is_null() {
                let mut contact = (*record).contacts;
                while let Some(found) = contact.as_ref() {
                    bindings.push(copy(found));
                    contact = found.next;
                }
                release(record);
            }
            unlock(self.domain.as_ptr(), key.as_ptr());
        }
        // The connections have a lock of their own, which is not taken under that one.
        for (binding, connection) in &mut bindings {
            binding.connection = state(*connection);
        }
        bindings.into_iter().map(|(binding, _)| binding).collect()
    }

    fn key_rule(&self) -> KeyRule {
        KeyRule {
            use_domain: self.api.use_domain != 0,
            case_sensitive: settings::int(b"registrar", b"case_sensitive") != Some(0),
            // The parameter is called realm_prefix, and its variable so (`registrar/config.c`).
            realm_prefix: settings::text(b"registrar", b"realm_pref").unwrap_or_default(),
        }
    }
}

/// A contact, and the number of its connection.
///
/// # Safety
/// It must stay as it is during the call.
unsafe fn copy(contact: &ffi::ucontact_t) -> (Binding, i32) {
    // SAFETY: texts of a contact are complete while it is locked; the caller vouches for that.
    let text = |text: &ffi::str_| unsafe { bytes(text) }.to_vec();
    let binding = Binding {
        uri: text(&contact.c),
        received: text(&contact.received),
        path: text(&contact.path),
        expires_at: UnixTime::from(contact.expires),
        takes_message: contact.methods & ffi::METHOD_MESSAGE != 0,
        instance: text(&contact.instance),
        // SAFETY: the server's sockets stay while it runs.
        socket: unsafe { contact.sock.as_ref() }.map(|socket| text(&socket.sock_str)).unwrap_or_default(),
        // SAFETY: set before any module runs.
        is_ours: contact.server_id == unsafe { ffi::server_id },
        connection: Connection::Unknown,
    };
    (binding, contact.tcpconn_id)
}

fn state(connection: i32) -> Connection {
    // SAFETY: set before any module runs.
    let no_tcp = unsafe { ffi::tcp_disable } != 0;
    if connection <= 0 || no_tcp {
        return Connection::Unknown;
    }
    // SAFETY: takes the lock of the table of connections for a look, and gives back at once what it found.
    match unsafe { ffi::msilo_shim_is_connected(connection) } {
        0 => Connection::Closed,
        _ => Connection::Open,
    }
}
