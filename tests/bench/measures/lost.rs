//! How many messages are lost when one worker has to send and relay a whole inbox.

use super::delivery::QUIET;
use super::DELIVERIES;
use crate::config::Config;
use crate::phone::Phone;
use crate::run::Run;
use crate::server::Server;

/// Messages that did not arrive at that REGISTER.
pub const LOST: &str = "lost with one worker (%)";
/// Datagrams that the server's own full socket refused.
pub const DROPPED: &str = "datagrams dropped by its own socket, one worker";

/// Delivers an inbox once with each module.
pub fn measure(run: &mut Run) {
    let size = run.plan.watched;
    for module in DELIVERIES {
        let source = &run.databases[0];
        let subject = (source.name(), size, module);
        run.tell(&format!("one worker, inbox of {size}, {module}"));
        source.fill("bob", 0..size);
        let server = Server::start(&Config { children: 1, ..Config::new(module) }, source);
        let phone = Phone::start(size);
        phone.register(server.address(), "bob");
        phone.wait(QUIET);
        let dropped = server.drops();
        server.stop();
        run.note(subject, LOST, 100.0 * (size - phone.distinct()) as f64 / size as f64);
        run.note(subject, DROPPED, dropped as f64);
    }
}
