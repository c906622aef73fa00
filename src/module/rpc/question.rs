//! Questions of commands to a delivery process, and the wait for the answer.

use std::thread;
use std::time::Duration;

use crate::host::clock::ServerClock;
use crate::module::Module;
use crate::silo::delivery::control::desk::Look;
use crate::silo::delivery::control::question::{Answer, Question};
use crate::silo::delivery::event::Event;
use crate::silo::operator::fault::Fault;
use crate::silo::time::Clock;

/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(1);

/// Asks the delivery process with this index, and waits for the answer `patience` at most, and once more as long where it
/// has begun. `None` when it has not begun, and so will not.
///
/// # Errors
/// When it cannot be asked, or has begun and not ended: then nobody knows what becomes of it.
pub fn ask(module: &Module, process: usize, question: Question, patience: Duration) -> Result<Option<Answer>, Fault> {
    let queue = module.queues.get(process).filter(|queue| !queue.is_orphaned());
    let queue = queue.ok_or_else(|| Fault::internal("the process \"MSILO delivery\" has ended; restart the server"))?;
    let desk = module.watch.desk();
    let place = desk.ask().ok_or_else(|| Fault::in_the_way("too many commands wait for the delivery process"))?;
    if module.watch.board(process).pid() == std::process::id() {
        // A script that runs in that very process: it would wait for itself.
        desk.leave(place);
        return Ok(None);
    }
    if let Err(error) = queue.post(&Event::Ask(place, question)) {
        desk.leave(place);
        return Err(Fault::internal(error));
    }
    let begin = ServerClock.monotonic();
    loop {
        let waited = ServerClock.monotonic().saturating_sub(begin);
        let longest = match desk.look(place) {
            Look::Answered(answer) => return Ok(Some(answer)),
            Look::Waiting => patience,
            Look::UnderWay => patience * 2,
        };
        if waited >= longest {
            return match desk.leave(place) {
                Look::Answered(answer) => Ok(Some(answer)),
                Look::Waiting => Ok(None),
                Look::UnderWay => Err(Fault::internal(
                    "the database has not answered the delivery process yet: look again later whether it was done",
                )),
            };
        }
        thread::sleep(LOOK);
    }
}
