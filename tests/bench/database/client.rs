//! The client program of a database server, which is asked line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running client.
pub struct Client {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Client {
    /// Starts it; it has to write what a statement gives, and nothing else, as soon as it has it.
    pub fn start(mut command: Command) -> Client {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let questions = process.stdin.take().expect("it has a standard input");
        let answers = BufReader::new(process.stdout.take().expect("it has a standard output"));
        Client { process, questions, answers }
    }

    /// The one line that statements give.
    pub fn ask(&mut self, sql: &str) -> String {
        writeln!(self.questions, "{sql};").and_then(|()| self.questions.flush()).expect("the client reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the client writes");
        assert!(!answer.is_empty(), "the database does not answer: {sql}");
        answer
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
