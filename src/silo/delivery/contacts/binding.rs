//! One registered contact, and how it is reached.

use super::path::first_hop;
use crate::silo::time::UnixTime;

/// The connection that a contact registered over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// None, or it is not known: a datagram transport, or a contact that somebody else told the server about.
    #[default]
    Unknown,
    /// It is open.
    Open,
    /// It was closed.
    Closed,
}

/// A contact as the user location holds it (RFC 3261 section 10.2), copied out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// The contact address.
    pub uri: Vec<u8>,
    /// Where the REGISTER came from, for a phone behind a NAT; empty where that does not matter.
    pub received: Vec<u8>,
    /// The value of the Path header (RFC 3327); empty without one.
    pub path: Vec<u8>,
    /// When it is over; 0 for never.
    pub expires_at: UnixTime,
    /// Whether it takes MESSAGE requests.
    pub takes_message: bool,
    /// `+sip.instance` (RFC 5626), in its angle brackets; empty without one.
    pub instance: Vec<u8>,
    /// The server's socket that it registered at, like `udp:192.0.2.1:5060`; empty when it is none of this server's.
    pub socket: Vec<u8>,
    /// Whether this server holds the registration: with another one's, the phone may not be reachable from here.
    pub is_ours: bool,
    /// Its connection.
    pub connection: Connection,
}

/// How a request gets to a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The Request-URI: the contact address.
    pub request_uri: Vec<u8>,
    /// Where the request is sent to first; `None` where the Request-URI says it.
    pub next_hop: Option<Vec<u8>>,
    /// The value of the Route header; empty without one.
    pub route: Vec<u8>,
    /// See [`Binding::socket`].
    pub socket: Vec<u8>,
}

/// Why a contact is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedOver {
    /// Its time is over.
    Expired,
    /// It does not take MESSAGE requests.
    NoMessage,
    /// It is registered at another server, and no Path leads to it.
    Elsewhere,
    /// The connection that it can only be reached over was closed.
    Disconnected,
}

impl Binding {
    /// How a request gets to the contact at `now`. `is_self` tells whether a URI names this server.
    ///
    /// # Errors
    /// When nothing is to be sent to it.
    pub fn flow(&self, now: UnixTime, is_self: &dyn Fn(&[u8]) -> bool) -> Result<Flow, PassedOver> {
        match () {
            () if self.expires_at != 0 && self.expires_at <= now => return Err(PassedOver::Expired),
            () if !self.takes_message => return Err(PassedOver::NoMessage),
            () if self.socket.is_empty() && !self.is_ours && self.path.is_empty() => return Err(PassedOver::Elsewhere),
            () => {}
        }
        // A Path of which this server is the first hop begins behind it (`path_check_local` of the registrar).
        let mut route = &self.path[..];
        let mut hop = first_hop(route);
        if let Some((_, rest)) = hop.filter(|(uri, _)| is_self(uri)) {
            route = rest;
            hop = first_hop(rest);
        }
        let mut request_uri = self.uri.clone();
        let next_hop = match hop {
            // A Path comes before the address that the REGISTER was received from: that is the last proxy's business.
            Some((uri, _)) => Some(uri.to_vec()),
            None if !self.received.is_empty() => Some(self.received.clone()),
            None => take_alias(&mut request_uri),
        };
        if hop.is_none() && self.connection == Connection::Closed && !self.can_be_dialled() {
            return Err(PassedOver::Disconnected);
        }
        Ok(Flow {
            request_uri,
            next_hop,
            route: if hop.is_some() { route.to_vec() } else { Vec::new() },
            socket: self.socket.clone(),
        })
    }

    /// Whether this is the same phone at the same place: what else a registration says may change with each refresh.
    pub fn is_same_contact(&self, other: &Self) -> bool {
        (&self.uri, &self.received, &self.path) == (&other.uri, &other.received, &other.path)
    }

    /// Whether a new connection to it may be opened: not to a browser (RFC 7118), and not to the port that a phone behind
    /// a NAT opened its own from.
    fn can_be_dialled(&self) -> bool {
        self.received.is_empty() && parameter(&self.uri, ALIAS).is_none() && !is_websocket(&self.uri)
    }

