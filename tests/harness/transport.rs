//! How an agent reaches the server: a UDP socket or a TCP connection of its own on 127.0.0.1.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};

use super::message::framed_length;

/// Keep-alives, as a TCP peer may send them between messages.
const LINE_BREAKS: &[u8] = b"\r\n";

/// A socket of an agent.
pub enum Transport {
    /// A UDP socket, not connected: it hears everyone.
    Udp(UdpSocket),
    /// A connection to the server.
    Tcp(TcpStream),
}

impl Transport {
    /// A UDP socket on a free port.
    pub fn udp() -> io::Result<Transport> {
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(Transport::Udp)
    }

    /// A TCP connection to `server`.
    pub fn tcp(server: SocketAddr) -> io::Result<Transport> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Transport::Tcp(stream))
    }

    /// Another handle of the same socket, for the thread that reads.
    pub fn share(&self) -> io::Result<Transport> {
        match self {
            Transport::Udp(socket) => socket.try_clone().map(Transport::Udp),
            Transport::Tcp(stream) => stream.try_clone().map(Transport::Tcp),
        }
    }

    /// Its own address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Transport::Udp(socket) => socket.local_addr(),
            Transport::Tcp(stream) => stream.local_addr(),
        }
    }

    /// What it is called in a Via header.
    pub fn kind(&self) -> rsip::Transport {
        match self {
            Transport::Udp(_) => rsip::Transport::Udp,
            Transport::Tcp(_) => rsip::Transport::Tcp,
        }
    }

    /// Sends bytes to `peer`, for TCP to the other end.
    pub fn send(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<()> {
        match self {
            Transport::Udp(socket) => socket.send_to(bytes, peer).map(drop),
            Transport::Tcp(stream) => (&mut &*stream).write_all(bytes),
        }
    }

    /// Makes the thread in [`Transport::listen`] return.
    pub fn wake(&self) {
        let _ = match self {
            Transport::Udp(socket) => socket.local_addr().and_then(|own| socket.send_to(&[], own)).map(drop),
            Transport::Tcp(stream) => stream.shutdown(Shutdown::Both),
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
                        // An ICMP answer to something sent to a dead port.
                        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                        Err(_) => return,
                    }
                }
            }
            Transport::Tcp(mut stream) => {
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
