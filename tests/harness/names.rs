//! A name server of the test's own, and those who never answer.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::sys;

/// Puts another list of name servers in the place of the system's, as only this process and what it starts see it.
const WITH_RESOLVER: &str = r#"mount --bind "$0" /etc/resolv.conf && exec "$@""#;

/// How long it takes to notice the end.
const TICK: Duration = Duration::from_millis(100);

/// A name server that knows one address, 127.0.0.1, for each name; for those that begin with `silent` it never answers.
pub struct NameServer {
    address: Ipv4Addr,
    over: Arc<AtomicBool>,
    unanswered: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts one, or says why this machine or this user cannot.
    pub fn start() -> Result<NameServer, String> {
        let probe = Command::new("unshare").args(["-rm", "true"]).output();
        if !probe.is_ok_and(|output| output.status.success()) {
            return Err("this user cannot give a process its own /etc/resolv.conf (unshare -rm)".to_owned());
        }
        // Another one for each that is started at the same time.
        let mut addresses = (1..=250).map(|last| Ipv4Addr::new(127, 53, 53, last));
        let bound = addresses.find_map(|address| Some((UdpSocket::bind((address, 53)).ok()?, address)));
        let (socket, address) = bound.ok_or_else(|| "this user cannot bind port 53".to_owned())?;
        socket.set_read_timeout(Some(TICK)).map_err(|error| error.to_string())?;
        let (over, unanswered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let thread = {
            let (over, unanswered) = (Arc::clone(&over), Arc::clone(&unanswered));
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let mut question = [0; 512];
                    let Ok((length, peer)) = socket.recv_from(&mut question) else { continue };
                    match answer(&question[..length]) {
                        Some(answer) => drop(socket.send_to(&answer, peer)),
                        None => drop(unanswered.fetch_add(1, Ordering::Relaxed)),
                    }
                }
            })
        };
        Ok(NameServer { address, over, unanswered, thread: Some(thread) })
    }

    /// Where it is.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// How many questions were not answered.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The answer to a question of one name (RFC 1035 section 4.1): its address, or that there is nothing else.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    const SILENT: &[u8] = b"\x06silent";
    let name = question.get(HEADER..)?;
    let length = name.iter().position(|&byte| byte == 0)?;
    let is_address = name.get(length + 1..length + 5)? == [0, 1, 0, 1];
    if name.windows(SILENT.len()).any(|label| label == SILENT) {
        return None;
    }
    // The identity and the question come back; authoritative, no error, one answer or none.
    let mut answer = [&question[..2], &[0x85, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]].concat();
    answer.extend(&name[..length + 5]);
    if is_address {
        // The name of the question, an address in the Internet, good for a minute.
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}

/// A command whose process asks only this name server, once for each name and for half a minute.
pub fn with_name_server(program: impl AsRef<OsStr>, address: Ipv4Addr, dir: &Path) -> Command {
    let file = dir.join("resolv.conf");
    let lines = format!("nameserver {address}\noptions timeout:30 attempts:1\n");
    fs::write(&file, lines).expect("the file of the resolver can be written");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", WITH_RESOLVER]).arg(file).arg(program.as_ref());
    command
}

/// A TCP port whose owner does not take connections: whoever connects waits.
pub struct SilentPeer {
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl SilentPeer {
    pub fn start() -> SilentPeer {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port can be bound");
        sys::take_few_connections(&listener);
        let address = listener.local_addr().expect("it has an address");
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        SilentPeer { listener, _waiting: std::iter::from_fn(connect).take(10).collect() }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("it has an address")
    }
}
