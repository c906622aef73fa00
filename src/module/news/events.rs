//! The process that runs the script's event routes, "MSILO events" in `kamcmd core.psx`.
//!
//! A route may take as long as it likes: whoever delivers only posts what happened, and never waits. So it is a process of our
//! own and not one of the core's async workers: their queue is a socket, and who writes into it waits when they are busy. It is
//! only there where the script wants to hear of something.

use std::cell::RefCell;
use std::ffi::CStr;
use std::time::Duration;

use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::process::{self, Side};
use crate::host::script::route::{self, EventRoute};
use crate::host::script::variables::{with_values, Value, Variable};
use crate::host::shared::queue::EventQueue;
use crate::lm_err;
use crate::log::Throttle;
use crate::module::{module, Module};
use crate::silo::config::settings::{Config, Listeners};
use crate::silo::delivery::event::Event;
use crate::silo::delivery::news::happening::{Happening, Occasion};
use crate::silo::message::aor::Aor;
use crate::silo::text::Shown;
use crate::silo::time::Clock;

/// The server's runtime settings are looked at this often.
const SETTINGS: Duration = Duration::from_secs(1);

/// What the script has for each occasion, in the order of [`Occasion::ALL`].
pub struct Routes {
    routes: [Option<EventRoute>; 4],
    callback: Option<&'static [u8]>,
}

thread_local! {
    /// The delivery that the route which is running was told about: it must not begin again because of that.
    static ABOUT: RefCell<Option<Aor>> = const { RefCell::new(None) };
    /// The lines of this process about events that nobody will hear of.
    static LOST: RefCell<Throttle> = const { RefCell::new(Throttle::new()) };
}

/// The name of an event, as scripts know it.
fn name_of(what: Occasion) -> &'static CStr {
    match what {
        Occasion::Delivered => c"msilo:delivered",
        Occasion::Undelivered => c"msilo:undelivered",
        Occasion::Expired => c"msilo:expired",
        Occasion::Waiting => c"msilo:waiting",
    }
}

impl Routes {
    /// Looks for the routes in the script; `callback` is the function of a KEMI script that hears of everything.
    pub fn find(callback: Option<&'static [u8]>) -> Self {
        let routes = Occasion::ALL.map(|what| EventRoute::find(name_of(what)));
        Self { routes, callback: callback.filter(|name| !name.is_empty()) }
    }

    fn route(&self, what: Occasion) -> Option<EventRoute> {
        Occasion::ALL.iter().zip(self.routes).find_map(|(have, route)| route.filter(|_| *have == what))
    }

    /// Of what the script wants to hear.
    ///
    /// # Errors
    /// When a parameter does not fit the script, with a text for the administrator.
    pub fn listeners(&self, config: &Config) -> Result<Listeners, String> {
        let hears = |what| self.callback.is_some() || self.route(what).is_some();
        if let Some(function) = self.callback.filter(|_| !route::is_kemi()) {
            let rule = "is for scripts in Lua, Python, JavaScript ... (cfgengine)";
            return Err(format!("modparam(\"msilo\", \"event_callback\", \"{}\"): {rule}", Shown(function)));
        }
        let seconds = config.wake_after.unwrap_or(0);
        let wrong = |rule| Err(format!("modparam(\"msilo\", \"wake_after\", {seconds}): {rule}"));
        match (seconds > 0, self.route(Occasion::Waiting).is_some()) {
            (false, true) => return wrong("must be over 0 (seconds): the script has event_route[msilo:waiting]"),
            (true, false) if self.callback.is_none() => {
                return wrong("needs event_route[msilo:waiting] in the script, or event_callback")
            }
            _ => {}
        }
        Ok(Listeners {
            delivered: hears(Occasion::Delivered),
            undelivered: hears(Occasion::Undelivered),
            expired: hears(Occasion::Expired),
            waiting: hears(Occasion::Waiting) && seconds > 0,
        })
    }

