//! The SIP that the load generator speaks: just enough, and quickly.

use std::io::Write as _;
use std::net::SocketAddr;

/// The domain the server is responsible for.
pub const DOMAIN: &str = "bench.test";

/// Makes `buffer` a REGISTER of `user` for the contact at `own`. Two with the same `number` are the same request.
pub fn register(buffer: &mut Vec<u8>, own: SocketAddr, user: &str, number: usize) {
    register_for(buffer, own, own, user, number);
}

/// The same for a contact at `contact`.
pub fn register_for(buffer: &mut Vec<u8>, own: SocketAddr, contact: SocketAddr, user: &str, number: usize) {
    buffer.clear();
    let _ = write!(
        buffer,
        "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-r{number}-{port}\r\nMax-Forwards: 70\r\n\
         From: <sip:{user}@{DOMAIN}>;tag=f\r\nTo: <sip:{user}@{DOMAIN}>\r\nCall-ID: {user}-registers\r\n\
         CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{contact}>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
        port = own.port(),
        cseq = number + 1,
    );
}

/// Makes `buffer` a MESSAGE to `user`. Two with the same `number` are the same request.
pub fn message(buffer: &mut Vec<u8>, own: SocketAddr, user: &str, number: usize) {
    buffer.clear();
    let body = format!("A message of a usual length, such as people write all day: number {number}");
    let _ = write!(
        buffer,
        "MESSAGE sip:{user}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-m{number}-{port}\r\n\
         Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@{DOMAIN}>;tag=f{number}\r\nTo: <sip:{user}@{DOMAIN}>\r\n\
         Call-ID: m{number}-{port}@alice\r\nCSeq: 1 MESSAGE\r\nSubject: bench\r\nContent-Type: text/plain\r\n\
         Content-Length: {length}\r\n\r\n{body}",
        port = own.port(),
        length = body.len(),
    );
}

/// Makes `buffer` an OPTIONS to the server itself. Two with the same `number` are the same request.
pub fn options(buffer: &mut Vec<u8>, own: SocketAddr, number: usize) {
    buffer.clear();
    let _ = write!(
        buffer,
        "OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-o{number}-{port}\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@{DOMAIN}>;tag=f\r\nTo: <sip:{DOMAIN}>\r\nCall-ID: o{number}-{port}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n",
        port = own.port(),
    );
}

/// Makes `reply` the 200 to a request.
pub fn accept(request: &[u8], reply: &mut Vec<u8>) {
    reply.clear();
    reply.extend_from_slice(b"SIP/2.0 200 OK\r\n");
    for line in request.split_inclusive(|&byte| byte == b'\n') {
        match line {
            b"\r\n" => break,
            _ if line.starts_with(b"To:") => {
                reply.extend_from_slice(line.trim_ascii_end());
                reply.extend_from_slice(b";tag=t\r\n");
            }
            _ if [&b"Via:"[..], b"From:", b"Call-ID:", b"CSeq:"].iter().any(|name| line.starts_with(name)) => {
                reply.extend_from_slice(line);
            }
            _ => {}
        }
    }
    reply.extend_from_slice(b"Content-Length: 0\r\n\r\n");
}

/// The status of a reply; `None` for a request.
pub fn status(datagram: &[u8]) -> Option<u16> {
    let digits = datagram.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The number at the end of a MESSAGE's body.
pub fn number(datagram: &[u8]) -> Option<usize> {
    let last = datagram.rsplit(|&byte| byte == b' ').next()?;
    std::str::from_utf8(last).ok()?.parse().ok()
}
