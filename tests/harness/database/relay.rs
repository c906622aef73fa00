//! A TCP relay between the server and its database: the network, which may be slow or lose everything.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What the relay does with what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    /// Passes it on at once.
    Fine,
    /// Passes on what the server says so much later.
    Slow(Duration),
    /// Keeps it, and nobody hears anything: no answer, no end of a connection.
    Silence,
    /// Everything ends.
    Over,
}

struct State {
    weather: Mutex<Weather>,
    changed: Condvar,
    /// So many connections wait for something that the database has still to say.
    asking: AtomicUsize,
}

impl State {
    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something may be passed on, as long as that takes. `None` when everything ends.
    fn wait(&self) -> Option<Weather> {
        let silence = |weather: &mut Weather| *weather == Weather::Silence;
        let weather = self.changed.wait_while(self.weather(), silence).unwrap_or_else(PoisonError::into_inner);
        (*weather != Weather::Over).then_some(*weather)
    }
}

/// A port that leads to another one.
pub struct Relay {
    port: u16,
    state: Arc<State>,
}

impl Relay {
    /// Leads to `target`, at once and as long as it exists.
    pub(in crate::harness) fn start(target: u16) -> Relay {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port can be had");
        let port = listener.local_addr().expect("the relay has an address").port();
        let state = Arc::new(State {
            weather: Mutex::new(Weather::Fine),
            changed: Condvar::new(),
            asking: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                let state = Arc::clone(&shared);
                if *state.weather() == Weather::Over {
                    return;
                }
                thread::spawn(move || connect(client, target, &state));
            }
        });
        Relay { port, state }
    }

    /// Its port on loopback.
    pub(in crate::harness) fn port(&self) -> u16 {
        self.port
    }

    /// From now on everything the server says arrives so much later.
    pub fn delay(&self, delay: Duration) {
        self.set(Weather::Slow(delay));
    }

    /// From now on nothing arrives, in either direction.
    pub fn silence(&self) {
        self.set(Weather::Silence);
    }

    /// From now on everything arrives at once again, also what was kept.
    pub fn restore(&self) {
        self.set(Weather::Fine);
    }

    /// Whether somebody waits for an answer, as far as it has passed here.
    pub(in crate::harness) fn is_asked(&self) -> bool {
        self.state.asking.load(Ordering::Acquire) > 0
    }

    fn set(&self, weather: Weather) {
        *self.state.weather() = weather;
        self.state.changed.notify_all();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.set(Weather::Over);
        // It waits for a connection.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn connect(client: TcpStream, target: u16, state: &Arc<State>) {
    // Without the database nobody takes the connection: then it ends here, as it would there.
    let Some(database) = state.wait().and_then(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, target)).ok()) else {
        return;
    };
    let _ = (client.set_nodelay(true), database.set_nodelay(true));
    let (Ok(client_too), Ok(database_too)) = (client.try_clone(), database.try_clone()) else { return };
    // Who has connected waits for a greeting, or for leave to log in.
    let asks = Arc::new(Asks { state: Arc::clone(state), asks: AtomicBool::new(false) });
    asks.set(true);
    let (shared, too) = (Arc::clone(state), Arc::clone(&asks));
    thread::spawn(move || pass(database_too, client_too, &shared, |_| Duration::ZERO, || too.set(false)));
    let delay = |weather| match weather {
        Weather::Slow(delay) => delay,
        _ => Duration::ZERO,
    };
    pass(client, database, state, delay, || asks.set(true));
    asks.set(false);
}

/// Whether one connection waits for the database.
struct Asks {
    state: Arc<State>,
    asks: AtomicBool,
}

impl Asks {
    fn set(&self, asks: bool) {
        match (self.asks.swap(asks, Ordering::AcqRel), asks) {
            (false, true) => self.state.asking.fetch_add(1, Ordering::AcqRel),
            (true, false) => self.state.asking.fetch_sub(1, Ordering::AcqRel),
            _ => 0,
        };
    }
}

/// Passes on what comes until one side ends, and then ends the other. Says when something has come.
fn pass(mut from: TcpStream, mut to: TcpStream, state: &State, delay: impl Fn(Weather) -> Duration, came: impl Fn()) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        came();
        let Some(weather) = state.wait() else { break };
        thread::sleep(delay(weather));
        if state.wait().is_none() || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
