//! SIP: requests that came in, URIs, requests that go out, the server's sockets, and who is registered.

mod contacts;
pub mod destination;
pub mod faked;
pub mod msg;
pub mod sockets;
pub mod suspend;
pub mod tm;
pub mod uri;
pub mod usrloc;
