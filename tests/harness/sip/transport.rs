//! How an agent reaches the server: a UDP socket, a TCP connection (plain or under TLS) or a WebSocket of its own on
//! 127.0.0.1.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

use crate::harness::ports::Port;
use crate::harness::sip::message::framed_length;

/// Keep-alives, as a TCP peer may send them between messages.
const LINE_BREAKS: &[u8] = b"\r\n";

/// A socket of an agent.
pub enum Transport {
    /// A UDP socket, not connected: it hears everyone.
    Udp(UdpSocket),
    /// A connection to the server.
    Tcp(TcpStream),
    /// The same, after the handshake of a WebSocket for SIP (RFC 7118).
    Ws(TcpStream),
    /// A connection under TLS: this end of it is in the clear.
    Tls(TcpStream),
}

impl Transport {
    /// A UDP socket on a port that no other agent has had lately.
    pub fn udp() -> Transport {
        Transport::Udp(Port::udp_socket())
    }

    /// A TCP connection to `server`.
    pub fn tcp(server: SocketAddr) -> io::Result<Transport> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Transport::Tcp(stream))
    }

    /// A WebSocket to `server`.
    pub fn ws(server: SocketAddr) -> io::Result<Transport> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{server}/").into_client_request().map_err(io::Error::other)?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
        request.headers_mut().insert("Origin", HeaderValue::from_static("http://localhost"));
        let (socket, _) = tungstenite::client(request, stream).map_err(|error| io::Error::other(error.to_string()))?;
        socket.get_ref().try_clone().map(Transport::Ws)
    }

    /// A connection under TLS to `server`, whose certificate nobody checks. The program `openssl` carries it, and ends when
    /// the agent's end is closed.
    pub fn tls(server: SocketAddr) -> io::Result<Transport> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let stream = TcpStream::connect(listener.local_addr()?)?;
        let (other, _) = listener.accept()?;
        let other = OwnedFd::from(other);
        let mut client = Command::new("openssl");
        // What the agent says is no command: a line that begins with R would be one.
        client.args(["s_client", "-quiet", "-no_ign_eof", "-nocommands", "-connect", &server.to_string()]);
        client.stdin(other.try_clone()?).stdout(other).stderr(Stdio::null());
        crate::harness::sys::end_with_us(&mut client);
        let mut client = client.spawn()?;
        thread::spawn(move || client.wait());
        Ok(Transport::Tls(stream))
    }

    /// Another handle of the same socket, for the thread that reads.
    pub fn share(&self) -> io::Result<Transport> {
        match self {
            Transport::Udp(socket) => socket.try_clone().map(Transport::Udp),
            Transport::Tcp(stream) => stream.try_clone().map(Transport::Tcp),
            Transport::Ws(stream) => stream.try_clone().map(Transport::Ws),
            Transport::Tls(stream) => stream.try_clone().map(Transport::Tls),
        }
    }

    /// Its own address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Transport::Udp(socket) => socket.local_addr(),
            Transport::Tcp(stream) | Transport::Ws(stream) | Transport::Tls(stream) => stream.local_addr(),
        }
    }

    /// What it is called in a Via header.
    pub fn kind(&self) -> rsip::Transport {
        match self {
            Transport::Udp(_) => rsip::Transport::Udp,
            Transport::Tcp(_) => rsip::Transport::Tcp,
            Transport::Ws(_) => rsip::Transport::Ws,
            Transport::Tls(_) => rsip::Transport::Tls,
        }
    }

    /// Sends bytes to `peer`, for TCP to the other end.
    pub fn send(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<()> {
        match self {
            Transport::Udp(socket) => socket.send_to(bytes, peer).map(drop),
            Transport::Tcp(stream) | Transport::Tls(stream) => (&mut &*stream).write_all(bytes),
            Transport::Ws(stream) => {
                let mut socket = WebSocket::from_raw_socket(stream.try_clone()?, Role::Client, None);
                socket.send(Message::binary(bytes.to_vec())).map_err(io::Error::other)
            }
        }
    }

    /// Makes the thread in [`Transport::listen`] return.
    pub fn wake(&self) {
        let _ = match self {
            Transport::Udp(socket) => socket.local_addr().and_then(|own| socket.send_to(&[], own)).map(drop),
            Transport::Tcp(stream) | Transport::Ws(stream) | Transport::Tls(stream) => stream.shutdown(Shutdown::Both),
        };
    }

    /// Hands each message that arrives to `take`, until it says no or the socket ends.
    pub fn listen(self, mut take: impl FnMut(&[u8], SocketAddr) -> bool) {
        match self {
            Transport::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                loop {
                    match socket.recv_from(&mut buffer) {
                        Ok((length, peer)) if !take(&buffer[..length], peer) => return,
                        Ok(_) => {}
                        // An ICMP answer to something sent to a dead port; and this process was stopped, and goes on.
                        Err(error)
                            if matches!(
                                error.kind(),
                                io::ErrorKind::ConnectionRefused | io::ErrorKind::Interrupted
                            ) => {}
                        Err(_) => return,
                    }
                }
            }
            Transport::Ws(stream) => {
                let Ok(peer) = stream.peer_addr() else { return };
                let mut socket = WebSocket::from_raw_socket(stream, Role::Client, None);
                while let Ok(message) = socket.read() {
                    let is_sip = matches!(message, Message::Text(_) | Message::Binary(_));
                    if is_sip && !take(&message.into_data(), peer) {
                        return;
                    }
                }
            }
            Transport::Tcp(mut stream) | Transport::Tls(mut stream) => {
                let Ok(peer) = stream.peer_addr() else { return };
                let (mut pending, mut buffer) = (Vec::new(), vec![0; 65_536]);
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    pending.extend_from_slice(&buffer[..length]);
                    while pending.starts_with(LINE_BREAKS) {
                        pending.drain(..LINE_BREAKS.len());
                    }
                    while let Some(end) = framed_length(&pending) {
                        let message: Vec<u8> = pending.drain(..end).collect();
                        if !take(&message, peer) {
                            return;
                        }
                    }
                }
            }
        }
    }
}
