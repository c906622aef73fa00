//! What the tests take from the machine they run on. The only place where the two modules under test are told apart.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Whose msilo.so is under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// The module of this repository.
    Ours,
    /// Kamailio's C module.
    Theirs,
}

/// Reads `MSILO_UNDER_TEST`.
pub fn under_test() -> Under {
    match env::var("MSILO_UNDER_TEST").as_deref() {
        Ok("theirs") => Under::Theirs,
        Ok("ours") | Err(env::VarError::NotPresent) => Under::Ours,
        other => panic!("MSILO_UNDER_TEST is {other:?}, not \"ours\" or \"theirs\""),
    }
}

/// Whether our module is tested with `deliver_to` = `contacts` as the default of all servers. Reads
/// `MSILO_TEST_DELIVER_TO`.
pub fn second_pass() -> bool {
    match env::var("MSILO_TEST_DELIVER_TO").as_deref() {
        Ok("contacts") => under_test() == Under::Ours,
        Ok("aor") | Err(env::VarError::NotPresent) => false,
        other => panic!("MSILO_TEST_DELIVER_TO is {other:?}, not \"aor\" or \"contacts\""),
    }
}

/// The file that `loadmodule "msilo.so"` has to take.
pub fn module_under_test() -> PathBuf {
    match under_test() {
        Under::Ours => our_modules().join("msilo.so"),
        Under::Theirs => system_modules().join("msilo.so"),
    }
}

/// The server's search path for modules, on which one of the two is found first.
pub fn module_path(module: Under) -> String {
    let system = system_modules();
    match module {
        Under::Ours => format!("{}/:{}/", our_modules().display(), system.display()),
        Under::Theirs => format!("{}/", system.display()),
    }
}

fn our_modules() -> PathBuf {
    let dir = env::var_os("MSILO_MODULE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/modules"), PathBuf::from);
    let module = dir.join("msilo.so");
    assert!(module.exists(), "{} does not exist: build it, or set MSILO_MODULE_DIR", module.display());
    dir
}

/// The directory of the server's own modules.
pub fn system_modules() -> PathBuf {
    let places = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"];
    let candidates = places.iter().flat_map(|lib| {
        let lib = Path::new(lib);
        let multiarch = lib.join(format!("{}-linux-gnu", env::consts::ARCH));
        [multiarch.join("kamailio/modules"), lib.join("kamailio/modules")]
    });
    directory("KAMAILIO_MODULES", "tm.so", candidates)
}

/// The directory of the SQLite create scripts.
pub fn create_scripts() -> PathBuf {
    let candidates = ["/usr/share/kamailio/db_sqlite", "/usr/local/share/kamailio/db_sqlite"].map(PathBuf::from);
    directory("KAMAILIO_SQL", "msilo-create.sql", candidates)
}

fn directory(variable: &str, must_hold: &str, candidates: impl IntoIterator<Item = PathBuf>) -> PathBuf {
    if let Some(set) = env::var_os(variable) {
        return PathBuf::from(set);
    }
    candidates
        .into_iter()
        .find(|dir| dir.join(must_hold).exists())
        .unwrap_or_else(|| panic!("no directory with {must_hold} found: set {variable}"))
}

/// The server's binary.
pub fn kamailio() -> PathBuf {
    env::var_os("KAMAILIO").map_or_else(|| PathBuf::from("kamailio"), PathBuf::from)
}

/// The server's control client.
pub fn kamcmd() -> PathBuf {
    env::var_os("KAMCMD").map_or_else(|| PathBuf::from("kamcmd"), PathBuf::from)
}

/// The server's version, such as `(5, 6)`.
pub fn kamailio_version() -> (u32, u32) {
    let (major, minor, _) = kamailio_release();
    (major, minor)
}

/// The server's release, such as `(5, 6, 3)`. One in development, `5.8.0-dev1`, counts as that release.
pub fn kamailio_release() -> (u32, u32, u32) {
    static RELEASE: OnceLock<(u32, u32, u32)> = OnceLock::new();
    *RELEASE.get_or_init(|| {
        let output = Command::new(kamailio()).arg("-v").output().expect("kamailio -v runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text.split_whitespace().nth(2).unwrap_or_default();
        let mut parts = number.split(['.', '-']).map_while(|part| part.parse().ok());
        match (parts.next(), parts.next(), parts.next()) {
            (Some(major), Some(minor), release) => (major, minor, release.unwrap_or(0)),
            _ => panic!("no version in what kamailio -v says: {text}"),
        }
    })
}
