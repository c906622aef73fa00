//! Charsets: whether ASCII may stand before a text.

/// Names of charsets in which the bytes of ASCII mean ASCII wherever a text begins, without `-`, `_`, `.` and `:`.
///
/// Not here, because ASCII is not a part of them: UTF-16, UTF-32, UCS, EBCDIC, GSM 03.38; because some characters of a
/// prefix would begin something: UTF-7, HZ; because their designator has to begin the first line: ISO-2022-KR.
const CONTAIN_ASCII: [&str; 46] = [
    "ansix341968",
    "ascii",
    "big5",
    "big5hkscs",
    "cp367",
    "cp437",
    "cp850",
    "cp852",
    "cp855",
    "cp858",
    "cp862",
    "cp866",
    "cp874",
    "cp932",
    "cp936",
    "cp949",
    "cp950",
    "euccn",
    "eucjp",
    "euckr",
    "euctw",
    "gb18030",
    "gb2312",
    "gbk",
    "ibm367",
    "ibm437",
    "ibm850",
    "ibm852",
    "ibm855",
    "ibm866",
    "iso2022jp",
    "iso646us",
    "koi8r",
    "koi8u",
    "ksc56011987",
    "latin1",
    "latin2",
    "latin9",
    "macintosh",
    "shiftjis",
    "sjis",
    "tis620",
    "unknown8bit",
    "usascii",
    "windows31j",
    "windows874",
];

/// What the names of whole families of them begin with: ISO 8859-1 to -16, Windows code pages 1250 to 1258.
const FAMILIES: [&str; 3] = ["iso8859", "windows125", "cp125"];

/// What a charset has to do with ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// It is UTF-8, which is also what a text without a charset is (RFC 3261 section 7.4.1).
    Utf8,
    /// It contains ASCII.
    ContainsAscii,
    /// It does not, or nobody knows.
    Other,
}

impl Charset {
    /// What the value of a parameter `charset` names; UTF-8 where it names nothing.
    pub fn read(name: &[u8]) -> Self {
        let bare = name.iter().filter(|byte| !b"\"'-_.: ".contains(byte)).map(u8::to_ascii_lowercase);
        let bare: Vec<u8> = bare.collect();
        let listed = CONTAIN_ASCII.iter().any(|known| known.as_bytes() == bare);
        match bare.as_slice() {
            b"" | b"utf8" => Self::Utf8,
            _ if listed || FAMILIES.iter().any(|family| bare.starts_with(family.as_bytes())) => Self::ContainsAscii,
            _ => Self::Other,
        }
    }

    /// The stranger of two: a type may name its charset twice.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Utf8, charset) | (charset, Self::Utf8) => charset,
            (Self::ContainsAscii, Self::ContainsAscii) => Self::ContainsAscii,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_known_however_they_are_written() {
        for name in ["", "utf-8", "\"UTF-8\"", "utf8"] {
            assert_eq!(Charset::read(name.as_bytes()), Charset::Utf8, "{name}");
        }
        for name in ["us-ascii", "ISO_8859-1:1987", "iso-8859-15", "windows-1252", "KOI8-R", "Shift_JIS", "iso-2022-jp"]
        {
            assert_eq!(Charset::read(name.as_bytes()), Charset::ContainsAscii, "{name}");
        }
    }

    #[test]
    fn what_has_no_ascii_in_it_or_is_unknown_is_something_else() {
        for name in [
            "utf-16",
            "UTF-16LE",
            "utf-32be",
            "ISO-10646-UCS-2",
            "utf-7",
            "iso-2022-kr",
            "ibm1047",
            "cp037",
            "ebcdic-de",
            "gsm0338",
            "made-up",
            "utf-8\0",
        ] {
            assert_eq!(Charset::read(name.as_bytes()), Charset::Other, "{name}");
        }
    }
}
