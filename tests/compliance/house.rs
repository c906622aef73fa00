//! The rooms of the source, and the arrows between them: they run one way. docs/architecture.md shows the same table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may name, besides those that everybody may: `log` and its own.
///
/// `host` names rooms of the silo because it implements their traits; no room of the silo names `host`.
const ROOMS: [(&str, &[&str]); 14] = [
    ("silo::text", &[]),
    ("silo::time", &["silo::text"]),
    ("silo::config", &["silo::text", "silo::time"]),
    ("silo::message", &["silo::config", "silo::text", "silo::time"]),
    ("silo::table", &["silo::message", "silo::config", "silo::text", "silo::time"]),
    ("silo::intake", &["silo::table", "silo::message", "silo::config", "silo::text", "silo::time"]),
    ("silo::operator", &["silo::table", "silo::message", "silo::config", "silo::text", "silo::time"]),
    ("silo::delivery", &["silo::table", "silo::message", "silo::config", "silo::text", "silo::time"]),
    ("ffi", &[]),
    ("guard", &[]),
    ("host", &["ffi", "silo"]),
    ("module", &["host", "silo", "guard"]),
    ("entry", &["module", "host", "silo", "guard", "ffi"]),
    ("exports", &["entry", "module", "host", "ffi"]),
];

/// Lines of code that a file may have, without its comments and unit tests.
const LONGEST: usize = 300;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// A source file as a path of modules, `silo::table::sql`, with what it says outside of comments and unit tests.
fn sources() -> BTreeMap<String, String> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path.strip_prefix(root()).expect("below src").with_extension("");
            let module = module.to_string_lossy().replace('/', "::");
            let module = module.strip_suffix("::mod").unwrap_or(&module).to_owned();
            let is_test = ["tests", "properties", "fakes"].iter().any(|part| module.split("::").any(|m| m == *part));
            if path.extension().is_some_and(|end| end == "rs") && module != "lib" && !is_test {
                let text = fs::read_to_string(&path).expect("a source is readable");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                files.insert(module, lines.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    files
}

/// The paths that a file names, from the root of the crate.
fn paths(module: &str, code: &str, is_folder: bool) -> Vec<String> {
    let here: Vec<&str> = module.split("::").collect();
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let end = code[start..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let path = &code[start..end.map_or(code.len(), |end| start + end)];
        let ups = path.matches("super::").count();
        let rest = path.trim_start_matches("super::").trim_start_matches("crate::");
        let depth = if path.starts_with("crate") { 0 } else { (here.len() + usize::from(is_folder)) - ups };
        // What `{` opens is named one by one: `super::{module, notify::Notification}`.
        let group = code[start + path.len()..].strip_prefix('{').and_then(|text| text.split('}').next());
        let names: Vec<&str> = match group {
            Some(group) => group.split(',').map(str::trim).collect(),
            None => vec![""],
        };
        for name in names {
            let name = name.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap_or_default();
            let mut whole: Vec<&str> = here[..depth.min(here.len())].to_vec();
            whole.extend(rest.split("::").filter(|part| !part.is_empty()));
            whole.extend(name.split("::").filter(|part| !part.is_empty()));
            found.push(whole.join("::"));
        }
    }
    found
}

/// Which files each file names.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources();
    let file_of = |path: &str| {
        let mut path = path;
        loop {
            if sources.contains_key(path) {
                return Some(path.to_owned());
            }
            path = path.rsplit_once("::")?.0;
        }
    };
    let named = |module: &String, code: &String| {
        let folder = root().join(module.replace("::", "/")).is_dir();
        let all = paths(module, code, folder).into_iter().filter_map(|path| file_of(&path));
        all.filter(|other| other != module).collect::<BTreeSet<_>>()
    };
    sources.iter().map(|(module, code)| (module.clone(), named(module, code))).collect()
}

fn is_in(module: &str, room: &str) -> bool {
    module == room || module.strip_prefix(room).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn no_room_names_one_above_it() {
    let mut wrong = Vec::new();
    let arrows = arrows();
    assert!(arrows.len() > 60 && arrows.values().map(BTreeSet::len).sum::<usize>() > 150, "too little was read");
    for (module, named) in &arrows {
        let Some((room, allowed)) = ROOMS.iter().find(|(room, _)| is_in(module, room)) else {
            assert!(["log", "silo"].contains(&module.as_str()), "{module} is in no room");
            continue;
        };
        let may = |other: &str| other == "log" || is_in(other, room) || allowed.iter().any(|room| is_in(other, room));
        wrong.extend(named.iter().filter(|other| !may(other)).map(|other| format!("{module} names {other}")));
    }
    assert!(wrong.is_empty(), "arrows that run the wrong way: {wrong:#?}");
}

#[test]
fn no_two_files_need_each_other() {
    let mut arrows = arrows();
    // A folder's own file may name what is in it, and the other way round.
    for (module, named) in &mut arrows {
        named.retain(|other| !is_in(other, module) && !is_in(module, other));
    }
    // Files that name nobody are taken away until none is left; what stays is a circle.
    loop {
        let free: Vec<String> = arrows.iter().filter(|(_, named)| named.is_empty()).map(|(m, _)| m.clone()).collect();
        if free.is_empty() {
            break;
        }
        arrows.retain(|module, _| !free.contains(module));
        arrows.values_mut().for_each(|named| named.retain(|other| !free.contains(other)));
    }
    assert!(arrows.is_empty(), "files in, or above, a circle: {arrows:#?}");
}

#[test]
fn folders_have_a_subject_and_files_an_end() {
    let (sources, mut folders) = (sources(), BTreeMap::<String, usize>::new());
    for module in sources.keys() {
        let folder = if root().join(module.replace("::", "/")).is_dir() {
            module
        } else {
            module.rsplit_once("::").map_or("", |(folder, _)| folder)
        };
        *folders.entry(folder.to_owned()).or_default() += 1;
    }
    let large: Vec<_> = folders.iter().filter(|(_, files)| **files > 12).collect();
    assert!(large.is_empty(), "folders of more than 12 files: {large:?}");
    let long = sources.iter().map(|(module, code)| (module, code.lines().count()));
    let long: Vec<_> = long.filter(|(_, lines)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "files of more than {LONGEST} lines: {long:?}");
}