    /// Whether a message to this address is for the contact: an address with a `gr` parameter names one instance of the
    /// user (RFC 5627 section 3.2), every other address all of them.
    pub fn is_meant_by(&self, address: &[u8]) -> bool {
        match parameter(address, b"gr") {
            None | Some(b"") => true,
            Some(wanted) => {
                let bare = self.instance.trim_ascii();
                let bare = bare.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\"")).unwrap_or(bare);
                let bare = bare.strip_prefix(b"<").and_then(|it| it.strip_suffix(b">")).unwrap_or(bare);
                bare.eq_ignore_ascii_case(wanted)
            }
        }
    }
}

/// The URI parameter that nathelper's `add_contact_alias()` puts where the REGISTER came from into: `IP~port~transport`.
const ALIAS: &[u8] = b"alias";
/// The transports, by their numbers in it (`core/ip_addr.h`).
const TRANSPORTS: [&[u8]; 7] = [b"", b"udp", b"tcp", b"tls", b"sctp", b"ws", b"wss"];

/// Takes the alias out of a URI, as `handle_ruri_alias()` would before a request is relayed to it, and gives the address
/// that it stands for. What is no alias stays where it is.
fn take_alias(uri: &mut Vec<u8>) -> Option<Vec<u8>> {
    let alias = parameter(uri, ALIAS)?;
    let mut parts = alias.split(|&b| b == b'~');
    let (ip, port, transport) = (parts.next()?, parts.next()?, parts.next()?);
    let number = std::str::from_utf8(transport).ok()?.parse::<usize>().ok()?;
    let transport = TRANSPORTS.get(number).filter(|name| !name.is_empty())?;
    if ip.is_empty() || port.is_empty() || !port.iter().all(u8::is_ascii_digit) || parts.next().is_some() {
        return None;
    }
    let address = [b"sip:", ip, b":", port, b";transport=", transport].concat();
    let whole = [b";", ALIAS, b"=", alias].concat();
    let at = uri.windows(whole.len()).position(|window| window.eq_ignore_ascii_case(&whole))?;
    uri.drain(at..at.checked_add(whole.len())?);
    Some(address)
}

fn is_websocket(uri: &[u8]) -> bool {
    parameter(uri, b"transport").is_some_and(|it| it.eq_ignore_ascii_case(b"ws") || it.eq_ignore_ascii_case(b"wss"))
}

