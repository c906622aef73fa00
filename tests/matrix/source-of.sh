#!/usr/bin/env bash
# source-of.sh RELEASE: succeeds when the source package of that release's Kamailio can be fetched. Asked in a container
# of the newest release of the matrix, from the mirror that one uses, within a minute and a half.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -eq 1 ] || fail "usage: source-of.sh RELEASE"
own=${releases[-1]}
"$matrix/image.sh" "$own"

# shellcheck disable=SC2016  # for the shell in the container
script='
    set -euo pipefail
    apt-get update -qq
    mirror=$(apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" | sed -n "s/^$OWN //p" | head -n 1)
    mkdir -p /tmp/source/lists/partial
    cd /tmp/source
    printf "deb-src [signed-by=%s] %s %s main\n" \
        /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$RELEASE" >sources.list
    options=(-o Dir::Etc::sourcelist=/tmp/source/sources.list -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists=/tmp/source/lists -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update -qq
    apt-get "${options[@]}" source -qq --download-only kamailio || true
    # A missing signature file is no matter: the sources are.
    ls kamailio_*.dsc kamailio_*.orig.tar.*z kamailio_*.debian.tar.*z
'
mkdir -p "$(place "$1")"
timeout --kill-after 5 90 docker run --rm --init --env "OWN=$own" --env "RELEASE=$1" "$(image "$own")" timeout 80 bash -c "$script" \
    >"$(place "$1")/source.log" 2>&1
