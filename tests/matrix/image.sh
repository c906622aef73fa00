#!/usr/bin/env bash
# image.sh RELEASE...: builds the images of these Debian releases, all at once; instant where they are there.
#
# The base comes from the registry where one answers, else from debootstrap, which needs root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -gt 0 ] || fail "usage: image.sh RELEASE..."
engine || fail "no Docker Engine answers, so no image can be built"

base() {
    local release=$1 base=msilo-test-base:$1
    if has_image "$base"; then
        return
    elif timeout 120 docker pull -q "debian:$release-slim"; then
        docker tag "debian:$release-slim" "$base"
    else
        say "no registry answers: making the base image of $release with debootstrap"
        bootstrap "$release" "$base"
    fi
}

# From debootstrap's own mirror, or where that cannot be reached, from those this system takes its packages from.
bootstrap() {
    local release=$1 base=$2 mirrors mirror tree as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    # shellcheck disable=SC2016  # a field of apt-get's
    mapfile -t mirrors < <(apt-get indextargets --format '$(REPO_URI)' | sort -u)
    tree=$(place "$release")/base
    for mirror in "" "${mirrors[@]}"; do
        "${as_root[@]}" rm -rf "$tree"
        if "${as_root[@]}" debootstrap --variant=minbase "$release" "$tree" ${mirror:+"$mirror"}; then
            "${as_root[@]}" tar -C "$tree" -cf - --exclude=./var/cache/apt/archives/*.deb . |
                docker import -c 'CMD ["bash"]' - "$base"
            "${as_root[@]}" rm -rf "$tree"
            return
        fi
        cat "$tree/debootstrap/debootstrap.log" 2>/dev/null || true
    done
    return 1
}

build() {
    local release=$1 image
    image=$(image "$release")
    base "$release"
    tar -C "$root" -cf - "${recipe[@]}" |
        docker build --force-rm -t "$image" -f tests/matrix/image/Dockerfile --build-arg "RELEASE=$release" \
            --build-arg "BASE=msilo-test-base:$release" --build-arg http_proxy --build-arg https_proxy -
}

# One of them, with what it prints in a log that is shown when it fails.
release_image() {
    local release=$1 place log start=$SECONDS
    place=$(place "$release") log=$(place "$release")/image.log
    mkdir -p "$place"
    exec 9>"$place/image.lock"
    flock 9
    ! has_image "$(image "$release")" || return 0
    say "building the image of $release; the log is ${log#"$root/"}"
    # A process of its own, so that the first command that fails ends it.
    if "$0" --build "$release" >"$log" 2>&1 9>&-; then
        say "the image of $release is built, in $((SECONDS - start)) s"
    else
        tail -n 60 "$log" >&2
        say "the image of $release could not be built" >&2
        return 1
    fi
}

if [ "$1" = --build ]; then
    build "$2"
    exit
fi

# What debootstrap needs is installed here, once, and not by each of the jobs.
for release in "$@"; do
    if ! has_image "$(image "$release")" && ! has_image "msilo-test-base:$release" && ! command -v debootstrap >/dev/null &&
        ! timeout 120 docker pull -q "debian:$release-slim" >/dev/null 2>&1; then
        install_packages debootstrap debian-archive-keyring
    fi
done

jobs=() failed=0
for release in "$@"; do
    release_image "$release" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do
    wait "$job" || failed=1
done
exit "$failed"
