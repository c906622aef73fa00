//! The column `status`: 0, or the claim of a server to a row, where several share the table.

use crate::silo::table::sharing::lease::{EPOCH, SERVERS};
use crate::silo::time::UnixTime;

/// The server that has claimed the row, if its claim holds at `now`.
pub fn holder(status: i64, now: UnixTime) -> Option<i64> {
    let server = status.checked_rem_euclid(SERVERS)?;
    (status > 0 && status >= now.saturating_sub(EPOCH)).then_some(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_names_its_server_until_it_ends() {
        let now = EPOCH + 200_000_000;
        let status = (200_000_000 + 768) / 256 * 256 + 7;
        assert_eq!(holder(status, now), Some(7));
        assert_eq!(holder(status, EPOCH + status), Some(7));
        assert_eq!(holder(status, EPOCH + status + 1), None);
        assert_eq!([0, 1, -1, i64::MIN].map(|status| holder(status, now)), [None; 4]);
    }
}
