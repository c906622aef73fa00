//! Which headers of a request wait with its message, and why the others do not.
//!
//! The delivered message is a new request, sent later and by the server: what said something about the old
//! request, its way, or the phone that sent it is not true of the new one. What a sender says about the message
//! itself is. The names are those of the server's own table (`core/parser/parse_hname2.c`, the same from
//! Kamailio 5.6 to 6.1) and those of IANA's registry of SIP headers that a MESSAGE may meet.

/// What becomes of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the message's: kept, and delivered byte for byte.
    Kept,
    /// The transaction module writes its own; a second one would change what the request means, or where it goes.
    Transaction,
    /// It has a column of the table, and what is sent is made out of that.
    Row,
    /// A login at this server, which is no business of the receiver's.
    Login,
    /// About the phone that sent it, or what that phone wants of the answer to the old request.
    Phone,
    /// About the way of the old request, from one server to the next.
    Hop,
    /// Belongs to answers, or to requests of another kind, or to one exchange that is over.
    Exchange,
    /// A signature over the Date, CSeq, Call-ID ... of the old request: whoever checked it would refuse the new one.
    Signature,
    /// The operator's own notes: where the phone is, who pays, who listens, how to route. Not for phones, and the
    /// delivered request has its own.
    Network,
}

/// Name, compact form (empty without one) and fate. A header that is not here is [`Fate::Kept`], as C keeps what the
/// server has no name for, unless its name begins with `Proxy-`.
pub const HEADERS: [(&str, &str, Fate); 105] = [
    // The server knows these; all but the identities and Privacy are lost in the C module.
    ("Accept-Contact", "a", Fate::Kept),
    ("Call-Info", "", Fate::Kept),
    ("Content-Disposition", "", Fate::Kept),
    ("Content-Encoding", "e", Fate::Kept),
    ("Diversion", "", Fate::Kept),
    ("Organization", "", Fate::Kept),
    ("P-Asserted-Identity", "", Fate::Kept),
    ("P-Preferred-Identity", "", Fate::Kept),
    ("Priority", "", Fate::Kept),
    ("Privacy", "", Fate::Kept),
    ("Reason", "", Fate::Kept),
    ("Referred-By", "b", Fate::Kept),
    ("Reject-Contact", "j", Fate::Kept),
    ("Remote-Party-ID", "", Fate::Kept),
    ("Request-Disposition", "d", Fate::Kept),
    ("Subject", "s", Fate::Kept),
    // The server does not know these.
    ("Accept-Encoding", "", Fate::Kept),
    ("Additional-Identity", "", Fate::Kept),
    ("Alert-Info", "", Fate::Kept),
    ("Content-Description", "", Fate::Kept),
    ("Content-ID", "", Fate::Kept),
    ("Content-Language", "", Fate::Kept),
    ("Content-MD5", "", Fate::Kept),
    ("Content-Transfer-Encoding", "", Fate::Kept),
    ("Contribution-ID", "", Fate::Kept),
    ("Conversation-ID", "", Fate::Kept),
    ("Geolocation", "", Fate::Kept),
    ("Geolocation-Routing", "", Fate::Kept),
    ("History-Info", "", Fate::Kept),
    ("In-Reply-To", "", Fate::Kept),
    ("MIME-Version", "", Fate::Kept),
    ("Origination-Id", "", Fate::Kept),
    ("P-Asserted-Service", "", Fate::Kept),
    ("P-Called-Party-ID", "", Fate::Kept),
    ("P-Preferred-Service", "", Fate::Kept),
    ("Reply-To", "", Fate::Kept),
    ("Resource-Priority", "", Fate::Kept),
    ("Session-ID", "", Fate::Kept),
    ("Target-Dialog", "", Fate::Kept),
    ("User-to-User", "", Fate::Kept),
    ("Call-ID", "i", Fate::Transaction),
    ("Content-Length", "l", Fate::Transaction),
    ("CSeq", "", Fate::Transaction),
    ("From", "f", Fate::Transaction),
    ("Max-Forwards", "", Fate::Transaction),
    ("Record-Route", "", Fate::Transaction),
    ("Route", "", Fate::Transaction),
    ("To", "t", Fate::Transaction),
    ("Via", "v", Fate::Transaction),
    ("Content-Type", "c", Fate::Row),
    ("Date", "", Fate::Row),
    ("Expires", "", Fate::Row),
    ("Authentication-Info", "", Fate::Login),
    ("Authorization", "", Fate::Login),
    ("Proxy-Authenticate", "", Fate::Login),
    ("Proxy-Authentication-Info", "", Fate::Login),
    ("Proxy-Authorization", "", Fate::Login),
    ("WWW-Authenticate", "", Fate::Login),
    ("Accept", "", Fate::Phone),
    ("Accept-Language", "", Fate::Phone),
    ("Allow", "", Fate::Phone),
    ("Allow-Events", "u", Fate::Phone),
    ("Contact", "m", Fate::Phone),
    ("Require", "", Fate::Phone),
    ("Supported", "k", Fate::Phone),
    ("User-Agent", "", Fate::Phone),
    ("Feature-Caps", "", Fate::Hop),
    ("Flow-Timer", "", Fate::Hop),
    ("Max-Breadth", "", Fate::Hop),
    ("Path", "", Fate::Hop),
    ("Proxy-Require", "", Fate::Hop),
    ("Security-Client", "", Fate::Hop),
    ("Security-Server", "", Fate::Hop),
    ("Security-Verify", "", Fate::Hop),
    ("Service-Route", "", Fate::Hop),
    ("Event", "o", Fate::Exchange),
    ("Min-Expires", "", Fate::Exchange),
    ("Min-SE", "", Fate::Exchange),
    ("RAck", "", Fate::Exchange),
    ("Refer-To", "r", Fate::Exchange),
    ("Retry-After", "", Fate::Exchange),
    ("RSeq", "", Fate::Exchange),
    ("Server", "", Fate::Exchange),
    ("Session-Expires", "x", Fate::Exchange),
    ("SIP-If-Match", "", Fate::Exchange),
    ("Subscription-State", "", Fate::Exchange),
    ("Timestamp", "", Fate::Exchange),
    ("Unsupported", "", Fate::Exchange),
    ("Identity", "y", Fate::Signature),
    ("Identity-Info", "n", Fate::Signature),
    ("Cellular-Network-Info", "", Fate::Network),
    ("P-Access-Network-Info", "", Fate::Network),
    ("P-Charge-Info", "", Fate::Network),
    ("P-Charging-Function-Addresses", "", Fate::Network),
    ("P-Charging-Vector", "", Fate::Network),
    ("P-DCS-Billing-Info", "", Fate::Network),
    ("P-DCS-LAES", "", Fate::Network),
    ("P-DCS-OSPS", "", Fate::Network),
    ("P-DCS-Redirect", "", Fate::Network),
    ("P-DCS-Trace-Party-ID", "", Fate::Network),
    ("P-Profile-Key", "", Fate::Network),
    ("P-Served-User", "", Fate::Network),
    ("P-User-Database", "", Fate::Network),
    ("P-Visited-Network-ID", "", Fate::Network),
    ("Relayed-Charge", "", Fate::Network),
];

/// What becomes of a header of that name, whatever its case, in its full or its compact form.
pub fn fate(name: &[u8]) -> Fate {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let listed = HEADERS.iter().find(|(full, compact, _)| is(full) || is(compact));
    match listed {
        Some((_, _, fate)) => *fate,
        None if name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"Proxy-")) => Fate::Hop,
        None => Fate::Kept,
    }
}
