//! The headers of the very version that is installed: fetched before, or in the tree KAMAILIO_SRC names.

use super::server::Server;
use super::{environment, setting, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Finds the version in a text.
type Reader = fn(&str) -> Option<String>;

/// What in a tree of Kamailio's sources says their version, and how it is read: the first that is there counts. From 6.0
/// on there are both; a tree may have been stripped of the makefiles.
const VERSION_FILES: [(&str, Reader); 2] =
    [("src/Makefile.defs", version_in_makefile), ("CMakeLists.txt", version_in_cmake)];

pub struct Headers {
    /// The directory to include from.
    pub include: PathBuf,
    /// The version the tree says it is, like `5.6.3` or `6.2.0-dev0`.
    pub version: String,
}

/// Whether they fit the server is not decided here: proof.rs does.
pub fn find(server: &Server) -> Result<Headers> {
    let number = server.number();
    if let Some(tree) = setting("KAMAILIO_SRC") {
        return read(&tree).ok_or_else(|| {
            format!(
                "KAMAILIO_SRC={} is no source tree of Kamailio (neither {} nor {} in it says a version)\n  \
                 it must be the tree of the version that is installed: {number}",
                tree.display(),
                VERSION_FILES[0].0,
                VERSION_FILES[1].0
            )
        });
    }
    let fetched = Path::new(&environment("CARGO_MANIFEST_DIR")?).join("kamailio-headers").join(number);
    read(&fetched).ok_or_else(|| {
        format!(
            "the headers of Kamailio {number} are missing\n  \
             run `make build` or kamailio-headers/fetch.sh, which fetch them,\n  \
             or set KAMAILIO_SRC to a source tree of Kamailio {number}"
        )
    })
}

/// What `tree` is, if it is a tree of sources.
pub fn read(tree: &Path) -> Option<Headers> {
    let version = VERSION_FILES.iter().find_map(|(name, version)| {
        let file = tree.join(name);
        println!("cargo:rerun-if-changed={}", file.display());
        version(&fs::read_to_string(file).ok()?)
    })?;
    let include = tree.join("src");
    include.is_dir().then_some(Headers { include, version })
}

/// Four assignments: `VERSION = 5`, `PATCHLEVEL = 6` and so on.
fn version_in_makefile(text: &str) -> Option<String> {
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let (left, right) = line.split_once('=')?;
            (left.trim_end() == name).then(|| right.trim().to_owned())
        })
    };
    let (major, minor, patch) = (value("VERSION")?, value("PATCHLEVEL")?, value("SUBLEVEL")?);
    let extra = value("EXTRAVERSION").unwrap_or_default();
    Some(format!("{major}.{minor}.{patch}{extra}"))
}

/// `project(kamailio VERSION 6.2.0 ...)`, over several lines, and `set(EXTRAVERSION "-dev1")`.
fn version_in_cmake(text: &str) -> Option<String> {
    let code: String = text.lines().map(|line| line.split('#').next().unwrap_or_default().to_owned() + "\n").collect();
    let arguments = |command: &str| code.split_once(command)?.1.split_once(')').map(|(arguments, _)| arguments);
    let mut words = arguments("project(")?.split_whitespace().skip_while(|word| *word != "VERSION");
    let number = words.nth(1)?;
    let extra = arguments("set(EXTRAVERSION").unwrap_or_default().trim().trim_matches('"');
    Some(format!("{number}{extra}"))
}
