//! The statement of many rows: it is written, and what became of each of them is found out and told.

use super::{back, Line, Writer, LOOK, NO_ANSWER};
use crate::host::process::stop;
use crate::host::stats;
use crate::module::with_table;
use crate::silo::delivery::server::Counter;
use crate::silo::message::model::{NewMessage, RowId};
use crate::silo::table::batch::{Batches, Doubt, NotWritten};
use crate::silo::table::store::StoreError;
use crate::{lm_err, lm_info, lm_warn};

/// A row that was written when its sender had been told otherwise.
pub(super) struct Late {
    id: RowId,
    fingerprint: u64,
}

impl<'m> Writer<'m> {
    /// Writes the statement that has been made.
    pub(super) fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        self.size = 0;
        if lines.is_empty() {
            return;
        }
        self.storing.letters.note_silence(self.index, true);
        match self.insert(&lines) {
            Ok(ids) => self.all_stored(lines, &ids),
            Err(NotWritten::Unknown(error, doubt)) => self.find_out(lines, &error, &doubt),
            Err(NotWritten::None(error)) => {
                if !self.answers() {
                    return self.again.extend(lines.into_iter().map(back));
                }
                if lines.len() == 1 {
                    return lines.into_iter().for_each(|line| self.refuse(line, &error.to_string()));
                }
                self.one_by_one(lines);
            }
        }
    }

    /// One of them cannot be written: which one, and what is wrong with it?
    fn one_by_one(&mut self, lines: Vec<Line<'m>>) {
        for line in lines {
            if !self.again.is_empty() {
                self.again.push_back(back(line));
                continue;
            }
            if !line.letter.is_wanted() {
                self.module.retransmissions.settle(line.fingerprint, false);
                continue;
            }
            self.lines = vec![line];
            self.flush();
        }
    }

    fn insert(&mut self, lines: &[Line<'m>]) -> Result<Vec<RowId>, NotWritten> {
        let messages: Vec<&NewMessage> = lines.iter().map(|line| &line.message).collect();
        let end = lines.iter().map(|line| line.letter.answer_by()).min();
        let batches = &mut self.batches;
        let written = with_table(|table| {
            table.wait_until(end);
            let written = batches.insert(table, &messages, &mut || lines.iter().all(|line| line.letter.is_wanted()));
            table.wait_until(None);
            written
        });
        let gone = || StoreError { action: "store messages".to_owned(), reason: NO_ANSWER.to_owned() };
        written.unwrap_or_else(|| Err(NotWritten::None(gone())))
    }

    fn all_stored(&mut self, lines: Vec<Line<'m>>, ids: &[RowId]) {
        self.storing.letters.note_silence(self.index, false);
        let mut ids = ids.iter();
        let late: Vec<_> = lines.into_iter().filter_map(|line| self.stored(line, ids.next().copied())).collect();
        if !late.is_empty() {
            self.take_out(&late);
        }
    }

    /// Says that a message is stored; where its sender was told otherwise meanwhile, its row is to be taken out again.
    pub(super) fn stored(&mut self, line: Line<'m>, id: Option<RowId>) -> Option<Late> {
        let Line { letter, message, fingerprint, place } = line;
        if let Some(place) = place {
            place.keep();
        }
        match (self.storing.letters.stored(letter), id) {
            (true, _) => stats::count(Counter::StoredMessages),
            (false, Some(id)) => return Some(Late { id, fingerprint }),
            (false, None) => lm_warn!(
                "a message for {} is stored although its sender was told otherwise: the database was late",
                message.owner
            ),
        }
        self.module.retransmissions.settle(fingerprint, true);
        None
    }

    /// Takes rows out again. What a retransmission is told is decided only then: before, it would be told that its message is
    /// stored, when the row is about to be deleted; and where the row stays, it must not be stored twice.
    fn take_out(&mut self, late: &[Late]) {
        let ids: Vec<RowId> = late.iter().map(|late| late.id).collect();
        let gone = self.delete(&ids);
        for Late { id, fingerprint } in late {
            self.module.retransmissions.settle(*fingerprint, !gone.contains(id));
        }
    }

    /// Deletes rows whose senders were told that they are not stored. Gives those that are gone.
    fn delete(&mut self, ids: &[RowId]) -> Vec<RowId> {
        let gone = loop {
            match with_table(|table| Batches::take_out(table, ids)) {
                Some(Err(_)) if !stop::is_on() => std::thread::sleep(LOOK),
                Some(Err(error)) => {
                    lm_err!("{error}: rows {ids:?} stay, although their senders were told that they are not stored");
                    return Vec::new();
                }
                gone => break gone.and_then(Result::ok).unwrap_or_default(),
            }
        };
        if !gone.is_empty() {
            lm_info!("{} messages were stored too late, and are deleted again: their senders were told so", gone.len());
        }
        let stay: Vec<_> = ids.iter().filter(|id| !gone.contains(id)).collect();
        if !stay.is_empty() {
            lm_warn!(
                "rows {stay:?} were stored too late, and other servers deliver them: their senders were told otherwise"
            );
        }
        gone
    }

    /// The answer to a statement is lost. Nothing else is written before it is known what became of it.
    fn find_out(&mut self, lines: Vec<Line<'m>>, error: &StoreError, doubt: &Doubt) {
        lm_warn!("{error}; it is not known whether they are stored, and will be found out");
        loop {
            match with_table(|table| Batches::find_out(table, doubt)) {
                Some(Ok(Some(true))) => return self.all_stored(lines, &doubt.ids),
                Some(Ok(Some(false))) => {
                    self.storing.letters.note_silence(self.index, false);
                    return lines.into_iter().for_each(|line| self.refuse(line, &error.to_string()));
                }
                _ if stop::is_on() && lines.iter().all(|line| !line.letter.is_wanted()) => {
                    lm_err!("{error}: rows {:?} may be stored although their senders were told otherwise", doubt.ids);
                    return;
                }
                _ => std::thread::sleep(LOOK),
            }
        }
    }
}
