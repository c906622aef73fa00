//! The installed server: where its modules are, and the two strings it compares with every module's.

use super::{setting, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module that every Kamailio has and that msilo needs; the strings are read from it.
const REFERENCE_MODULE: &str = "tm.so";

/// The defaults of Kamailio's sources, for a server whose binary cannot be asked.
const ADAPTIVE_WAIT_LOOPS: u32 = 1024;

pub struct Server {
    /// The directory of the modules.
    pub modules: PathBuf,
    /// `module_version`, like `kamailio 5.6.3 (x86_64/linux)`.
    pub version: String,
    /// `module_flags`, like `USE_TCP, USE_TLS, ...`.
    pub flags: String,
}

impl Server {
    pub fn find() -> Result<Self> {
        let modules = modules_directory()?;
        let module = modules.join(REFERENCE_MODULE);
        println!("cargo:rerun-if-changed={}", module.display());
        let image = fs::read(&module).map_err(|error| {
            format!(
                "cannot read {}: {error}\n  KAMAILIO_MODULES must name the directory of the server's modules",
                module.display()
            )
        })?;
        Self::of(&modules, &image).ok_or_else(|| {
            format!("{} does not contain the version and compile flags of a Kamailio module", module.display())
        })
    }

    /// The server of a directory of modules, by what one of them carries.
    pub fn of(modules: &Path, image: &[u8]) -> Option<Self> {
        let (version, flags) = check_strings(image)?;
        Some(Self { modules: modules.to_owned(), version, flags })
    }

    /// The bare version number: `5.6.3`.
    pub fn number(&self) -> &str {
        self.version.split(' ').nth(1).unwrap_or_default()
    }

    /// Name, CPU and operating system, as the version string has them: `kamailio`, `x86_64`, `linux`.
    pub fn platform(&self) -> Option<(&str, &str, &str)> {
        let (name, rest) = self.version.split_once(' ')?;
        let (_, platform) = rest.strip_suffix(')')?.split_once(" (")?;
        let (cpu, os) = platform.split_once('/')?;
        Some((name, cpu, os))
    }

    /// The one setting that changes code in the headers and is not in the strings.
    pub fn adaptive_wait_loops(&self) -> u32 {
        self.ask_binary().unwrap_or(ADAPTIVE_WAIT_LOOPS)
    }

    /// Asks the binary that belongs to the modules directory, `<prefix>/sbin/kamailio`.
    fn ask_binary(&self) -> Option<u32> {
        let binary = self
            .modules
            .ancestors()
            .map(|prefix| prefix.join("sbin/kamailio"))
            .find(|candidate| candidate.is_file())?;
        println!("cargo:rerun-if-changed={}", binary.display());
        let output = Command::new(binary).arg("-V").output().ok()?;
        let text = String::from_utf8(output.stdout).ok().filter(|text| text.contains(&self.version))?;
        let (_, rest) = text.split_once("ADAPTIVE_WAIT_LOOPS ")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

/// `KAMAILIO_MODULES`, or the first directory of a usual installation that has modules.
fn modules_directory() -> Result<PathBuf> {
    if let Some(directory) = setting("KAMAILIO_MODULES") {
        return Ok(directory);
    }
    let mut candidates = multiarch_directories(Path::new("/usr/lib"));
    for directory in ["/usr/lib", "/usr/lib64", "/usr/local/lib64", "/usr/local/lib"] {
        candidates.push(Path::new(directory).join("kamailio/modules"));
    }
    candidates.into_iter().find(|directory| directory.join(REFERENCE_MODULE).is_file()).ok_or_else(|| {
        "no Kamailio server is installed\n  \
         install it (Debian: apt install kamailio), or run `make build`, which does,\n  \
         or set KAMAILIO_MODULES to the directory of its modules (the one with tm.so)"
            .to_owned()
    })
}

/// `<base>/<architecture>/kamailio/modules`, sorted so that every build looks in the same order.
fn multiarch_directories(base: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(base) else {
        return Vec::new();
    };
    let mut found: Vec<_> =
        entries.flatten().map(|entry| entry.path().join("kamailio/modules")).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The version and the flags: the two NUL-terminated strings a module carries for the server's check.
fn check_strings(image: &[u8]) -> Option<(String, String)> {
    let strings = || image.split(|&byte| byte == 0).filter_map(|bytes| std::str::from_utf8(bytes).ok());
    let version = strings().find(|text| is_version(text))?;
    let flags = strings().find(|text| is_flags(text))?;
    Some((version.to_owned(), flags.to_owned()))
}

fn is_version(text: &str) -> bool {
    text.strip_prefix("kamailio ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        && text.contains(" (")
        && text.ends_with(')')
}

/// In front of the first flag stands nothing, so that without TCP, and with EXTRA_DEBUG, they start with a comma. Before 5.3
/// stands there whether statistics are compiled in: no module is built for that, but it has to be known as a server.
fn is_flags(text: &str) -> bool {
    let text = ["STATS: On", "STATS: Off"].iter().find_map(|statistics| text.strip_prefix(statistics)).unwrap_or(text);
    let is_flag = |token: &str| {
        !token.is_empty() && token.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || b"_-".contains(&c))
    };
    let mut tokens = text.split(", ");
    let first = tokens.next();
    matches!(first, Some("USE_TCP" | "")) && tokens.clone().count() >= 2 && tokens.all(is_flag)
}