    fn run(&self, happening: &Happening) -> Result<(), &'static str> {
        match (self.route(happening.what), self.callback) {
            (Some(route), _) => route.run(),
            (None, Some(function)) => route::call(function, name_of(happening.what).to_bytes()),
            (None, None) => Ok(()),
        }
    }
}

/// Has the script hear of something, some time. Where it is so far behind that there is no memory, it does not.
pub fn tell(module: &Module, happening: Happening) {
    let Some(queue) = &module.events else { return };
    let what = happening.what.name();
    let posted = match queue.is_orphaned() {
        true => Err("the process \"MSILO events\" has ended".to_owned()),
        false => queue.post(&Event::Told(happening)).map_err(|_| {
            "event routes are too slow: what they still have to hear of takes an eighth of the shared memory".to_owned()
        }),
    };
    if let Err(reason) = posted {
        if let Some(left_out) = LOST.with_borrow_mut(|throttle| throttle.pass(ServerClock.monotonic())) {
            lm_err!("nobody hears of msilo:{what}: {reason}{left_out}");
        }
    }
}

/// Whether the route that is running was told about a delivery of this inbox: it would begin again at once, for ever.
pub fn is_about_delivery_of(owner: &Aor) -> bool {
    ABOUT.with_borrow(|about| about.as_ref() == Some(owner))
}

/// Forks the process, where the script wants to hear of something. In the main process.
///
/// # Errors
/// When the server has no room for it.
pub fn fork() -> Result<(), &'static str> {
    let module = module().ok_or("mod_init has not run")?;
    let Some(queue) = &module.events else { return Ok(()) };
    let parent = std::process::id();
    match process::fork(c"MSILO events")? {
        Side::Parent => {}
        Side::Child => {
            process::end_with(parent);
            let ended = guard("process for events", Err("an internal error"), || run(module, queue));
            if let Err(error) = ended {
                lm_err!("the process for events cannot work: {error}");
            }
            process::exit(1);
        }
    }
    Ok(())
}

/// Works until the server's own handler of SIGTERM ends the process.
fn run(module: &Module, queue: &EventQueue) -> Result<(), &'static str> {
    process::join()?;
    queue.start_reading().map_err(|_| "it cannot lock a file of its own")?;
    loop {
        process::follow_settings();
        for event in queue.take_all() {
            if let Event::Told(happening) = event {
                guard("event route", (), || hear(module, &happening));
            }
        }
        process::wait(queue.bell(), SETTINGS);
    }
}

/// Forgets what the route was about, even when it panics.
struct Over;

impl Drop for Over {
    fn drop(&mut self) {
        ABOUT.set(None);
    }
}

fn hear(module: &Module, happening: &Happening) {
    let is_delivery = matches!(happening.what, Occasion::Delivered | Occasion::Undelivered);
    ABOUT.set(is_delivery.then(|| happening.owner.clone()));
    let _over = Over;
    if let Err(error) = with_values(values(happening), || module.routes.run(happening)) {
        let (what, id) = (happening.what.name(), happening.id);
        lm_err!("nobody hears of msilo:{what} of message {id}: {error}");
    }
}

/// What the script can ask for. An empty text is null.
fn values(happening: &Happening) -> Vec<(Variable, Value)> {
    let owner = [b"sip:", happening.owner.user(), b"@", happening.owner.host()].concat();
    let age = ServerClock.now().saturating_sub(happening.stored_at);
    let mut values = vec![
        (Variable::Event, Value::Text(happening.what.name().into())),
        (Variable::Id, Value::Number(happening.id)),
        (Variable::Owner, Value::Text(owner)),
        (Variable::Age, Value::Number(age)),
        (Variable::Code, Value::Number(happening.code.into())),
    ];
    let texts = [
        (Variable::From, &happening.from),
        (Variable::To, &happening.to),
        (Variable::Ctype, &happening.content_type),
        (Variable::Callid, &happening.call_id),
    ];
    let filled = texts.into_iter().filter(|(_, text)| !text.is_empty());
    values.extend(filled.map(|(variable, text)| (variable, Value::Text(text.clone()))));
    values
}
