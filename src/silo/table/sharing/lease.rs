//! The lease on a row, where several servers share the table.
//!
//! It stands in the column `status`, which C has never read or written: `(now' + 768) / 256 * 256 + server_id`, where
//! now' is the time by the clock of the database. So it sorts by time, and says who has the row. A row is free when its
//! status is less than now'; what was taken is sure for 513 ticks of that clock at least, and over after 1023.

use crate::silo::config::sharing::Sharing;
use crate::silo::table::dialect::Dialect;
use crate::silo::time::UnixTime;

/// 2020-01-01: from here a lease fits 31 bits until 2088.
pub(in crate::silo::table) const EPOCH: UnixTime = 1_577_836_800;
/// Where the clock is faster than that, in tests, it begins anew after so many seconds, to fit 31 bits.
const ROUND: UnixTime = 1 << 23;
/// Statuses in a stretch, one for each server.
pub(in crate::silo::table) const SERVERS: UnixTime = 256;

impl Dialect {
    /// Whether rows can be claimed there: it takes SQL, has a clock, and says how many rows a statement has changed.
    pub fn can_claim(self) -> bool {
        self.speaks_sql()
    }

    /// The time by the database's clock, as leases have it.
    pub(super) fn lease_clock(self, sharing: Sharing) -> String {
        let seconds = match self {
            Self::Mysql => "UNIX_TIMESTAMP()",
            Self::Postgres => "CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)) AS BIGINT)",
            _ => "CAST(strftime('%s','now') AS INTEGER)",
        };
        match sharing.speed {
            0 | 1 => format!("({seconds} - {EPOCH})"),
            speed => format!("(({seconds} - {EPOCH}) % {ROUND} * {speed})"),
        }
    }

    /// Which server has the row: a number, 0 when it is free.
    pub(in crate::silo::table) fn holder(self, status: &str, sharing: Sharing) -> String {
        let (status, now) = (self.name(status), self.lease_clock(sharing));
        format!("CASE WHEN {status} >= {now} THEN {status} % {SERVERS} ELSE 0 END")
    }

    /// The condition that nobody has the row.
    fn is_free(self, status: &str, sharing: Sharing) -> String {
        format!("{} < {}", self.name(status), self.lease_clock(sharing))
    }

    /// The condition that this server was the last to take the row.
    pub(super) fn is_mine(self, status: &str, sharing: Sharing) -> String {
        format!("{} % {SERVERS} = {}", self.name(status), sharing.server)
    }

    /// The condition that no other server has the row.
    pub(super) fn is_free_or_mine(self, status: &str, sharing: Sharing) -> String {
        format!("({} OR {})", self.is_free(status, sharing), self.is_mine(status, sharing))
    }

    /// A lease of this server that begins now.
    pub(super) fn new_lease(self, sharing: Sharing) -> String {
        let (now, server) = (self.lease_clock(sharing), sharing.server);
        format!("{now} + 768 - ({now} + 768) % {SERVERS} + {server}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARING: Sharing = Sharing { server: 7, speed: 1 };

    /// The value of a lease as the SQL makes it.
    fn lease(now: i64, server: i64) -> i64 {
        now + 768 - (now + 768) % SERVERS + server
    }

    #[test]
    fn a_lease_lasts_as_long_as_it_should_and_says_whose_it_is() {
        for now in (218_000_000..218_001_000).chain([2_146_000_000]) {
            for server in [1, 7, 255] {
                let lease = lease(now, server);
                assert!((513..=1023).contains(&(lease - now)), "{lease} at {now}");
                assert_eq!(lease % SERVERS, server);
                assert!(i32::try_from(lease).is_ok());
            }
        }
    }

    #[test]
    fn the_clock_is_the_databases() {
        for dialect in [Dialect::Sqlite, Dialect::Mysql, Dialect::Postgres] {
            let sql = dialect.lease_clock(SHARING);
            assert!(sql.contains("1577836800") && !sql.contains('%') || dialect == Dialect::Sqlite, "{sql}");
            assert!(dialect.can_claim());
            assert!(dialect.lease_clock(Sharing { speed: 128, ..SHARING }).ends_with("% 8388608 * 128)"));
        }
        assert!(![Dialect::Text, Dialect::Odbc, Dialect::Plain].iter().any(|dialect| dialect.can_claim()));
    }

    #[test]
    fn the_fastest_clock_fits_31_bits() {
        assert!(i32::try_from(lease(ROUND * 128, 255)).is_ok());
    }
}
