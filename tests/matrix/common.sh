#!/usr/bin/env bash
# Sourced by the other scripts: the releases, the images' names, the directories and a way to run cargo.

matrix=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$matrix/../.." && pwd)
. "$root/kamailio-headers/server.sh"

# The releases every run covers, oldest first, and the one that joins where its source package can be fetched.
# shellcheck disable=SC2034  # used by the scripts that source this
releases=(bookworm trixie) next_release=sid

# The databases that are tested on besides SQLite. On db_text the C module stores nothing, so it is not tested there.
# shellcheck disable=SC2034
every_database=(mysql postgres text)
read -ra databases <<<"${DATABASE-${every_database[*]}}"

# How long one cell may take before it is ended, in seconds; and how many of its tests run at once, whatever the number
# of cores: most of their time they wait.
# shellcheck disable=SC2034
cell_seconds=${MSILO_CELL_SECONDS:-600} test_threads=8

# read_cell NAME: what `ours`, `theirs-mysql` and the like stand for, in `module`, `database` and `deliver_to`. `ours-contacts` is
# the second pass of our module: on SQLite, with delivery to the registered contacts unless a test says otherwise.
read_cell() {
    # shellcheck disable=SC2034  # used by the scripts that source this
    module=${1%%-*} database=sqlite deliver_to=${MSILO_TEST_DELIVER_TO:-aor}
    case $1 in
    ours-contacts) deliver_to=contacts ;;
    *-*) database=${1#*-} ;;
    esac
}

say() { printf 'msilo: %s\n' "$*"; }

# Whether a Docker Engine answers; asked once.
engine() {
    if [ -z "${MSILO_ENGINE:-}" ]; then
        MSILO_ENGINE=no
        if command -v docker >/dev/null && timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
            MSILO_ENGINE=yes
        fi
        export MSILO_ENGINE
    fi
    [ "$MSILO_ENGINE" = yes ]
}

# Whether the tests run on a server of this machine: one compiled by hand, or the installed one where that is asked for
# (MSILO_HERE) or there is no engine.
on_this_machine() { [ -n "${MSILO_HERE:-}${KAMAILIO_SRC:-}${KAMAILIO_MODULES:-}" ] || ! engine; }

# What a release's image is made from; a change here makes another image.
recipe=(tests/matrix/image/Dockerfile tests/matrix/image/packages tests/matrix/image/packages.databases kamailio-headers/fetch.sh kamailio-headers/server.sh)

# image RELEASE: the name of its image.
image() {
    local hash
    hash=$(cd "$root" && { printf '%s\n' "$1" && cat "${recipe[@]}"; } | sha256sum)
    printf 'msilo-test:%s-%s\n' "$1" "${hash:0:12}"
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# place RELEASE: the directory of what is built for it.
place() { printf '%s/target/matrix/%s\n' "$root" "$1"; }

# server RELEASE: takes what a build for the release's server needs out of its image, once per image: its headers
# (src), a module with the strings to match (modules/tm.so) and the database library of 5.6.
server() {
    local image place
    image=$(image "$1") place=$(place "$1")
    [ "$(cat "$place/server/image" 2>/dev/null)" != "$image" ] || return 0
    rm -rf "$place/server"
    mkdir -p "$place/server"
    # shellcheck disable=SC2016  # for the shell in the container
    docker run --rm --network none "$image" sh -c '
        cd /usr/lib/*/kamailio && pwd >/tmp/libdir &&
        tar -chf - modules/tm.so $(ls libsrdb1.so.1 2>/dev/null) -C /tmp libdir -C /usr/src/kamailio src \
            $(cd /usr/src/kamailio && ls CMakeLists.txt 2>/dev/null)' |
        tar -xf - -C "$place/server"
    printf '%s\n' "$image" >"$place/server/image"
}

# build_release RELEASE: the one whose server is built for where any would do: the oldest, once its image is there.
build_release() {
    if has_image "$(image "${releases[0]}")"; then
        printf '%s\n' "${releases[0]}"
    else
        printf '%s\n' "$1"
    fi
}

# prepare RELEASE: all that cargo_for needs.
prepare() {
    "$matrix/image.sh" "$1"
    server "$1"
    KAMAILIO_MODULES=$(place "$1")/server/modules KAMAILIO_SRC=$(place "$1")/server "$root/kamailio-headers/setup.sh"
}

# cargo_for RELEASE ARGUMENTS: cargo, building for the server of a release, apart from the builds for the installed one.
cargo_for() {
    local place
    place=$(place "$1")
    shift
    (cd "$root" && env KAMAILIO_MODULES="$place/server/modules" KAMAILIO_SRC="$place/server" \
        CARGO_TARGET_DIR="$place/cargo" "${CARGO:-cargo}" "$@")
}

# install_packages PACKAGES: by apt, as root.
install_packages() {
    local as_root=()
    command -v apt-get >/dev/null || fail "missing here: $*" "install it with your system's package manager"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "missing here: $*" "as root: apt-get install $*"
        as_root=(sudo)
    fi
    say "installing by apt: $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}
