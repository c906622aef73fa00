//! What a server has to know of itself where several share one table.

use std::time::Duration;

use super::params::{in_range, BadParam};

/// A lease lasts so many ticks at least: it ends with a stretch of 256 of them, and 768 are added to the time of day.
const LEAST: u32 = 513;
/// The database tells whole seconds, so a lease may be shorter by one.
const ROUNDED: Duration = Duration::from_secs(1);

/// This server among those that share the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Its number, 1 to 255: the core parameter `server_id`.
    pub server: u8,
    /// Ticks of the lease's clock in a second: 1, but in tests that cannot wait for the end of a lease. The same on all
    /// servers.
    pub speed: u32,
}

impl Sharing {
    /// What `shared_table` and the core's `server_id` say; `None` where the table is not shared.
    ///
    /// # Errors
    /// When the one needs another value of the other.
    pub fn new(shared_table: i32, server_id: i32) -> Result<Option<Self>, BadParam> {
        if in_range("shared_table", shared_table, 0, 1, "1 = other servers use this table, too")? == 0 {
            return Ok(None);
        }
        match u8::try_from(server_id).ok().filter(|&server| server > 0) {
            Some(server) => Ok(Some(Self { server, speed: 1 })),
            None => Err(BadParam {
                name: "shared_table",
                value: shared_table.to_string(),
                rule: format!(
                    "set the core parameter server_id to a number from 1 to 255 that no other server on this table has, \
                     like server_id={} (it is {server_id})",
                    1
                ),
            }),
        }
    }

    /// For so long after a claim nobody else can have the row.
    pub fn safe(self) -> Duration {
        (Duration::from_secs(LEAST.into()) / self.speed.max(1)).saturating_sub(ROUNDED)
    }

    /// After so long a claim is renewed.
    pub fn renew_after(self) -> Duration {
        self.safe() / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_server_fits_a_byte_and_is_not_zero() {
        assert_eq!(Sharing::new(0, 0), Ok(None));
        assert_eq!(Sharing::new(1, 255).unwrap().unwrap().server, 255);
        for server_id in [0, -1, 256, i32::MAX] {
            let error = Sharing::new(1, server_id).unwrap_err().to_string();
            assert!(error.contains("server_id") && error.contains(&server_id.to_string()), "{error}");
        }
        assert!(Sharing::new(2, 1).is_err());
    }

    #[test]
    fn a_claim_is_renewed_long_before_it_ends() {
        let sharing = Sharing { server: 1, speed: 1 };
        assert_eq!((sharing.safe().as_secs(), sharing.renew_after().as_secs()), (512, 256));
        let quick = Sharing { speed: 128, ..sharing };
        assert!(quick.renew_after() > Duration::from_secs(1) && quick.safe() < Duration::from_secs(4));
    }
}