/// The value of a URI parameter; empty when it has none, `None` when it is not there.
fn parameter<'a>(uri: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let end = uri.iter().position(|&b| b == b'?').unwrap_or(uri.len());
    // A user part may hold semicolons, too.
    let begin = uri.iter().take(end).position(|&b| b == b'@').unwrap_or(0);
    uri.get(begin..end)?.split(|&b| b == b';').skip(1).find_map(|parameter| {
        let mut parts = parameter.splitn(2, |&b| b == b'=');
        parts.next()?.eq_ignore_ascii_case(name).then(|| parts.next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = 1_800_000_000;
    const SOCKET: &[u8] = b"udp:10.0.0.1:5060";

    fn binding() -> Binding {
        Binding {
            uri: b"sip:bob@10.0.0.5:5070".to_vec(),
            expires_at: NOW + 60,
            takes_message: true,
            socket: SOCKET.to_vec(),
            is_ours: true,
            ..Binding::default()
        }
    }

    fn flow(binding: &Binding) -> Result<Flow, PassedOver> {
        binding.flow(NOW, &|uri| uri.starts_with(b"sip:self"))
    }

    fn hop(binding: &Binding) -> (String, String) {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let flow = flow(binding).unwrap();
        (flow.next_hop.map(text).unwrap_or_default(), text(flow.route))
    }

    #[test]
    fn a_contact_without_more_is_reached_at_its_own_address() {
        let flow = flow(&binding()).unwrap();
        assert_eq!(
            (flow.request_uri, flow.next_hop, flow.socket),
            (b"sip:bob@10.0.0.5:5070".to_vec(), None, SOCKET.to_vec())
        );
    }

    #[test]
    fn the_path_comes_before_the_address_of_the_register() {
        let received = Binding { received: b"sip:192.0.2.1:4711".to_vec(), ..binding() };
        assert_eq!(hop(&received), ("sip:192.0.2.1:4711".to_owned(), String::new()));
        let path = Binding { path: b"<sip:p1;lr>,<sip:p2;lr>".to_vec(), ..received };
        assert_eq!(hop(&path), ("sip:p1;lr".to_owned(), "<sip:p1;lr>,<sip:p2;lr>".to_owned()));
    }

    #[test]
    fn a_path_that_begins_with_this_server_begins_behind_it() {
        let path = |path: &str| Binding { path: path.into(), received: b"sip:192.0.2.1".to_vec(), ..binding() };
        assert_eq!(hop(&path("<sip:self;lr>, <sip:p2;lr>")), ("sip:p2;lr".to_owned(), "<sip:p2;lr>".to_owned()));
        assert_eq!(hop(&path("<sip:self;lr>")), ("sip:192.0.2.1".to_owned(), String::new()));
    }

    #[test]
    fn who_cannot_be_reached_is_passed_over() {
        let why = |binding: Binding| flow(&binding).unwrap_err();
        assert_eq!(why(Binding { expires_at: NOW, ..binding() }), PassedOver::Expired);
        assert_eq!(why(Binding { takes_message: false, ..binding() }), PassedOver::NoMessage);
        let elsewhere = Binding { socket: Vec::new(), is_ours: false, ..binding() };
        assert_eq!(why(elsewhere.clone()), PassedOver::Elsewhere);
        assert!(flow(&Binding { path: b"<sip:p1;lr>".to_vec(), ..elsewhere }).is_ok());
        assert!(flow(&Binding { expires_at: 0, ..binding() }).is_ok());
    }

    #[test]
    fn a_closed_connection_is_the_end_where_no_new_one_can_be_opened() {
        let closed = Binding { connection: Connection::Closed, ..binding() };
        assert!(flow(&closed).is_ok());
        let nat = Binding { received: b"sip:192.0.2.1:4711;transport=tcp".to_vec(), ..closed.clone() };
        assert_eq!(flow(&nat).unwrap_err(), PassedOver::Disconnected);
        let browser = Binding { uri: b"sip:x@df7jal23ls0d.invalid;transport=WS".to_vec(), ..closed };
        assert_eq!(flow(&browser).unwrap_err(), PassedOver::Disconnected);
    }

    #[test]
    fn the_alias_of_a_contact_is_where_it_is_reached() {
        let uri = b"sip:bob@x.invalid;transport=ws;alias=10.0.0.9~40123~5;ob".to_vec();
        let browser = Binding { uri, ..binding() };
        let reached = flow(&browser).unwrap();
        assert_eq!(reached.request_uri, b"sip:bob@x.invalid;transport=ws;ob");
        assert_eq!(reached.next_hop.as_deref(), Some(&b"sip:10.0.0.9:40123;transport=ws"[..]));
        let closed = Binding { connection: Connection::Closed, ..browser };
        assert_eq!(flow(&closed).unwrap_err(), PassedOver::Disconnected);
        let odd = Binding { uri: b"sip:bob@x;alias=10.0.0.9~x~5".to_vec(), ..binding() };
        assert_eq!(
            flow(&odd).unwrap(),
            Flow { request_uri: odd.uri.clone(), socket: SOCKET.to_vec(), ..Flow::default() }
        );
    }

    #[test]
    fn an_address_with_gr_means_one_instance() {
        let phone = Binding { instance: b"<urn:uuid:F81D>".to_vec(), ..binding() };
        assert!(phone.is_meant_by(b"sip:bob@example.org"));
        assert!(phone.is_meant_by(b"sip:bob@example.org;gr=urn:uuid:f81d"));
        assert!(!phone.is_meant_by(b"sip:bob@example.org;gr=urn:uuid:0000"));
        assert!(!binding().is_meant_by(b"sip:bob@example.org;gr=urn:uuid:0000"));
        assert!(phone.is_meant_by(b"sip:b;gr=x@example.org"));
    }
}
