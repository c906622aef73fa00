//! Reading what callgrind writes: how many instructions were executed inside msilo.so, and in what it called.

use std::collections::HashMap;
use std::fs;
use std::ops::{AddAssign, Sub};
use std::path::Path;

/// Instructions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Instructions {
    /// In functions of msilo.so itself.
    pub own: f64,
    /// In the C library, when called from there: memory, copying, formatting, system calls.
    pub libc: f64,
    /// In everything else that was called from there: the server, its database driver, tm.
    pub server: f64,
}

impl AddAssign for Instructions {
    fn add_assign(&mut self, other: Instructions) {
        self.own += other.own;
        self.libc += other.libc;
        self.server += other.server;
    }
}

impl Sub for Instructions {
    type Output = Instructions;

    fn sub(self, other: Instructions) -> Instructions {
        Instructions { own: self.own - other.own, libc: self.libc - other.libc, server: self.server - other.server }
    }
}

impl Instructions {
    /// The share of each of `count`.
    pub fn each(self, count: usize) -> Instructions {
        let count = count as f64;
        Instructions { own: self.own / count, libc: self.libc / count, server: self.server / count }
    }
}

/// Adds up the profiles of all processes of a server, one file for each.
pub fn read_all(dir: &Path) -> Instructions {
    let mut sum = Instructions::default();
    for entry in fs::read_dir(dir).expect("the directory of the profiles can be read").filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with("callgrind.out.") {
            sum += read(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default()));
        }
    }
    sum
}

/// What a profile calls the objects: the first time with their name, then by a number.
#[derive(Default)]
struct Objects(HashMap<String, Object>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Object {
    Msilo,
    Libc,
    Other,
}

impl Objects {
    /// Reads `(3) /usr/lib/libc.so.6` or `(3)`.
    fn read(&mut self, text: &str) -> Object {
        let (number, name) = text.split_once(' ').unwrap_or((text, ""));
        if !name.is_empty() {
            let file = name.rsplit('/').next().unwrap_or_default();
            let object = match file {
                "msilo.so" => Object::Msilo,
                _ if file.starts_with("libc.so") || file.starts_with("libc-") || file.starts_with("vgpreload") => {
                    Object::Libc
                }
                _ => Object::Other,
            };
            self.0.insert(number.to_owned(), object);
        }
        self.0.get(number).copied().unwrap_or(Object::Other)
    }
}

fn read(profile: &str) -> Instructions {
    let (mut objects, mut sum) = (Objects::default(), Instructions::default());
    let (mut here, mut callee, mut is_call) = (Object::Other, None, false);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            here = objects.read(name);
        } else if let Some(name) = line.strip_prefix("cob=") {
            callee = Some(objects.read(name));
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split_whitespace().nth(1).and_then(|cost| cost.parse::<f64>().ok()).unwrap_or(0.0);
            // A callee without an object of its own is in the same one as its caller.
            let target = if is_call { callee.take().unwrap_or(here) } else { here };
            match (here, is_call, target) {
                (Object::Msilo, false, _) => sum.own += cost,
                (Object::Msilo, true, Object::Libc) => sum.libc += cost,
                (Object::Msilo, true, Object::Other) => sum.server += cost,
                _ => {}
            }
            is_call = false;
        }
    }
    sum
}
