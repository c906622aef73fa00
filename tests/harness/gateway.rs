//! A gateway for push notifications: a real HTTP server on loopback that keeps what it is sent.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::wait::{until, DEADLINE};

/// The server. It answers 200 to everything.
pub struct Gateway {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts one.
    pub fn start() -> Gateway {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port can be bound");
        let address = listener.local_addr().expect("it has an address");
        let (requests, over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let thread = {
            let (requests, over) = (Arc::clone(&requests), Arc::clone(&over));
            thread::spawn(move || {
                for stream in listener.incoming().filter_map(Result::ok) {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    if let Some(request) = serve(stream) {
                        requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                    }
                }
            })
        };
        Gateway { address, requests, over, thread: Some(thread) }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/push", self.address)
    }

    /// All requests so far, whole.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there were so many.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<String> {
        until(&format!("the gateway has had {count} requests"), || self.requests().len() >= count);
        self.requests()
    }
}

/// Reads a request with its body, and answers it.
fn serve(mut stream: TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("Content-Length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
                return Some(text);
            }
        }
        match stream.read(&mut piece).ok()? {
            0 => return None,
            length => request.extend_from_slice(&piece[..length]),
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
