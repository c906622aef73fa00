//! The arguments of commands. They come from outside, and may be anything.

use super::fault::Fault;
use crate::silo::message::model::RowId;
use crate::silo::text::Shown;
use crate::silo::time::UnixTime;

/// No command reads or removes more rows than this in one go.
pub const MOST: usize = 1_000;
/// As many rows are listed or removed where no limit is given.
pub const USUAL: usize = 100;
const DAY: UnixTime = 86_400;

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn in_range(name: &str, text: &[u8], least: i64, most: i64) -> Result<i64, Fault> {
    number(text).filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        Fault::bad_argument(format_args!("{name} \"{}\": must be a number from {least} to {most}", Shown(text)))
    })
}

/// How many rows at most.
///
/// # Errors
/// When it is no number from 1 to [`MOST`].
pub fn limit(text: Option<&[u8]>) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(USUAL) };
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    in_range("limit", text, 1, most).map(|limit| usize::try_from(limit).unwrap_or(USUAL))
}

/// The id of a row.
///
/// # Errors
/// When it is missing, or no number that a row could have.
pub fn id(text: Option<&[u8]>) -> Result<RowId, Fault> {
    let text = text.ok_or_else(|| Fault::bad_argument("the id of a message is missing"))?;
    in_range("id", text, 0, i64::MAX)
}

/// The id that a page begins after; the first page without.
///
/// # Errors
/// When it is no number that a row could have.
pub fn after(text: Option<&[u8]>) -> Result<RowId, Fault> {
    text.map_or(Ok(-1), |text| in_range("after_id", text, 0, i64::MAX))
}

/// How many messages at most; all without, or with 0.
///
/// # Errors
/// When it is no such number.
pub fn most(text: Option<&[u8]>) -> Result<Option<u64>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let most = in_range("max", text, 0, i32::MAX.into())?;
    Ok(u64::try_from(most).ok().filter(|&most| most > 0))
}

/// The time so many days before `now`.
///
/// # Errors
/// When it is missing, or no such number.
pub fn days_ago(text: Option<&[u8]>, now: UnixTime) -> Result<UnixTime, Fault> {
    let text = text.ok_or_else(|| Fault::bad_argument("days are missing: older 30"))?;
    Ok(now.saturating_sub(in_range("days", text, 1, 36_500)?.saturating_mul(DAY)))
}

/// The owner of an inbox as a URI: `user@host` is one without its scheme.
///
/// # Errors
/// When it is missing.
pub fn owner_uri(text: Option<&[u8]>) -> Result<Vec<u8>, Fault> {
    let text = text.map(<[u8]>::trim_ascii).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Fault::bad_argument("the owner is missing: sip:bob@example.com"))?;
    let scheme = text.split(|&b| b == b':').next().unwrap_or_default();
    let has_scheme = [&b"sip"[..], b"sips", b"tel", b"urn"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    Ok(if has_scheme && scheme.len() < text.len() { text.to_vec() } else { [b"sip:", text].concat() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded() {
        assert_eq!(limit(None), Ok(100));
        assert_eq!(limit(Some(b"1000")), Ok(1000));
        for text in [&b"0"[..], b"1001", b"-1", b"1 OR 1=1", b"", b"18446744073709551611", b"\xff"] {
            let fault = limit(Some(text)).unwrap_err();
            assert!(fault.code == 400 && fault.text.ends_with("must be a number from 1 to 1000"), "{fault:?}");
        }
    }

    #[test]
    fn an_id_is_a_number() {
        assert_eq!(id(Some(b"9223372036854775807")), Ok(i64::MAX));
        assert_eq!(id(Some(b"1; DROP TABLE silo")).unwrap_err().code, 400);
        assert_eq!(id(None).unwrap_err().text, "the id of a message is missing");
        assert_eq!((after(None), after(Some(b"0"))), (Ok(-1), Ok(0)));
    }

    #[test]
    fn days_are_counted_back() {
        assert_eq!(days_ago(Some(b"2"), 1_000_000), Ok(1_000_000 - 172_800));
        assert_eq!(days_ago(Some(b"0"), 1_000_000).unwrap_err().code, 400);
        assert_eq!(days_ago(None, 0).unwrap_err().code, 400);
    }

    #[test]
    fn zero_is_no_limit_for_a_dump() {
        assert_eq!((most(None), most(Some(b"0")), most(Some(b"7"))), (Ok(None), Ok(None), Ok(Some(7))));
    }

    #[test]
    fn an_owner_needs_no_scheme() {
        let uri = |text: &[u8]| owner_uri(Some(text)).map(|uri| String::from_utf8_lossy(&uri).into_owned());
        assert_eq!(uri(b"bob@example.com").unwrap(), "sip:bob@example.com");
        assert_eq!(uri(b" SIP:bob@example.com").unwrap(), "SIP:bob@example.com");
        // A user part may be called so.
        assert_eq!(uri(b"sip@example.com").unwrap(), "sip:sip@example.com");
        assert_eq!(uri(b" ").unwrap_err().code, 400);
    }
}
