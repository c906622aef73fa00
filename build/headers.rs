//! The headers of the very version that is installed: fetched before, or in the tree KAMAILIO_SRC names.

use super::server::Server;
use super::{environment, setting, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The file of Kamailio's sources that carries their version. It also shows that a directory is their `src`.
const VERSION_FILE: &str = "Makefile.defs";

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
                "KAMAILIO_SRC={} is no source tree of Kamailio (it has no src/{VERSION_FILE})\n  \
                 it must be the tree of the version that is installed: {number}",
                tree.display()
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

fn read(tree: &Path) -> Option<Headers> {
    let include = tree.join("src");
    let file = include.join(VERSION_FILE);
    println!("cargo:rerun-if-changed={}", file.display());
    let version = version(&fs::read_to_string(file).ok()?)?;
    Some(Headers { include, version })
}

/// The version is four assignments of the makefile: `VERSION = 5`, `PATCHLEVEL = 6` and so on.
fn version(makefile: &str) -> Option<String> {
    let value = |name: &str| {
        makefile.lines().find_map(|line| {
            let (left, right) = line.split_once('=')?;
            (left.trim_end() == name).then(|| right.trim().to_owned())
        })
    };
    let (major, minor, patch) = (value("VERSION")?, value("PATCHLEVEL")?, value("SUBLEVEL")?);
    let extra = value("EXTRAVERSION").unwrap_or_default();
    Some(format!("{major}.{minor}.{patch}{extra}"))
}
