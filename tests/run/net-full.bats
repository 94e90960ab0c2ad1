#!/usr/bin/env bats
# --net full: by pasta(1), whatever the host reaches, and nothing of the host itself. On a host of its
# own (tests/lib/net.bash), to which a second address, IPv6 and servers are added.

load ../lib/net

setup_file() {
	suite_join && net_begin && full_begin
}

# Something to reach on each kind of address that the host has, to show what is kept away.
full_begin() {
	[ "$(id -u)" = 0 ] || return 0
	ip -n $NET_HOST addr add 203.0.113.2/24 dev wire
	ip -n $NET_HOST addr add 2001:db8::1/64 dev wire nodad
	ip -n $NET_REST addr add 2001:db8::2/64 dev wire nodad
	ip -n $NET_HOST route add default via 2001:db8::2
	mkdir "$SUITE/tun"
	ip netns exec $NET_HOST python3 -c '
import os, selectors, socket, sys
def listen(family, kind, address):
    s = socket.socket(family, kind)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(address)
    if kind == socket.SOCK_STREAM: s.listen()
    all.register(s, selectors.EVENT_READ, (family, kind))
all = selectors.DefaultSelector()
listen(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 8099))
listen(socket.AF_INET6, socket.SOCK_STREAM, ("::", 8099))
listen(socket.AF_INET, socket.SOCK_DGRAM, ("0.0.0.0", 8099))
listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0coff-full")
open(sys.argv[1], "w").close()
while True:
    for key, _ in all.select():
        if key.data[1] == socket.SOCK_DGRAM:
            m, peer = key.fileobj.recvfrom(100); key.fileobj.sendto(b"host", peer)
        else:
            c, _ = key.fileobj.accept(); c.sendall(b"host"); c.close()' "$WORLD/host-ready" >"$WORLD/host-log" 2>&1 3>&- 9>&- &
	echo $! >"$WORLD/host-pid"
	wait_for 20 test -e "$WORLD/host-ready"
}

teardown_file() {
	[ ! -e "$WORLD/host-pid" ] || kill "$(cat "$WORLD/host-pid")" 2>/dev/null || :
	net_end
	suite_leave
}

setup() {
	case_begin
	need_root
	[ -x /usr/bin/pasta ] || need_pasta
}

need_pasta() { [ -z "${COFFERDAM_MUST_RUN:-}" ] || fail "no pasta here"; skip "needs pasta (passt)"; }

# /dev/net/tun is everybody's where udev is; where it is not, it is made so for this process alone.
as_user_in() {
	ip netns exec $NET_HOST unshare --mount sh -ec '
		[ -w /dev/net/tun ] && [ "$(stat -c %a /dev/net/tun)" = 666 ] || {
			mknod -m 666 "$0/tun" c 10 200 2>/dev/null || [ -c "$0/tun" ]
			mount --bind "$0" /dev/net
		}
		exec "$@"' "$SUITE/tun" setpriv --reuid "$TEST_USER" --regid "$(id -g "$TEST_USER")" --init-groups \
		env -i PATH="$PATH" HOME="$TEST_HOME" XDG_RUNTIME_DIR="$WORLD/runtime" "$@"
}

# ASKED: what a client in python gets from each address, one line each; "host" is the host's answer.
asks='
import socket, sys
def ask(family, kind, address):
    s = socket.socket(family, kind); s.settimeout(4)
    s.connect(address)
    if kind == socket.SOCK_DGRAM: s.send(b"x")
    if address[1] == 80: s.sendall(b"GET / HTTP/1.0\r\n\r\n"); return "answer" if s.recv(4) else "closed"
    return s.recv(4).decode() or "closed"
tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
for name, family, kind, address in (
        ("loopback", socket.AF_INET, tcp, ("127.0.0.1", 8099)),
        ("loopback, six", socket.AF_INET6, tcp, ("::1", 8099)),
        ("loopback, UDP", socket.AF_INET, udp, ("127.0.0.1", 8099)),
        ("loopback, elsewhere", socket.AF_INET, tcp, ("127.9.9.9", 8099)),
        ("loopback, mapped", socket.AF_INET6, tcp, ("::ffff:127.0.0.1", 8099)),
        ("no address", socket.AF_INET, tcp, ("0.0.0.0", 8099)),
        ("the first address", socket.AF_INET, tcp, ("203.0.113.1", 8099)),
        ("the second address", socket.AF_INET, tcp, ("203.0.113.2", 8099)),
        ("the first address, UDP", socket.AF_INET, udp, ("203.0.113.1", 8099)),
        ("the second address, mapped", socket.AF_INET6, tcp, ("::ffff:203.0.113.2", 8099)),
        ("its IPv6", socket.AF_INET6, tcp, ("2001:db8::1", 8099)),
        ("metadata", socket.AF_INET, tcp, ("169.254.169.254", 80)),
        ("metadata, mapped", socket.AF_INET6, tcp, ("::ffff:169.254.169.254", 80)),
        ("an abstract socket", socket.AF_UNIX, tcp, "\0coff-full")):
    try:
        got = ask(family, kind, address)
    except OSError as error:
        got = "-"
    print(name + ": " + got)
'

@test "whatever the host reaches is reached, by name and address, and the report says degraded" {
	net_run --net full none -- sh -c '
		curl -sS http://a.example/1
		curl -sS http://b.example/2
		curl -sS http://203.0.113.21/3
		curl -sS http://10.1.2.3/4
		echo "${http_proxy:-no proxy}"'
	is "$STATUS" 0 "the run: $(cat "$CASE/err")"
	for part in "GET /1 HTTP/1.1 host=a.example at=203.0.113.20" "GET /2 HTTP/1.1 host=b.example" "GET /3 HTTP/1.1" \
		"GET /4 HTTP/1.1" "no proxy"; do
		contains "$OUT" "$part"
	done
	is "$(report walls.egress.state)" degraded "the wall"
	is "$(report walls.network.state)" enforced "the other wall"
}

