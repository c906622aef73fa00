#!/usr/bin/env bash
# run.sh [ADDRESS:PORT]: the server of kamailio.cfg with the msilo.so that was built here, in the foreground until
# Ctrl-C. `make run` calls it. With "udp:" in front of the address it takes no TCP. Its database stays in target/run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
. kamailio-headers/server.sh
PATH=$PATH:/usr/sbin:/sbin # where Debian keeps servers, and not everybody looks

# ----- where to listen -----
listen=${1:-127.0.0.1:5060}
address=${listen#udp:}
case $address in
tcp:* | tls:* | sctp:*)
    fail "msilo sends its messages to the server itself over UDP, so it must listen on UDP: $listen does not" \
        "make run LISTEN=${listen#*:}"
    ;;
\[*\]) address=$address:5060 ;;
*:*) ;;
*) address=$address:5060 ;;
esac
host=${address%:*}
port=${address##*:}
[[ $port =~ ^[0-9]+$ ]] || fail "$listen has no port number at its end" "make run LISTEN=127.0.0.1:5060"
case $host in
0.0.0.0 | '[::]')
    fail "the server has to know its own address, which $host is not" \
        "name the one that the phones will use: make run LISTEN=192.168.1.5:$port"
    ;;
esac
case $listen in
udp:*) listen=udp:$address ;;
*) listen=$address ;;
esac

# Two servers can share a UDP port without a word, and each would get a part of what the phones send.
udp_port_taken() {
    local hex
    [[ $host =~ ^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$ ]] || return 1
    hex=$(printf '%02X%02X%02X%02X' "${BASH_REMATCH[4]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}")
    grep -qE "^ *[0-9]+: ($hex|00000000):$(printf '%04X' "$port") " /proc/net/udp
}
if udp_port_taken; then
    fail "another program listens on UDP $address already" \
        "perhaps the service that came with Kamailio's package (systemctl stop kamailio does away with it)," \
        "or another \`make run\`. Another port does too: make run LISTEN=$host:$((port + 10))"
fi

# ----- what it needs -----
modules=$(modules_dir) || fail "no Kamailio server is installed" "make run, which installs it"
server_programs
[ -f target/modules/msilo.so ] || fail "target/modules/msilo.so is not built" "make build"
mkdir -p target/run
data=$PWD/target/run
exec 9>target/run/lock
flock --nonblock 9 || fail "another \`make run\` uses target/run already"

database=$data/kamailio.sqlite
if [ ! -s "$database" ]; then
    scripts=${KAMAILIO_SQL:-/usr/share/kamailio/db_sqlite}
    [ -d "$scripts" ] || scripts=/usr/local/share/kamailio/db_sqlite
    rm -f "$database.new"
    # In WAL mode somebody who looks at the table does not get in the way of the server.
    (echo 'PRAGMA journal_mode=WAL;' && cd "$scripts" && cat standard-create.sql usrloc-create.sql auth_db-create.sql msilo-create.sql) |
        sqlite3 "$database.new" >/dev/null
    mv "$database.new" "$database"
fi

# ----- how to use it -----
kamcmd=$(command -v "${KAMCMD:-kamcmd}") || kamcmd=kamcmd
transports="UDP and TCP"
[ "$listen" = "$address" ] || transports=UDP
alice=sip:alice@$host bob=sip:bob@$host
cat <<EOF

msilo: $(server_string "$modules") with examples/kamailio.cfg and target/modules/msilo.so, on $address ($transports)

  Two softphones   addresses $alice and $bob (or any other name)
                   server, proxy or registrar: $host, port $port, $transports
                   password: none is asked for
  To try           1. alice registers, bob does not
                   2. alice writes to bob, and reads that he is offline
                   3. bob registers, and the message is there with its date
  The table        sqlite3 -header target/run/kamailio.sqlite 'select * from silo'
  The statistics   $kamcmd -s unix:target/run/ctl stats.get_statistics msilo:
  The processes    $kamcmd -s unix:target/run/ctl core.psx
  To stop          Ctrl-C (what is stored stays in target/run for the next time)
EOF
case $host in
127.*) printf '\n  Only phones on this machine reach it. For others: make run LISTEN=<address of this machine>:%s\n' "$port" ;;
*) printf '\n  Whoever reaches %s can register as anybody: for a network you trust.\n' "$address" ;;
esac
printf '\nFrom here on, the log of the server:\n\n'

# ----- the server -----
# In a process group of its own: Ctrl-C comes to this script, which stops the main process, which stops the others.
server='' stopped=''
stop() { [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true; }
trap 'stopped=yes; stop' INT TERM HUP
set -m
"${KAMAILIO:-kamailio}" -DD -E -f "$PWD/examples/kamailio.cfg" -w "$data" -Y "$data" -m 64 -M 8 \
    -A "LISTEN_ADDRESS=$listen" -A "OUTBOUND_PROXY=\"sip:$address\"" -A "SIP_DOMAIN=$host" \
    -A "DB_URL=\"sqlite:///$database\"" -A "CTL_SOCKET=\"unix:ctl\"" \
    -A "MODULE_PATH=\"$PWD/target/modules/:$modules/\"" </dev/null &
server=$!
set +m
[ -z "$stopped" ] || stop
status=0
wait "$server" || status=$? # ended by the server's end, or by a signal
[ -n "$stopped" ] || fail "the server ended by itself (status $status); why stands in its log above"

for _ in {1..100}; do
    if ! kill -0 "$server" 2>/dev/null; then
        printf '\nmsilo: the server has stopped\n'
        exit 0
    fi
    sleep 0.1
done
kill -KILL -- "-$server"
fail "the server did not stop within 10 seconds and was killed"
