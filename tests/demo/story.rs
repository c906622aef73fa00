//! How the demo tells its story: numbered steps, what is said in each, a check mark when it happened.

use std::env;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, PoisonError};

/// The step that is being played: its number and title.
static CURRENT: Mutex<(usize, &str)> = Mutex::new((0, ""));

/// Prints the story to standard output, with colour only on a terminal.
pub struct Story {
    colour: bool,
}

impl Story {
    /// Begins the story: from now on whatever fails is reported as the failure of the step that is being played.
    pub fn begin(title: &str) -> Story {
        panic::set_hook(Box::new(|failure| {
            let (number, title) = *CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("\n✗ Step {number} did not happen: {title}\n  {}", reason(failure));
            if let Some(place) = failure.location() {
                eprintln!("  (at {}:{})\n", place.file(), place.line());
            }
        }));
        let story = Story { colour: io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() };
        println!("\n{}", story.paint("1", title));
        story
    }

    /// The next step.
    pub fn step(&self, title: &'static str) {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        *current = (current.0 + 1, title);
        println!("\n{}", self.paint("1", &format!("{}. {title}", current.0)));
    }

    /// Something that can be seen: where or from whom to whom, and the lines that matter.
    pub fn show(&self, label: &str, lines: &[&str]) {
        for (number, line) in lines.iter().enumerate() {
            let label = self.paint("2", &format!("{:16}", if number == 0 { label } else { "" }));
            println!("   {label} {line}");
        }
    }

    /// The step happened.
    pub fn check(&self, result: &str) {
        println!("   {} {result}", self.paint("32", "✓"));
    }

    /// The end.
    pub fn end(&self, text: &str) {
        println!("\n{}", self.paint("1;32", text));
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.colour {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// The last line of a story that failed, after the long report of the harness.
pub fn mourn() {
    let (number, title) = *CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    eprintln!("\n✗ Step {number} did not happen: {title} (Why, the server's log and the SIP exchange: above.)");
}

/// Why something failed, as a panic says it.
fn reason<'a>(failure: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = failure.payload();
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("(no reason given)")
}