@test "nothing of the host itself is reached, nor what clouds answer credentials from" {
	net_out python3 -c "$asks" >"$CASE/bare"
	is "$(grep -cv ': host$\|: answer$' "$CASE/bare" || :)" 0 "without the wall each answers: $(cat "$CASE/bare")"
	net_run --net full none -- python3 -c "$asks"
	is "$(grep -v ': -$' <<<"$OUT")" "" "what answered"
	is "$(wc -l <<<"$OUT")" 14 "lines: $(cat "$CASE/err")"
}

@test "nobody outside reaches a port inside" {
	background pid net_run --net full none -- python3 -c '
import socket
s = socket.socket(); s.bind(("0.0.0.0", 8055)); s.listen()
open("/tmp/up", "w").close()
c = socket.create_connection(("203.0.113.20", 5432)); c.sendall(b"up"); c.recv(2)
s.settimeout(3)
try: print("from", s.accept()[1])
except OSError: print("nobody")' >"$CASE/log" 2>&1
	wait_for 20 sh -c "ip netns exec $NET_REST ss -Htn state established '( sport = :5432 )' | grep -q ."
	for address in 127.0.0.1 203.0.113.1 203.0.113.2; do
		! net_out timeout 3 bash -c "exec 3<>/dev/tcp/$address/8055" 2>/dev/null || fail "8055 answers at $address"
	done
	wait "$pid"
}

@test "without pasta the run does not begin, and says what to install" {
	mkdir "$CASE/upper" "$CASE/work"
	mknod "$CASE/upper/pasta" c 0 0
	# An overlay cannot lie on another one everywhere, so its own files are on a tmpfs.
	STATUS=0
	unshare --mount sh -ec '
		mount -t tmpfs tmpfs "$1/work" && mkdir "$1/work/u" "$1/work/w" && mknod "$1/work/u/pasta" c 0 0
		mount -t overlay overlay -o "lowerdir=/usr/bin,upperdir=$1/work/u,workdir=$1/work/w" /usr/bin || exit 77
		shift; exec "$@"' hidden "$CASE" setpriv --reuid "$TEST_USER" --regid "$(id -g "$TEST_USER")" --init-groups \
		"$COFFERDAM" run -q --net full none -- echo ran >"$CASE/out" 2>&1 || STATUS=$?
	[ "$STATUS" != 77 ] || skip "needs an overlay over /usr/bin"
	is "$STATUS" 125 "exit code"
	contains "$(cat "$CASE/out")" "apt-get install passt"
	lacks "$(cat "$CASE/out")" ran
}

@test "--strict refuses it, --allow-degraded egress accepts it" {
	net_run --strict --net full none -- echo ran
	is "$STATUS" 125 "exit code"
	contains "$(cat "$CASE/err")" "egress"
	is "$OUT" "" "what ran"
}

# The warden has a network of its own, and a PID 1 of its own that the launcher started.
warden_of() { pgrep -P "$(pgrep -P "$1" | paste -sd ,)" -f 'cofferdam-egress --full'; }
pasta_gone() { [ -z "$(net_pids '^pasta ')" ]; }

@test "pasta, its warden, the keeper or the launcher is killed: nothing stays, and nothing new opens" {
	for victim in pasta warden keeper launcher; do
		rm -f "$CASE/orders" && mkfifo "$CASE/orders" && exec 8<>"$CASE/orders"
		: >"$CASE/out"
		background pid from_orders as_user_in "$COFFERDAM" run -q --report "$CASE/report.json" --net full none -- \
			sh -c 'echo up; read go; curl -sS -m 5 http://a.example/ >/dev/null 2>&1 && echo open || echo shut' >"$CASE/out" 2>"$CASE/err"
		wait_for 30 grep -q up "$CASE/out" || fail "$victim: $(cat "$CASE/err")"
		launcher=$(net_pids 'cofferdam run -q --report .* --net full' | head -n 1)
		ours=($(warden_of "$launcher") $(net_pids '^pasta '))
		case $victim in
		pasta) kill -KILL $(net_pids '^pasta ') ;;
		warden) kill -KILL $(warden_of "$launcher") ;;
		keeper) kill -KILL "$(pgrep -P "$launcher" -f 'cofferdam run' | head -n 1)" ;;
		launcher) kill -KILL "$launcher" ;;
		esac
		wait_for 10 ended_all "${ours[@]}" || fail "after $victim: $(ps "${ours[@]}")"
		echo go >&8
		wait "$pid" || :
		exec 8>&-
		case $victim in
		pasta | warden)
			is "$(tail -n 1 "$CASE/out")" shut "after the end of $victim"
			contains "$(report walls.egress.detail)" "died"
			;;
		esac
	done
	is "$(as_user_in "$COFFERDAM" ps 2>/dev/null | grep -c 'none -- sh' || :)" 0 "what ps still lists"
}

@test "started by root it is the user's" {
	STATUS=0
	OUT=$(ip netns exec $NET_HOST unshare --mount sh -ec '
		mknod -m 666 "$0/tun" c 10 200 2>/dev/null || [ -c "$0/tun" ]
		mount --bind "$0" /dev/net; exec "$@"' "$SUITE/tun" \
		"$COFFERDAM" run -q --run-as "$TEST_USER" --net full none -- curl -sS http://b.example/r 2>"$CASE/err") || STATUS=$?
	contains "$OUT" "GET /r"
	wait_for 10 pasta_gone
}
