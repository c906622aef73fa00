#!/usr/bin/env bash
# Sourced by life.sh: what it looks at, what it does, and the newer packages it makes.

export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
name=kamailio-msilo-rs
modules=$(cd /usr/lib/*/kamailio/modules && pwd)
# shellcheck disable=SC2034  # these are life.sh's
module=$modules/msilo.so

held=0
yes() {
    printf '  holds: %s\n' "$1"
    held=$((held + 1))
}
no() {
    printf '  DOES NOT HOLD: %s\n%s\n' "$1" "${2:-}"
    printf 'test result: FAILED. %s passed; 1 failed; 0 ignored; it ended there\n' "$held"
    exit 1
}

sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
is() { [ "$(sum "$1")" = "$2" ] || no "$3" "$(ls -l "$modules"/msilo* 2>&1)"; }

# apt PACKAGES and apt_get COMMAND: what they print goes to `said`.
said=""
apt() { apt_get install --allow-downgrades "$@"; }
apt_get() {
    local status=0
    said=$(apt-get -y --no-install-recommends "$@" 2>&1) || status=$?
    return "$status"
}

version_of() { dpkg-deb -f "$1" Version; }
installed_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }
is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ]; }

ours_is_in_place() {
    is_installed || no "$name is installed" "$said"
    is "$module" "$our_sum" "msilo.so is ours"
    [ "$(dpkg-divert --listpackage "$module")" = "$name" ] || no "the diversion is the package's" "$(dpkg-divert --list)"
    [ -z "$(dpkg --audit)" ] || no "dpkg has nothing to complain about" "$(dpkg --audit)"
}

# theirs_is_back SUM: as if ours had never been there.
theirs_is_back() {
    ! is_installed || no "$name is not installed" "$said"
    is "$module" "$1" "msilo.so is the server's own, bit by bit"
    [ -z "$(dpkg-divert --listpackage "$module")" ] || no "there is no diversion" "$(dpkg-divert --list)"
    [ -z "$(ls "$module".* 2>/dev/null)" ] || no "nothing lies beside it" "$(ls -l "$module".*)"
    dpkg --verify kamailio >/tmp/verify 2>&1 || true
    ! grep -q msilo /tmp/verify || no "dpkg --verify finds it unchanged" "$(cat /tmp/verify)"
}

# delivers ours|theirs: the server starts with the module that is in place, stores a message and delivers it; and only
# ours knows this parameter.
delivers() {
    local config=/tmp/parameter.cfg
    local test=delivering::deliver::a_stored_message_is_delivered_when_the_user_registers_and_then_deleted
    MSILO_UNDER_TEST=$1 MSILO_MODULE_DIR=$modules MSILO_DB=sqlite /package/compliance --exact "$test" >/tmp/said 2>&1 ||
        no "the server stores and delivers with $1" "$(cat /tmp/said)"
    grep -q '1 passed' /tmp/said || no "the test is there" "$(cat /tmp/said)"
    printf '%s\n' 'loadmodule "tm.so"' 'loadmodule "db_sqlite.so"' 'loadmodule "msilo.so"' \
        'modparam("msilo", "dump_window", 2)' 'request_route { exit; }' >"$config"
    if kamailio -c -f "$config" >/tmp/said 2>&1; then
        [ "$1" = ours ] || no "what the server loads is its own" "$(cat /tmp/said)"
    else
        [ "$1" = theirs ] || no "what the server loads is ours" "$(cat /tmp/said)"
    fi
}

# All files of the system where a package puts any, and all diversions.
files() {
    find /usr /etc -xdev ! -name '*.pyc' ! -name __pycache__ ! -path '/usr/src/*' | sort
    dpkg-divert --list | sort
}

# repack PACKAGE VERSION [COMMAND ARGUMENTS...]: the same package with another version, and changed by the command, which
# is called in the directory of its files. Prints the new one's path.
repack() {
    local old=$1 version=$2 tree
    shift 2
    tree=$(mktemp -d)
    dpkg-deb -R "$old" "$tree"
    sed -i -e "s/^Version: .*/Version: $version/" "$tree/DEBIAN/control"
    # The packages of the server ask for each other's exact version.
    sed -i -E "s/kamailio \(= [^)]*\)/kamailio (= $version)/g" "$tree/DEBIAN/control"
    if [ $# -gt 0 ]; then
        (cd "$tree" && "$@")
        (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
    fi
    dpkg-deb --root-owner-group -Znone --build "$tree" "/new/$(basename "${old%%_*}")_$version.deb" >/dev/null
    rm -rf "$tree"
    printf '%s\n' "/new/$(basename "${old%%_*}")_$version.deb"
}

# A rebuild of the server's module differs: a byte behind its end is nothing to the linker.
touched() { [ ! -f ".$module" ] || printf '%s' "$1" >>".$module"; }

# The next version: what it says of itself, in the server and in each of its modules.
renumbered() {
    grep -rlaF "kamailio $1 (" usr | xargs -r sed -i "s/kamailio $1 (/kamailio $2 (/g"
    touched next
}

# What ours for the next version is like.
renumbered_too() {
    local beyond=${2%.*}.$((${2##*.} + 1))
    sed -i -e "s/(<< $2~)/(<< $beyond~)/; s/(>= $2~)/(>= $beyond~)/; s/(>= $1)/(>= $2)/" DEBIAN/control
    sed -i "s/kamailio $1 (/kamailio $2 (/g" DEBIAN/p*
    renumbered "$1" "$2"
}

# publish PACKAGES: in a repository of this machine's own, which is all that apt knows.
publish() {
    local package
    rm -rf /repository
    mkdir -p /repository
    for package; do
        cp "$package" /repository
        dpkg-deb -f "$package"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(basename "$package")" "$(stat -c %s "$package")" "$(sum "$package")"
    done >/repository/Packages
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
    printf 'deb [trusted=yes] file:/repository ./\n' >/etc/apt/sources.list
    apt_get update || no "apt reads the repository" "$said"
}

# The modules lie in a small file system of their own, which can be filled up; and which keeps what a container's does
# not always: that a file is gone which the image has.
for package in /usr/src/server/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -C / -xf - --wildcards ".$modules/*"
done

mkdir -p /new
ours=$(echo /package/"$name"_*.deb)
package_version=$(version_of "$ours")
number=${package_version##*+kam}
following=${number%.*}.$((${number##*.} + 1))
first_revision=$(installed_version kamailio)
next_ours=$(repack "$ours" "${package_version%+kam*}+kam$following" renumbered_too "$number" "$following")
newer_ours=$(repack "$ours" "99.${package_version}")
revision=() next=()
for package in /usr/src/server/kamailio_*.deb /usr/src/server/kamailio-sqlite-modules_*.deb; do
    revision+=("$(repack "$package" "$first_revision.1" touched revision)")
    next+=("$(repack "$package" "$following-1" renumbered "$number" "$following")")
done

# in_package PACKAGE: the checksum of msilo.so in it.
in_package() { dpkg-deb --fsys-tarfile "$1" | tar -xOf - ".$module" | sha256sum | cut -d ' ' -f 1; }
first_sum=$(sum "$module")
our_sum=$(in_package "$ours")
revised_sum=$(in_package "${revision[0]}")
next_sum=$(in_package "${next[0]}")
next_our_sum=$(in_package "$next_ours")
[ "$(printf '%s\n' "$first_sum" "$our_sum" "$revised_sum" "$next_sum" | sort -u | wc -l)" -eq 4 ] ||
    no "the four modules can be told apart" "$first_sum $our_sum $revised_sum $next_sum"
files >/tmp/before
