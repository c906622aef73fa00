#!/usr/bin/env bash
# Installs by apt what the compliance tests start on a machine without a Docker Engine. With a server compiled by hand
# nothing is installed: its modules come with it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/kamailio-headers/setup.sh"
if [ -n "${KAMAILIO_MODULES:-}" ] || ! command -v dpkg-query >/dev/null; then
    exit 0
fi
missing=()
while read -r package _; do
    # shellcheck disable=SC2016  # a field of dpkg-query's
    if [ -n "$package" ] && [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
        missing+=("$package")
    fi
done < <(sed 's/#.*//' "$matrix/packages")
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
