#!/usr/bin/env bash
# Fetches the headers of the installed Kamailio into kamailio-headers/<version>/, from the source package of
# the very package that is installed. Does nothing where they are already there or KAMAILIO_SRC is set.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/server.sh"

if [ -n "${KAMAILIO_SRC:-}" ]; then
    exit 0
fi
modules=$(modules_dir) || fail "no Kamailio server is installed" \
    "run \`make build\`, which installs it, or set KAMAILIO_MODULES to the directory of its modules"
number=$(server_number "$modules")
cache=$here/$number
instead="set KAMAILIO_SRC to a source tree of Kamailio $number instead"

# The package's own version, like 5.6.3-2: its patches belong to the headers too.
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "the headers of Kamailio $number can only be fetched on Debian and its relatives" "$instead"
fi
owner=$(dpkg -S "$(readlink -f "$modules/tm.so")" 2>/dev/null | cut -d: -f1) || true
[ -n "$owner" ] || fail "no package owns $modules/tm.so, so its sources cannot be fetched by apt" "$instead"
# shellcheck disable=SC2016  # the fields are dpkg-query's
source=$(dpkg-query -W -f '${source:Package}' "$owner")
# shellcheck disable=SC2016
package=$(dpkg-query -W -f '${source:Version}' "$owner")

if [ -d "$cache/src" ] && [ -f "$cache/package-version" ] && [ "$(cat "$cache/package-version")" = "$package" ]; then
    exit 0
fi
command -v dpkg-source >/dev/null || fail "dpkg-source is missing, which unpacks the headers" \
    "install it (apt install dpkg-dev), or $instead"

printf 'msilo: fetching the headers of Kamailio %s (package version %s)\n' "$number" "$package"
work=$here/../target/kamailio-source
rm -rf "$work"
mkdir -p "$work"/{parts,lists/partial,cache/archives/partial,download}
work=$(cd "$work" && pwd)

# The system's own package sources, turned into sources of source packages, in a place of our own.
shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$file" ] || continue
    sed -nE 's/^[[:space:]]*deb[[:space:]]+/deb-src /p' "$file" >"$work/parts/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    sed -E 's/^Types:.*/Types: deb-src/I' "$file" >"$work/parts/$(basename "$file")"
done

options=(
    -o "Dir::Etc::sourcelist=/dev/null"
    -o "Dir::Etc::sourceparts=$work/parts"
    -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache"
    -o "Acquire::Languages=none"
    -o "APT::Get::List-Cleanup=false"
)
# apt gives up root's rights for downloads and then cannot write below the user's directories.
[ "$(id -u)" -ne 0 ] || options+=(-o "APT::Sandbox::User=root")

# Both end with an error for less than what is needed here (a source of another vendor without source
# packages, a missing signature file): the files decide.
log=$work/log
apt-get "${options[@]}" update >"$log" 2>&1 || true
(cd "$work/download" && apt-get "${options[@]}" source --download-only "$source=$package" >>"$log" 2>&1) || true
descriptions=("$work/download/"*.dsc)
if [ ${#descriptions[@]} -eq 0 ] ||
    ! (cd "$work/download" && dpkg-source --no-check -x "${descriptions[0]}" "$work/tree" >>"$log" 2>&1); then
    tail -n 8 "$log" >&2
    fail "apt could not get the source package $source=$package" \
        "the package sources of this system do not have this version any more, or cannot be reached" \
        "update Kamailio, or $instead"
fi

# Only the headers and what says their version: a makefile, or where there is none CMake's file. The stamp comes last: a fetch that was cut short is
# done again.
rm -rf "$cache"
mkdir -p "$cache"
(cd "$work/tree" && find . \( -path './src/*.h' -o -path ./src/Makefile.defs -o -path ./CMakeLists.txt \) -print0 | tar --null -T - -cf -) | tar -xf - -C "$cache"
printf '%s\n' "$package" >"$cache/package-version"
rm -rf "$work"
printf 'msilo: the headers are in kamailio-headers/%s\n' "$number"
