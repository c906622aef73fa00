//! The proof that headers and defines belong to the installed server: what they expand to must be what
//! the server compares a module's strings with.

use super::flags::Define;
use super::server::Server;
use super::{shim, Result};
use std::path::Path;

const PROBE: &str = "\
#include \"core/ver_defs.h\"
msilo_proof_version SER_FULL_VERSION ;
msilo_proof_flags SER_COMPILE_FLAGS ;
";

pub fn prove(server: &Server, include: &Path, defines: &[Define], out: &Path) -> Result<()> {
    let probe = out.join("proof.c");
    std::fs::write(&probe, PROBE).map_err(|error| format!("cannot write {}: {error}", probe.display()))?;
    let expanded = shim::compiler(include, defines).file(&probe).try_expand().map_err(|error| {
        format!(
            "the C compiler does not work: {error}\n  \
             install one (Debian: apt install gcc libc6-dev), or run `make build`, which does"
        )
    })?;
    let expanded = String::from_utf8_lossy(&expanded);
    let version = literal_after(&expanded, "msilo_proof_version");
    let flags = literal_after(&expanded, "msilo_proof_flags");

    let mut difference = String::new();
    if version != server.version {
        difference += &format!("\n  version, server:  {}\n  version, headers: {version}", server.version);
    }
    if flags != server.flags {
        difference += &compare_flags(&server.flags, &flags);
    }
    if difference.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the headers in {} are not those of the server in {}:{difference}\n  \
         the server would refuse the module; set KAMAILIO_SRC to the sources of {}",
        include.display(),
        server.modules.display(),
        server.version
    ))
}

/// The string literals between `marker` and the next semicolon, joined as the compiler joins them.
fn literal_after(expanded: &str, marker: &str) -> String {
    let after = expanded.split_once(marker).map_or("", |(_, rest)| rest);
    let statement = after.split_once(';').map_or(after, |(statement, _)| statement);
    statement
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .collect()
}

fn compare_flags(server: &str, headers: &str) -> String {
    let tokens = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
    let (server, headers) = (tokens(server), tokens(headers));
    let missing = |from: &[String], of: &[String]| {
        let list: Vec<_> = of.iter().filter(|token| !from.contains(token)).cloned().collect();
        if list.is_empty() {
            "none".to_owned()
        } else {
            list.join(", ")
        }
    };
    let mut text = format!("\n  flags only in the server:  {}", missing(&headers, &server));
    text += &format!("\n  flags only in the headers: {}", missing(&server, &headers));
    text
}
