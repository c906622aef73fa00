//! What the module shows to the server.

use std::fs;

use object::{Object, ObjectSymbol};

use crate::differences::differs;
use crate::harness::module_under_test;

#[test]
fn the_module_defines_the_five_symbols_the_server_looks_up_and_no_other() {
    differs(|| {
        let bytes = fs::read(module_under_test()).expect("the module is readable");
        let file = object::File::parse(&*bytes).expect("the module is an object file");
        let defined = file.dynamic_symbols().filter(ObjectSymbol::is_definition);
        let mut names: Vec<&str> = defined.map(|symbol| symbol.name().expect("a name in UTF-8")).collect();
        names.sort_unstable();
        assert_eq!(names, ["exports", "mod_register", "module_flags", "module_interface_ver", "module_version"]);
    });
}
