# msilo.so for the Kamailio that is installed. `make help` lists what there is.

SHELL  := /bin/bash
MODULE := target/modules/msilo.so
CARGO  ?= cargo
export CARGO RELEASE TEST
LISTEN ?= 127.0.0.1:5060
# Debian keeps servers where not everybody looks for programs.
export PATH := $(PATH):/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help setup setup-run headers build test test-all test-theirs test-matrix test-packages cluster fuzz valgrind soak release-check \
	demo demo-cluster run bench bench-instructions install uninstall deb deb-all tarball clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the build needs (Kamailio, a C compiler, libclang, dpkg-dev), where it is missing
	@kamailio-headers/setup.sh

headers: setup ## fetch the headers of the installed Kamailio
	@kamailio-headers/fetch.sh

build: headers ## build target/modules/msilo.so for the installed Kamailio
	@$(CARGO) build --release --lib
	@install -D -m 0644 "$${CARGO_TARGET_DIR:-target}/release/libmsilo.so" $(MODULE).new
	@mv -f $(MODULE).new $(MODULE)
	@. kamailio-headers/server.sh; \
	printf '%s: %s KiB, for %s\n' $(MODULE) $$(( $$(stat -c %s $(MODULE)) / 1024 )) "$$(server_string "$$(modules_dir)")"

test: ## run the unit tests, and the compliance tests on the installed server with SQLite; TEST=name: some of them
	@tests/matrix/matrix.sh here unit ours

test-all: ## the same in containers, on all releases and databases; TEST=name RELEASE=trixie DATABASE=mysql: some of them
	@tests/matrix/matrix.sh unit ours

test-theirs: ## run the compliance tests against the C module, where test-all runs; TEST and RELEASE as there
	@tests/matrix/matrix.sh theirs

test-matrix: ## run all tests: both modules, all releases, all databases, the packages, servers built from KAMAILIO_TREES
	@tests/matrix/matrix.sh unit package ours theirs

test-packages: ## build the packages and have them live a life in containers; RELEASE=trixie: of one release
	@. tests/matrix/common.sh; tests/packages/test.sh --twice $${RELEASE:-$${releases[@]}}

cluster: ## several servers on one database, and all that may go wrong between them; N=2000 SERVERS=4 DATABASE=mysql
	@DATABASE='$(DATABASE)' tests/matrix/setup.sh
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; for database in $(or $(DATABASE),sqlite); do \
	MSILO_DB=$$database N='$(N)' INBOXES='$(INBOXES)' SERVERS='$(SERVERS)' RUNS='$(RUNS)' KILLS='$(KILLS)' LEASE='$(LEASE)' GALERA='$(GALERA)' OUTAGE='$(OUTAGE)' \
	ONLY='$(ONLY)' $(CARGO) --quiet run --example cluster || exit 1; done

fuzz: ## feed the parsers random input, ten minutes each; TEST=intake SECONDS=60: one of them, a minute
	@fuzz/run.sh $(if $(SECONDS),--seconds $(SECONDS)) $(TEST)

valgrind: ## run the tests that read foreign texts under valgrind; TEST=name: others
	@kamailio-headers/setup.sh --valgrind
	@tests/matrix/setup.sh
	@$(MAKE) --no-print-directory build
	@tests/valgrind.sh $(TEST)

soak: ## store and deliver a million messages, half of them with faults thrown in; N=100000: less, ONLY=plain or faults
	@kamailio-headers/setup.sh --bench
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; N='$(N)' ONLY='$(ONLY)' $(CARGO) --quiet bench --bench soak

release-check: ## what has to hold before a version is tagged, a line for each; ONLY="version docs": some of it
	@tests/release-check.sh $(ONLY)

setup-run: ## install what the build needs, and what a server with SQLite needs, where it is missing
	@kamailio-headers/setup.sh --run

demo: setup-run ## play a story on a real server: a message for somebody offline, its delivery, a reminder
	@echo 'msilo: building the module and the demo, which takes a minute or two the first time'
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; $(CARGO) --quiet run --example demo

demo-cluster: ## play the same with two servers and one MariaDB: the same REGISTER at both, and one is killed
	@kamailio-headers/setup.sh --bench
	@echo 'msilo: building the module and the demo, which takes a minute or two the first time'
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; MSILO_DB=mysql $(CARGO) --quiet run --example demo-cluster

run: setup-run ## run a server for your own phones, on 127.0.0.1:5060 or LISTEN=address:port, until Ctrl-C
	@echo 'msilo: building the module, which takes a minute the first time'
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@examples/run.sh '$(LISTEN)'

bench: ## measure C msilo and ours side by side, in three minutes; LONG=1: for the record, in half an hour
	@kamailio-headers/setup.sh --bench
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; \
	LONG='$(LONG)' ONLY='$(ONLY)' MEMORY='$(MEMORY)' $(CARGO) --quiet bench --bench bench

bench-instructions: ## count the instructions that a message takes in C msilo and in ours, under callgrind
	@kamailio-headers/setup.sh --bench-instructions
	@$(MAKE) --no-print-directory build CARGO='$(CARGO) --quiet'
	@. kamailio-headers/server.sh; server_programs; \
	ONLY='$(ONLY)' MEMORY='$(MEMORY)' $(CARGO) --quiet bench --bench bench -- instructions

install: ## put the module in place of Kamailio's own msilo.so, and its manual page (as root)
	@kamailio-headers/install.sh $(MODULE)

uninstall: ## put Kamailio's own msilo.so back (as root)
	@kamailio-headers/install.sh --undo

deb: ## build a Debian package of the module for the installed server, and one of its symbols, in target/packages
	@kamailio-headers/packages/deb.sh

deb-all: ## the same for each release of the matrix, out of its image; RELEASE=trixie: for one
	@. tests/matrix/common.sh; kamailio-headers/packages/deb.sh $${RELEASE:-$${releases[@]}}

tarball: ## pack the module, a script that installs it and the documents, for a server that is no Debian package
	@kamailio-headers/packages/tarball.sh $(RELEASE)

clean: ## remove what was built and fetched
	@rm -rf target
	@find kamailio-headers -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
