//! Why a command was not done.

use std::fmt;

/// What the caller gets instead of an answer: a code with the meaning of HTTP's, and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 400: the arguments, 404: nothing there, 409: in the way, 500: the server.
    pub code: i32,
    /// What was wrong, with the value. One line.
    pub text: String,
}

impl Fault {
    /// An argument is missing or wrong.
    pub fn bad_argument(text: impl fmt::Display) -> Self {
        Self { code: 400, text: text.to_string() }
    }

    /// What was asked for is not there.
    pub fn not_there(text: impl fmt::Display) -> Self {
        Self { code: 404, text: text.to_string() }
    }

    /// Something is in the way that passes by itself.
    pub fn in_the_way(text: impl fmt::Display) -> Self {
        Self { code: 409, text: text.to_string() }
    }

    /// The server cannot do it.
    pub fn internal(text: impl fmt::Display) -> Self {
        Self { code: 500, text: text.to_string() }
    }

    /// The text as it can be sent: ctl has room for 255 bytes of it, and over HTTP it stands in the first line.
    pub fn line(&self) -> String {
        const LONGEST: usize = 250;
        let mut line: String = self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if line.len() > LONGEST {
            let end = (0..=LONGEST - 3).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
            line.truncate(end);
            line.push_str("...");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_that_fits() {
        assert_eq!(Fault::bad_argument("a\r\nb").line(), "a  b");
        let long = Fault::internal("é".repeat(300)).line();
        assert!(long.len() <= 250 && long.ends_with("é..."), "{long}");
    }
}
