# msilo.so for the Kamailio that is installed. `make help` lists what there is.

SHELL  := /bin/bash
MODULE := target/modules/msilo.so
CARGO  ?= cargo

.DEFAULT_GOAL := help
.PHONY: help setup headers build test run demo install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

test: build ## run the tests
	@$(CARGO) test

# Filled when there is something to run.
run demo: build
	@echo 'make $@: not there yet' >&2; exit 1

install: ## put the module in place of Kamailio's own msilo.so (as root)
	@kamailio-headers/install.sh $(MODULE)

uninstall: ## put Kamailio's own msilo.so back (as root)
	@kamailio-headers/install.sh --undo

clean: ## remove what was built and fetched
	@rm -rf target
	@find kamailio-headers -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
