#!/usr/bin/env bash
# life.sh [whole|quick]: the life of a package, as root in a container that test.sh makes and throws away. Each line it prints is
# something that holds; the first that does not ends it.
#
# /package has the packages of this release, the test executable, and what `make install` uses.
set -euo pipefail
. /package/steps.sh

the_package_is_clean() {
    lintian --allow-root --fail-on error --tag-display-limit 0 /package/*.deb >/tmp/lintian 2>&1 || no "lintian" "$(cat /tmp/lintian)"
    yes "lintian has no errors: $(grep -c '^W:' /tmp/lintian || true) warnings"
}

the_first_installation() {
    apt "$ours" || no "apt installs it" "$said"
    ours_is_in_place
    [[ $said == *"restart the server when it suits you"* ]] || no "a line says what to do" "$said"
    zgrep -q '^.TH MSILO 7' /usr/share/man/man7/msilo.7.gz || no "there is a manual page"
    local doc=/usr/share/doc/$name file
    for file in README.md CHANGELOG.md changelog.gz copyright docs/parameters.md examples/kamailio.cfg; do
        [ -f "$doc/$file" ] || no "$doc/$file is there"
    done
    yes "apt install puts it in place of the server's own, with its page and documents, and says: restart when it suits you"
    delivers ours
    yes "the server starts with it, stores and delivers"
}

what_follows_an_installation() {
    apt --reinstall "$ours" || no "apt installs it again" "$said"
    ours_is_in_place
    yes "it can be installed again"

    apt "$newer_ours" || no "apt upgrades it" "$said"
    [ "$(installed_version "$name")" = "$(version_of "$newer_ours")" ] || no "the newer one is there" "$said"
    ours_is_in_place
    delivers ours
    yes "a newer one takes its place"

    apt "${revision[@]}" || no "apt upgrades the server" "$said"
    ours_is_in_place
    is "$module.kamailio" "$revised_sum" "what is kept aside is the new revision's"
    delivers ours
    yes "a new revision of the server leaves it in place, and the new C module aside"
}

removal() {
    apt_get remove "$name" || no "apt removes it" "$said"
    theirs_is_back "$revised_sum"
    delivers theirs
    yes "removed, the server's own is back, and the server works with it"

    apt "$ours" || no "apt installs it after a removal" "$said"
    ours_is_in_place
    apt_get purge "$name" || no "apt purges it" "$said"
    theirs_is_back "$revised_sum"
    files >/tmp/after
    diff /tmp/before /tmp/after >/tmp/difference || no "nothing is left" "$(cat /tmp/difference)"
    yes "purged, there is not a file or diversion of it left"
}

installations_that_fail() {
    # preinst cannot write down what it moves: the file it would write first is a directory.
    mkdir /var/lib/dpkg/diversions-new
    ! apt "$ours" || no "the installation fails when preinst cannot write" "$said"
    rmdir /var/lib/dpkg/diversions-new
    theirs_is_back "$revised_sum"
    delivers theirs
    yes "when preinst cannot write, nothing has changed"

    dd if=/dev/zero of="$modules/full" bs=4k status=none 2>/dev/null || true
    ! apt "$ours" || no "the installation fails when the disk is full" "$said"
    [[ $said == *"No space left on device"* ]] || no "the disk was full" "$said"
    rm "$modules/full"
    theirs_is_back "$revised_sum"
    delivers theirs
    yes "when the disk is full while it is unpacked, the server's own is back"

    local tm=$modules/tm.so
    cp -p "$tm" /tmp/tm.so
    sed -i 's/, USE_MCAST,/, USE_NCAST,/' "$tm"
    ! apt "$ours" || no "it is refused for a server with other compile flags" "$said"
    [[ $said == *"was compiled with other options"* ]] || no "the refusal says why" "$said"
    cp -p /tmp/tm.so "$tm"
    theirs_is_back "$revised_sum"
    yes "for a server of this version that was compiled with other options it is refused"
}

beside_make_install() {
    local by_hand=(/package/hand/kamailio-headers/install.sh)
    "${by_hand[@]}" /package/msilo.so >/tmp/said 2>&1 || no "make install works" "$(cat /tmp/said)"
    ! apt "$ours" || no "it is refused beside make install" "$said"
    [[ $said == *"make uninstall"* ]] || no "the refusal says what to do" "$said"
    is "$module.kamailio" "$revised_sum" "the refusal leaves aside what make install put there"
    "${by_hand[@]}" --undo >/tmp/said 2>&1 || no "make uninstall works" "$(cat /tmp/said)"
    theirs_is_back "$revised_sum"
    yes "after make install it is refused, with what to do; make uninstall still works"

    apt "$ours" || no "apt installs it after make uninstall" "$said"
    ours_is_in_place
    ! "${by_hand[@]}" /package/msilo.so >/tmp/said 2>&1 || no "make install is refused beside the package" "$(cat /tmp/said)"
    grep -q "apt remove $name" /tmp/said || no "the refusal of make install says what to do" "$(cat /tmp/said)"
    ! "${by_hand[@]}" --undo >/tmp/said 2>&1 || no "make uninstall is refused beside the package" "$(cat /tmp/said)"
    ours_is_in_place
    yes "beside the package make install and make uninstall are refused, with what to do"
}

the_next_version() {
    ! dpkg --install "${next[0]}" >/tmp/said 2>&1 || no "dpkg refuses the server's next version" "$(cat /tmp/said)"
    [ "$(installed_version kamailio)" != "$(version_of "${next[0]}")" ] || no "dpkg left the server as it was" "$(cat /tmp/said)"
    dpkg --configure -a >/dev/null 2>&1 || no "dpkg left nothing half done"
    ours_is_in_place
    yes "dpkg refuses the server's next version while it is there"

    publish "${next[@]}"
    apt_get upgrade || no "apt-get upgrade works" "$said"
    [[ $said == *"kept back"* ]] || no "apt-get upgrade keeps the server back" "$said"
    ours_is_in_place
    delivers ours
    yes "apt-get upgrade keeps the server's next version back, and all works as before"

    apt_get dist-upgrade || no "apt-get dist-upgrade works" "$said"
    [ "$(installed_version kamailio)" = "$(version_of "${next[0]}")" ] || no "the server is the next version" "$said"
    theirs_is_back "$next_sum"
    delivers theirs
    yes "apt-get dist-upgrade removes it, and the server's next version works with its own module"

    ! apt "$ours" || no "it cannot be installed on the server's next version" "$said"
    theirs_is_back "$next_sum"
    yes "on the server's next version it cannot be installed"
}

both_at_once() {
    apt "${revision[@]}" || no "apt takes the server back" "$said"
    apt "$ours" || no "apt installs it again" "$said"
    publish "${next[@]}" "$next_ours"
    apt_get dist-upgrade || no "apt-get dist-upgrade works" "$said"
    [ "$(installed_version kamailio)" = "$(version_of "${next[0]}")" ] || no "the server is the next version" "$said"
    our_sum=$next_our_sum ours_is_in_place
    [[ $said == *"restart the server when it suits you"* ]] || no "a line says what to do" "$said"
    is "$module.kamailio" "$next_sum" "what is kept aside is the next version's"
    delivers ours
    yes "where a repository has both, apt-get dist-upgrade upgrades the server and it together"

    apt_get purge "$name" || no "apt purges it" "$said"
    theirs_is_back "$next_sum"
    delivers theirs
    yes "purged after that, the next version's own is back"
}

the_archive() {
    local place=/tmp/archive
    mkdir -p "$place"
    tar -C "$place" -xzf /package/*.tar.gz
    place=$(echo "$place"/*)
    ! "$place/install.sh" >/tmp/said 2>&1 || no "the archive is refused for another version of the server" "$(cat /tmp/said)"
    grep -q "another server" /tmp/said || no "the archive's refusal says why" "$(cat /tmp/said)"
    theirs_is_back "$next_sum"
    yes "the archive's install.sh refuses the server's next version"

    # A server that no package owns, as one that was compiled by hand: a copy of the first one.
    KAMAILIO_MODULES=/opt/kamailio/lib64/kamailio/modules
    export KAMAILIO_MODULES
    mkdir -p "$KAMAILIO_MODULES"
    dpkg-deb -x /usr/src/server/kamailio_*.deb /tmp/first
    cp -a "/tmp/first${modules%/modules}/." "${KAMAILIO_MODULES%/modules}"
    sed -i 's/, USE_MCAST,/, USE_NCAST,/' "$KAMAILIO_MODULES/tm.so"
    ! "$place/install.sh" >/tmp/said 2>&1 || no "the archive is refused for other compile flags" "$(cat /tmp/said)"
    grep -q "compile flags" /tmp/said || no "that refusal says why" "$(cat /tmp/said)"
    sed -i 's/, USE_NCAST,/, USE_MCAST,/' "$KAMAILIO_MODULES/tm.so"
    yes "the archive's install.sh refuses a server that was compiled with other options"

    "$place/install.sh" >/tmp/said 2>&1 || no "the archive is installed where KAMAILIO_MODULES says" "$(cat /tmp/said)"
    is "$KAMAILIO_MODULES/msilo.so" "$(sum "$place/msilo.so")" "the archive's module is in place"
    ldd "$KAMAILIO_MODULES/msilo.so" >/tmp/said 2>&1
    ! grep -q 'not found' /tmp/said || no "its libraries are found" "$(cat /tmp/said)"
    "$place/install.sh" --undo >/tmp/said 2>&1 || no "the archive's install.sh --undo works" "$(cat /tmp/said)"
    is "$KAMAILIO_MODULES/msilo.so" "$first_sum" "the server's own module is back"
    unset KAMAILIO_MODULES
    yes "the archive's install.sh installs it beside a server without packages, and undoes it"
}

the_package_is_clean
the_first_installation
what_follows_an_installation
removal
if [ "${1:-whole}" = whole ]; then
    installations_that_fail
    beside_make_install
    the_next_version
    both_at_once
    the_archive
fi
printf 'test result: ok. %s passed; 0 failed; 0 ignored; nothing of it is left\n' "$held"
