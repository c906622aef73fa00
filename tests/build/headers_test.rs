//! Where a tree of sources says which version it is of.

use std::fs;
use std::path::Path;

use crate::headers::read;

const MAKEFILE: &str = "\
# VERSION = 1
VERSION = 6
PATCHLEVEL = 1
SUBLEVEL =  4
EXTRAVERSION = -rc1

VERSIONVAL = $(shell expr $(VERSION))
";

const CMAKE: &str = "\
cmake_minimum_required(VERSION 3.13)
# project(other VERSION 1.0.0)
project(
  kamailio
  VERSION 6.2.0 # project(kamailio VERSION 1.0.0)
  DESCRIPTION \"SIP server\"
)
set(EXTRAVERSION \"-dev1\")
set(RELEASE \"${PROJECT_VERSION}${EXTRAVERSION}\")
";

/// The version of a tree with these files.
fn version(files: &[(&str, &str)]) -> Option<String> {
    let tree = tempfile::tempdir().expect("a temporary directory can be made");
    for (name, content) in files {
        write(&tree.path().join(name), content);
    }
    let headers = read(tree.path())?;
    assert_eq!(headers.include, tree.path().join("src"));
    Some(headers.version)
}

fn write(file: &Path, content: &str) {
    fs::create_dir_all(file.parent().expect("a file has a directory")).expect("it can be made");
    fs::write(file, content).expect("the file can be written");
}

#[test]
fn the_version_is_read_from_the_makefile() {
    assert_eq!(version(&[("src/Makefile.defs", MAKEFILE)]).as_deref(), Some("6.1.4-rc1"));
}

#[test]
fn a_tree_without_makefiles_has_its_version_in_cmake() {
    assert_eq!(version(&[("src/core/str.h", ""), ("CMakeLists.txt", CMAKE)]).as_deref(), Some("6.2.0-dev1"));
    let release = CMAKE.replace("-dev1", "");
    assert_eq!(version(&[("src/core/str.h", ""), ("CMakeLists.txt", &release)]).as_deref(), Some("6.2.0"));
}

#[test]
fn where_there_are_both_the_makefile_counts() {
    assert_eq!(version(&[("src/Makefile.defs", MAKEFILE), ("CMakeLists.txt", CMAKE)]).as_deref(), Some("6.1.4-rc1"));
}

#[test]
fn a_directory_with_neither_is_no_source_tree() {
    assert_eq!(version(&[("src/core/str.h", "")]), None);
    assert_eq!(version(&[("CMakeLists.txt", CMAKE)]), None, "it has no headers");
    assert_eq!(version(&[("src/core/str.h", ""), ("CMakeLists.txt", "project(other)")]), None);
}
