//! The manual page `docs/msilo.7`, which `make install` installs: made from what the documents say.
//!
//! ```sh
//! UPDATE_DOCS=1 cargo test --test compliance the_manual_page_says   # makes it anew
//! ```

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use pulldown_cmark::HeadingLevel::{H1, H2};

use super::{document, roff, root};
use crate::harness::{module_under_test, system_modules, under_test, Under};
use crate::skip::skipped;

const PAGE: &str = "docs/msilo.7";

/// Where the sections of the page come from: the document, and the level of the headings that begin a section.
const SOURCES: [(&str, pulldown_cmark::HeadingLevel); 4] =
    [("docs/parameters.md", H1), ("docs/functions.md", H1), ("docs/rpc.md", H1), ("docs/operations.md", H2)];

const BEGINNING: &str = r#".\" Made from README.md and docs/parameters.md, functions.md, rpc.md and operations.md: see CONTRIBUTING.md.
.TH MSILO 7 "" "msilo VERSION" "Kamailio"
.ad l
.nh
.SH NAME
msilo \- offline messages for Kamailio
.SH SYNOPSIS
.nf
loadmodule \(dqmsilo.so\(dq
modparam(\(dqmsilo\(dq, \(dq\fIparameter\fR\(dq, \fIvalue\fR)
.fi
"#;

const END: &str = r#".SH "SEE ALSO"
.BR kamailio (8),
.BR kamailio.cfg (5),
.BR kamcmd (8)
.PP
The documents named here are part of the source of this module.
"#;

/// The page, as the documents are now.
fn made() -> String {
    let readme = document("README.md");
    let (title, rest) = readme.split_once('\n').expect("README.md has a title");
    assert!(title.starts_with("# "), "README.md begins with {title:?}");
    let introduction = rest.split("\n## ").next().unwrap_or_default();
    let mut page = BEGINNING.replace("VERSION", env!("CARGO_PKG_VERSION"));
    page.push_str(&roff::sections(&format!("# Description\n{introduction}"), H1, &|link| Some(link.to_owned())));
    for (source, top) in SOURCES {
        page.push_str(&roff::sections(&document(source), top, &elsewhere));
    }
    page + END
}

/// What to write behind a link in `docs/`: the document it leads to, when that is not in the page.
fn elsewhere(link: &str) -> Option<String> {
    let file = link.split('#').next().filter(|file| !file.is_empty())?;
    let file = file.strip_prefix("../").map_or_else(|| format!("docs/{file}"), str::to_owned);
    (!SOURCES.iter().any(|(source, _)| *source == file)).then_some(file)
}

/// The names in the tables of the server, as they stand in the sources: `param(c"db_url", ...)`.
fn names(file: &str, before: &str) -> Vec<String> {
    let source = document(file);
    let names: Vec<String> =
        source.split(before).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect();
    assert!(!names.is_empty(), "{file} has no {before}");
    names
}

/// The first cells of the rows of the tables in a document, where they are a name alone.
fn rows(file: &str) -> Vec<String> {
    let text = document(file);
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.map(|(name, _)| name.to_owned()).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn the_manual_page_says_what_the_documents_say() {
    let made = made();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(PAGE), made).expect("docs/msilo.7 can be written");
        return;
    }
    let have = document(PAGE);
    let other = made.lines().zip(have.lines()).find(|(wanted, have)| wanted != have);
    assert!(made == have, "{PAGE} is another, UPDATE_DOCS=1 makes it anew; the first line that differs: {other:?}");
}

#[test]
fn every_parameter_stands_in_the_documents_and_no_other() {
    assert_eq!(sorted(rows("docs/parameters.md")), sorted(names("src/exports.rs", "param(c\"")));
}

#[test]
fn every_statistic_stands_in_the_documents() {
    let documented = rows("docs/operations.md");
    let missing: Vec<String> = statistics().into_iter().filter(|name| !documented.contains(name)).collect();
    assert!(missing.is_empty(), "not in docs/operations.md: {missing:?}");
}

/// The counters, and what is looked up when it is read.
fn statistics() -> Vec<String> {
    let entry = document("src/entry/rpc.rs");
    let gauges = entry.split("\ngauges! {\n").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    let gauges: Vec<&str> =
        gauges.lines().filter_map(|line| line.trim().split_once(": |")).map(|(name, _)| name).collect();
    assert!(gauges.len() > 3, "src/entry/rpc.rs has no gauges");
    names("src/host/stats.rs", "\n    (c\"").into_iter().chain(gauges.into_iter().map(str::to_owned)).collect()
}

#[test]
fn every_command_stands_in_the_documents_and_no_other() {
    let table = rows("docs/rpc.md");
    let documented = table.iter().filter_map(|row| row.split(' ').next()).filter(|name| name.starts_with("msilo."));
    let mut documented = sorted(documented.map(str::to_owned).collect());
    documented.dedup();
    assert_eq!(documented, sorted(names("src/exports.rs", "rpc(c\"")));
}

#[test]
fn the_manual_page_names_each_parameter_function_and_statistic() {
    let page = document(PAGE);
    let exported = ["param(c\"", "command(c\"", "kemi(c\""].map(|before| names("src/exports.rs", before));
    let commands = names("src/exports.rs", "rpc(c\"");
    let names: Vec<String> = exported.into_iter().flatten().chain(commands).chain(statistics()).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !page.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "not in {PAGE}: {missing:?}");
}

#[test]
fn the_manual_page_is_good_troff() {
    let check = ["-man", "-Tutf8", "-ww", "-rLL=80n", "-z"];
    let output = match Command::new("groff").args(check).arg(root().join(PAGE)).stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => return skipped(&format!("groff: {error}")),
    };
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && warnings.is_empty(), "{warnings}");
}

/// Installs into a server of which there is only what the script looks at.
#[test]
fn make_install_installs_the_manual_page_and_make_uninstall_removes_it() {
    if under_test() == Under::Theirs {
        return skipped("it is about our module");
    }
    let prefix = tempfile::tempdir().expect("there is a directory");
    let modules = prefix.path().join("lib64/kamailio/modules");
    fs::create_dir_all(&modules).expect("the directory of the modules can be made");
    fs::copy(system_modules().join("tm.so"), modules.join("tm.so")).expect("the server has tm.so");
    fs::write(modules.join("msilo.so"), "the server's own").expect("a module can be written");
    let page = prefix.path().join("share/man/man7/msilo.7.gz");
    let install = |argument: &Path| {
        let script = root().join("kamailio-headers/install.sh");
        let output = Command::new(script).arg(argument).env("KAMAILIO_MODULES", &modules).output();
        let output = output.expect("install.sh runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    install(&module_under_test());
    let shown = Command::new("gzip").arg("-cd").arg(&page).output().expect("gzip runs");
    assert_eq!(String::from_utf8_lossy(&shown.stdout), document(PAGE));
    install(Path::new("--undo"));
    assert!(!page.exists());
    assert_eq!(fs::read(modules.join("msilo.so")).expect("the server's own is back"), b"the server's own");
}
