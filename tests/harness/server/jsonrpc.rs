//! The server's JSON-RPC: over a datagram socket of jsonrpcs, or over HTTP.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{json, Value};

/// Longer than any command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a command was not done: the code, and the text.
pub type Fault = (i64, String);

fn question(method: &str, params: &[Value]) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

/// What an answer holds. It has to be JSON-RPC.
fn answer(text: &str) -> Result<Value, Fault> {
    let answer: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"));
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(1)), "{text}");
    match answer.get("error") {
        None => Ok(answer.get("result").cloned().unwrap_or_else(|| panic!("neither result nor error: {text}"))),
        Some(error) => {
            Err((error["code"].as_i64().expect("a code"), error["message"].as_str().expect("a message").to_owned()))
        }
    }
}

/// Runs a command through the datagram socket `server`; the answer comes to a socket of its own beside it.
pub fn over_socket(server: &Path, method: &str, params: &[Value]) -> Result<Value, Fault> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let own = server.with_extension(CALLS.fetch_add(1, Ordering::Relaxed).to_string());
    let socket = UnixDatagram::bind(&own).expect("a socket can be bound");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time can be set");
    socket.send_to(question(method, params).as_bytes(), server).expect("jsonrpcs takes datagrams");
    let mut buffer = vec![0; 1 << 20];
    let length = loop {
        match socket.recv(&mut buffer) {
            // A receive with a time limit ends when this process is stopped and goes on, see signal(7).
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => break received.unwrap_or_else(|error| panic!("no answer to {method}: {error}")),
        }
    };
    let _ = std::fs::remove_file(&own);
    answer(std::str::from_utf8(&buffer[..length]).expect("JSON is UTF-8"))
}

/// Runs a command over HTTP.
pub fn over_http(server: SocketAddr, method: &str, params: &[Value]) -> Result<Value, Fault> {
    let (_, body) = http(server, "POST", "/rpc", &question(method, params));
    answer(&body)
}

/// What the server answers to an HTTP request: the status and the body.
pub fn http(server: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server).expect("the server takes HTTP");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time can be set");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nVia: SIP/2.0/TCP 127.0.0.1:9\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the request can be sent");
    let mut reply = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&reply);
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let mut headers = head.lines().filter_map(|line| line.split_once(':'));
            let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(0, |(_, value)| value.trim().parse().expect("a length"));
            if rest.len() >= length {
                let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
                return (status, rest.to_owned());
            }
        }
        let mut buffer = [0; 65_536];
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => reply.extend_from_slice(&buffer[..count]),
            other => panic!("the HTTP reply ends too early ({other:?}): {}", String::from_utf8_lossy(&reply)),
        }
    }
}
