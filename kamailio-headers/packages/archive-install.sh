#!/usr/bin/env bash
# install.sh: puts msilo.so in place of the server's own (as root). install.sh --undo: puts the server's own back.
# A server outside the usual directories: KAMAILIO_MODULES=/opt/kamailio/lib64/kamailio/modules ./install.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export MSILO_ARCHIVE=$here/install.sh

case ${1:-} in
--undo) exec "$here/scripts/install.sh" --undo ;;
"") ;;
*)
    sed -n 2,3p "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

# A C library that is older than the one the module was built with, or another one (musl), cannot load it.
if command -v ldd >/dev/null; then
    missing=$(ldd "$here/msilo.so" 2>&1 | grep -E 'GLIBC|GCC|not a dynamic|Error' || true)
    if [ -n "$missing" ]; then
        printf '\nmsilo: this module does not run with the C library of this machine:\n%s\n  %s\n\n' "$missing" \
            "build it here, from the sources: make build" >&2
        exit 1
    fi
fi
exec "$here/scripts/install.sh" "$here/msilo.so"
