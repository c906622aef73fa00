//! The Path of a registration (RFC 3327): the proxies between this server and the phone, in the order to pass them.

/// The first URI of a Path, and what comes after it; `None` when there is none.
///
/// Each value is a URI in angle brackets, maybe with parameters behind them, or a bare URI (`core/parser` takes both).
pub fn first_hop(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let path = path.trim_ascii();
    let open = path.iter().position(|&b| b == b'<');
    let comma = path.iter().position(|&b| b == b',');
    let (uri, after) = match open {
        Some(open) if comma.is_none_or(|comma| open < comma) => {
            let inside = path.get(open + 1..)?;
            let close = inside.iter().position(|&b| b == b'>')?;
            (inside.get(..close)?, inside.get(close + 1..)?)
        }
        _ => path.split_at_checked(comma.unwrap_or(path.len()))?,
    };
    let rest = after.iter().position(|&b| b == b',').and_then(|comma| after.get(comma + 1..)).unwrap_or_default();
    Some((uri.trim_ascii(), rest.trim_ascii())).filter(|(uri, _)| !uri.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(mut path: &[u8]) -> Vec<&str> {
        let mut hops = Vec::new();
        while let Some((hop, rest)) = first_hop(path) {
            hops.push(std::str::from_utf8(hop).unwrap());
            path = rest;
        }
        hops
    }

    #[test]
    fn the_hops_come_in_their_order() {
        let path =
            b"<sip:a@p1.example.org;lr>,<sip:p2.example.org:5070;lr;received=\"sip:1.2.3.4,5\">;x=y , <sip:p3;lr>";
        let wanted = ["sip:a@p1.example.org;lr", "sip:p2.example.org:5070;lr;received=\"sip:1.2.3.4,5\"", "sip:p3;lr"];
        assert_eq!(hops(path), wanted);
        assert_eq!(hops(b"sip:p1;lr, sip:p2;lr"), ["sip:p1;lr", "sip:p2;lr"]);
    }

    #[test]
    fn what_is_no_path_has_no_hops() {
        assert_eq!(hops(b""), Vec::<&str>::new());
        assert_eq!(hops(b"<sip:p1"), Vec::<&str>::new());
        assert_eq!(hops(b" , "), Vec::<&str>::new());
    }
}
