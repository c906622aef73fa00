//! What a delivery process shows of itself, and what it says while it is paused.

use std::time::Duration;

use super::Deliveries;
use crate::host::clock::ServerClock;
use crate::lm_warn;
use crate::module::Module;
use crate::silo::delivery::control::board::Board;
use crate::silo::delivery::shard::Shard;
use crate::silo::time::Clock;

/// A pause is news so often.
const MINUTE: Duration = Duration::from_secs(60);
/// A table that is away is looked at so often.
const LOOK: Duration = Duration::from_secs(1);

/// What this process shows.
pub struct Show<'a> {
    module: &'a Module,
    board: Board<'a>,
    /// One of several processes speaks for all.
    is_first: bool,
    /// When the pause is news next.
    pause_due: Option<Duration>,
    store_due: Duration,
}

impl<'a> Show<'a> {
    /// The process has started.
    pub fn new(module: &'a Module, shard: Shard) -> Self {
        let board = module.watch.board(shard.index);
        board.started(std::process::id(), ServerClock.monotonic());
        Self { module, board, is_first: shard.index == 0, pause_due: None, store_due: Duration::ZERO }
    }

    /// A turn begins.
    pub fn begin_turn(&mut self) {
        let now = ServerClock.monotonic();
        self.board.turn(now);
        let Some(since) = self.module.watch.paused_since().filter(|_| self.is_first) else {
            self.pause_due = None;
            return;
        };
        if now >= *self.pause_due.get_or_insert(now + MINUTE) {
            self.pause_due = Some(now + MINUTE);
            let seconds = ServerClock.now().saturating_sub(since);
            lm_warn!("the delivery has been paused for {seconds} s: messages wait until msilo.resume");
        }
    }

    /// What there is to do.
    pub fn load(&self, delivery: &mut Deliveries) {
        self.board.show(delivery.load());
        if let Some(text) = delivery.take_error() {
            self.board.error(ServerClock.now(), &text);
        }
        if delivery.store_is_away() {
            self.module.watch.store_failed();
        }
    }

    /// Looks whether the table is there again, where somebody has found it away.
    pub fn look_at_store(&mut self, delivery: &mut Deliveries) {
        let now = ServerClock.monotonic();
        if self.is_first && self.module.watch.store_is_away() && now >= self.store_due {
            self.store_due = now + LOOK;
            if delivery.check_store() {
                self.module.watch.store_works();
            }
        }
    }
}
