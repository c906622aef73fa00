#!/usr/bin/env bash
# test.sh [--twice] [--quick] RELEASE...: builds the package and the archive for the servers of these releases of the matrix, and
# has them live a life in a container each (life.sh). With --twice each is built a second time, in another directory, and
# has to be the same byte for byte. With --quick the life is that of most packages: install, deliver, upgrade, remove.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../matrix/common.sh"

here=$root/tests/packages
build=$root/kamailio-headers/packages
twice=no life=whole
while [ $# -gt 0 ]; do
    case $1 in
    --twice) twice=yes ;;
    --quick) life=quick ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || fail "usage: test.sh [--twice] [--quick] RELEASE..."
if ! engine; then
    say "no Docker Engine answers: packages are not tested, since that needs a machine that is thrown away afterwards"
    exit 0
fi

# The image: a clean release with its server.
image_of() {
    local hash
    hash=$(cat "$here/Dockerfile" <(printf '%s\n' "$1") | sha256sum)
    printf 'msilo-package:%s-%s\n' "$1" "${hash:0:12}"
}

make_image() {
    local image log
    image=$(image_of "$1") log=$(place "$1")/package-image.log
    has_image "$image" && return
    "$matrix/image.sh" "$1" # which makes the base
    say "building the image of $1 for packages; the log is ${log#"$root/"}"
    docker build --force-rm -t "$image" -f "$here/Dockerfile" --build-arg "BASE=msilo-test-base:$1" \
        --build-arg http_proxy --build-arg https_proxy "$here" >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        fail "the image of $1 for packages could not be built"
    }
}

# same_again RELEASE: a build in a copy of the sources, elsewhere.
same_again() {
    local copy packages
    copy=$(mktemp -d "${TMPDIR:-/tmp}/msilo-again-XXXXXX")
    # shellcheck disable=SC2064  # the directory of now
    trap "rm -rf '$copy'" EXIT
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) | tar -xf - -C "$copy"
    mkdir -p "$copy/target/matrix/$1"
    cp -a "$(place "$1")/server" "$copy/target/matrix/$1"
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct) "$copy/kamailio-headers/packages/deb.sh" "$1" >/dev/null
    packages=("$copy"/target/packages/*.deb)
    for package in "${packages[@]}"; do
        cmp "$package" "$root/target/packages/$(basename "$package")" || fail "${package##*/} is not the same when built again"
    done
    rm -rf "$copy"
    trap - EXIT
    say "$1: built again in another directory, the packages are the same byte for byte"
}

life() {
    local release=$1 number files container status=0
    number=$(server_number "$(place "$release")/server/modules")
    files=$(mktemp -d)
    cp "$root"/target/packages/kamailio-msilo-rs*"+kam${number}"_*.deb "$root"/target/packages/msilo-*"-kamailio-$number"-*.tar.gz \
        "$here"/{life,steps}.sh "$files"
    cp "$("$matrix/test-binary.sh" "$release")" "$files/compliance"
    mkdir -p "$files/hand/docs"
    cp -r "$root/kamailio-headers" "$files/hand"
    cp "$root/docs/msilo.7" "$files/hand/docs"
    "$matrix/build-module.sh" "$release"
    cp "$(place "$release")/modules-ours/msilo.so" "$files"
    container=$(docker create --init --network none --memory 3g --label msilo.matrix=package \
        --tmpfs "$(cat "$(place "$release")/server/libdir")/modules:rw,exec,size=96m" --env MSILO_TEST_SKIP_NOTHING=1 "$(image_of "$release")" bash /package/life.sh "$life")
    tar -C "$files" --owner=0 --group=0 --mode=a+rX,go-w --exclude 'kamailio-headers/[0-9]*' --transform 's,^\.,package,' -cf - . |
        docker cp - "$container:/" >/dev/null
    rm -rf "$files"
    say "$release (Kamailio $number): the life of its package"
    docker start --attach "$container" || status=$?
    docker rm -f -v "$container" >/dev/null 2>&1
    [ "$status" -eq 0 ] || fail "$release: the package does not live as it should"
}

for release; do
    make_image "$release"
    prepare "$release"
    "$build/deb.sh" "$release"
    "$build/tarball.sh" "$release"
    [ "$twice" = no ] || (same_again "$release")
    life "$release"
done
