//! Every link in the documents leads to a file of the repository, and to a heading where it names one.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{document, root};

/// The documents beside those in `docs/`.
const DOCUMENTS: [&str; 9] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "tests/README.md",
    "tests/SENTENCES.md",
    "tests/bench/README.md",
    "examples/README.md",
    "kamailio-headers/README.md",
];

/// Those in `docs/`.
fn pages() -> Vec<String> {
    let files = fs::read_dir(root().join("docs")).expect("docs/ is readable").filter_map(Result::ok);
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut pages: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    pages.sort();
    pages
}

/// What the links and images of a text lead to.
fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    events
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
            _ => None,
        })
        .collect()
}

/// The anchors that GitHub gives to the headings of a text.
fn anchors(text: &str) -> Vec<String> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut heading: Option<String> = None;
    let mut anchors = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| anchor(&text, &mut taken))),
            _ => {}
        }
    }
    anchors
}

/// Small letters, digits, `-` and `_` stay, blanks become `-`, the rest goes; who comes later gets a number.
fn anchor(heading: &str, taken: &mut HashMap<String, usize>) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    let plain: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase();
    let mut anchor = plain.clone();
    while taken.contains_key(&anchor) {
        let count = taken.entry(plain.clone()).or_default();
        *count += 1;
        anchor = format!("{plain}-{count}");
    }
    taken.insert(anchor.clone(), 0);
    anchor
}

/// The file a link leads to, from the root of the repository; `None` where that is outside.
fn target(from: &str, link: &str) -> Option<PathBuf> {
    let mut path = Path::new(from).parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

/// What is wrong with a link.
fn fault(from: &str, link: &str) -> Option<String> {
    if link.starts_with("https://") {
        return None; // somebody else's
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() { Some(PathBuf::from(from)) } else { target(from, path) };
    let Some(file) = file.filter(|file| root().join(file).exists()) else {
        return Some(format!("{from}: {link}: there is no such file in the repository"));
    };
    let wanted = anchor?;
    let known = anchors(&document(&file.to_string_lossy()));
    let found = known.iter().any(|known| known == wanted);
    (!found).then(|| format!("{from}: {link}: no heading of {} has this anchor, only {known:?}", file.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = DOCUMENTS.iter().map(|name| (*name).to_owned()).chain(pages());
    let faults: Vec<String> = documents
        .flat_map(|from| links(&document(&from)).into_iter().filter_map(move |link| fault(&from, &link)))
        .collect();
    assert!(faults.is_empty(), "links that lead nowhere: {faults:#?}");
}

#[test]
fn the_readme_leads_to_every_page() {
    let linked = links(&document("README.md"));
    let lost: Vec<String> = pages().into_iter().filter(|page| !linked.contains(page)).collect();
    assert!(lost.is_empty(), "README.md has no link to {lost:?}");
}

#[test]
fn anchors_are_made_as_github_makes_them() {
    let text =
        "# A *stop* of `sc_mid`\n## m_dump(), m_dump(owner)\n### Größe\n## Again\n## Again\n## Again-1\n## Again\n\
                ```\n# no heading\n```\n";
    let expected = ["a-stop-of-sc_mid", "m_dump-m_dumpowner", "größe", "again", "again-1", "again-1-1", "again-2"];
    assert_eq!(anchors(text), expected);
}

#[test]
fn a_link_to_nowhere_is_found() {
    for link in ["docs/none.md", "#none", "docs/delivery.md#none", "../elsewhere.md", "http://example.com/"] {
        assert!(fault("README.md", link).is_some(), "{link}");
    }
    assert_eq!(fault("docs/delivery.md", "../README.md#try-it"), None);
    assert_eq!(fault("README.md", "https://example.com/"), None);
}
