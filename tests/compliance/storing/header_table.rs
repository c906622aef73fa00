//! The module's own list of headers, each of them sent through a real server.

#[path = "../../../src/silo/message/headers/kept.rs"]
mod kept;

use kept::{fate, Fate, HEADERS};

use crate::differences::differs;
use crate::harness::{Server, SipMessage};

/// The names in the table of the server's parser: `core/parser/parse_hname2.c`, the same from Kamailio 5.6 to 6.1.
const SERVER: &str = "\
    a Accept Accept-Contact Accept-Language Allow Allow-Events Authorization b c Call-Id Call-Info Contact \
    Content-Disposition Content-Encoding Content-Length Content-Type CSeq d Date Diversion e Event Expires f \
    From i Identity Identity-Info j k l m Max-Forwards Min-Expires Min-SE o Organization Path Priority Privacy \
    Proxy-Authenticate Proxy-Authorization Proxy-Require P-Preferred-Identity P-Asserted-Identity r Reason \
    Record-Route Refer-To Referred-By Reject-Contact Remote-Party-ID Request-Disposition Require Retry-After \
    Route s Server Session-Expires SIP-If-Match Subject Subscription-State Supported t To u Unsupported \
    User-Agent v Via x y WWW-Authenticate";

/// What C keeps of those its server has a name for. It keeps all that the server has none for.
const KEPT_BY_C: [&str; 3] = ["P-Asserted-Identity", "P-Preferred-Identity", "Privacy"];

/// What the walk puts into each header: no server of this suite writes that by itself.
const VALUE: &str = "<sip:walk@example.test>";

/// The value of that header: the server reads some as it comes to them.
fn value(name: &str) -> &'static str {
    match name {
        "Min-Expires" | "Retry-After" | "Timestamp" => "4711",
        _ => VALUE,
    }
}

/// The stored headers of C are limited to 1 KB a message.
const HEADERS_A_MESSAGE: usize = 12;

fn server_knows(name: &str) -> bool {
    SERVER.split_whitespace().any(|known| known.eq_ignore_ascii_case(name))
}

fn kept_by_c(name: &str) -> bool {
    !server_knows(name) || KEPT_BY_C.contains(&name)
}

fn kept_by_ours(name: &str) -> bool {
    fate(name.as_bytes()) == Fate::Kept
}

/// All names of the list, compact ones too, but those that stand in every request; some from outside of it; and Expires,
/// which says how long the message waits.
fn walked() -> impl Iterator<Item = &'static str> {
    let every = ["Call-ID", "Content-Length", "Content-Type", "CSeq", "Expires", "From", "Max-Forwards", "To", "Via"];
    let listed = HEADERS.into_iter().filter(move |(name, ..)| !every.contains(name));
    let names = listed.flat_map(|(name, compact, _)| [name, compact]).filter(|name| !name.is_empty());
    names.chain(["X-Mood", "Error-Info", "P-Associated-URI", "Proxy-Something"])
}

/// Sends these in messages of alice to bob, and gives those that bob does not get byte for byte, and those that he does.
#[track_caller]
fn lost_and_kept(names: impl Iterator<Item = &'static str>) -> (Vec<&'static str>, Vec<&'static str>) {
    let names: Vec<&str> = names.collect();
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    for names in names.chunks(HEADERS_A_MESSAGE) {
        let message =
            names.iter().fold(alice.message("bob"), |draft, name| draft.header(&format!("{name}: {}", value(name))));
        message.text("hello").send().expect_code(202);
    }
    bob.register();
    let messages = bob.receive_all(names.len().div_ceil(HEADERS_A_MESSAGE));
    server.table().wait_until_empty();
    let arrived = |name: &str| {
        let line = format!("\r\n{name}: {}\r\n", value(name)).into_bytes();
        messages.iter().any(|message: &SipMessage| message.raw().windows(line.len()).any(|part| part == line))
    };
    names.into_iter().partition(|name| !arrived(name))
}

const NONE: [&str; 0] = [];

#[test]
fn each_name_of_the_servers_table_is_decided() {
    let listed = |name: &&str| {
        HEADERS.iter().any(|(full, compact, _)| full.eq_ignore_ascii_case(name) || compact.eq_ignore_ascii_case(name))
    };
    assert_eq!(SERVER.split_whitespace().filter(|name| !listed(name)).collect::<Vec<_>>(), NONE);
    let all = HEADERS.iter().flat_map(|(full, compact, _)| [full, compact]).filter(|name| !name.is_empty());
    let mut names: Vec<String> = all.map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    let doubled: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].as_str()).collect();
    assert_eq!(doubled, NONE);
}

#[test]
fn a_header_of_the_message_that_the_server_does_not_know_is_kept_and_so_are_the_identities() {
    let (lost, _) = lost_and_kept(walked().filter(|name| kept_by_c(name) && kept_by_ours(name)));
    assert_eq!(lost, NONE, "these did not arrive");
}

#[test]
fn a_header_of_the_old_request_that_the_server_knows_is_not_kept() {
    let (_, kept) = lost_and_kept(walked().filter(|name| !kept_by_c(name) && !kept_by_ours(name)));
    assert_eq!(kept, NONE, "these arrived");
}

/// C drops what its server has a name for.
#[test]
fn a_header_of_the_message_that_the_server_knows_is_kept() {
    differs(|| {
        let (lost, _) = lost_and_kept(walked().filter(|name| !kept_by_c(name) && kept_by_ours(name)));
        assert_eq!(lost, NONE, "these did not arrive");
    });
}

/// C stores what its server has no name for, whatever it is.
#[test]
fn a_header_of_the_old_request_that_the_server_does_not_know_is_not_kept() {
    differs(|| {
        let (_, kept) = lost_and_kept(walked().filter(|name| kept_by_c(name) && !kept_by_ours(name)));
        assert_eq!(kept, NONE, "these arrived");
    });
}

/// RFC 3841, section 9: the three of them say what its sender wants done with the request. C keeps none.
#[test]
fn the_callers_preferences_are_kept_together() {
    differs(|| {
        let lines = [
            "Accept-Contact: *;+g.3gpp.smsip;require;explicit",
            "Reject-Contact: *;automata",
            "Request-Disposition: no-fork",
            "Referred-By: <sip:carol@example.test>",
            "Remote-Party-ID: \"Alice\" <sip:alice@example.test>;party=calling;privacy=off",
        ];
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let message = lines.iter().fold(alice.message("bob"), |message, line| message.header(line));
        message.text("hello").send().expect_code(202);
        bob.register();
        assert_eq!(bob.receive().added().split_off(2), lines);
        server.table().wait_until_empty();
    });
}
