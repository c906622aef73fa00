#!/usr/bin/env bash
# Installs by apt what the compliance tests start on this machine, for the databases that are tested on. With a server
# compiled by hand nothing is installed: its modules come with it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/kamailio-headers/setup.sh"
if [ -n "${KAMAILIO_MODULES:-}" ] || ! command -v dpkg-query >/dev/null; then
    exit 0
fi
lists=("$matrix/image/packages")
[ ${#databases[@]} -eq 0 ] || lists+=("$matrix/image/packages.databases")
missing=()
while read -r package _; do
    # shellcheck disable=SC2016  # a field of dpkg-query's
    if [ -n "$package" ] && [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
        missing+=("$package")
    fi
done < <(cat "${lists[@]}" | sed 's/#.*//')
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
