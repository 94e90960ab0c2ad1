# tests/lib/net.bash: a host with an Internet of its own, for --net allow:. Needs root.
#
# Two network namespaces, joined by a wire: in one cofferdam runs as the ordinary user, in the other are
# the name server and the servers of net-world. A bats file loads this instead of run.
#
#	$WORLD        its directory: ca.pem, ready, asked (the names that were asked for outside)
#	$NET_HOST     the network namespace of that host, $NET_REST the other one
#	net_pids RE   the test user's processes on that host whose command line fits
#	net_run ARG…  cofferdam run -q ARG… on that host; $OUT, $STATUS, $CASE/report.json
#	net_out CMD…  a command there, as the ordinary user, without a sandbox
#	rows FILTER   the report's egress, through a filter of jq's language in Python's words: see verdicts
#	verdicts      "HOST PORT PROTOCOL VERDICT" of each row, sorted

load ../lib/run

# Each file has a host of its own: two run at once, and the end of one would take the other's.
# What a suite that was killed has left goes with the next.
net_name() {
	local name

	export NET_HOST NET_REST
	name=coff-${SUITE##*.}-$(basename "$BATS_TEST_FILENAME" .bats)
	NET_HOST=$name-host NET_REST=$name-rest
	for name in $(ip netns list | grep -o '^coff-[^ ]*'); do
		name=${name#coff-}
		[ -d "/tmp/cofferdam-tests.${name%%-*}" ] || net_remove "coff-$name"
	done
}

net_remove() { # NAMESPACE
	ip netns del "$1" 2>/dev/null || :
	rm -rf "/etc/netns/$1"
}

net_certificates() {
	local names

	names=$(printf 'DNS:%s,' a.example b.example x.wild.example deep.sub.a.example rebind.example \
		xn--bcher-kva.example mixed.example private.example)
	# As Python from 3.13 on wants certificates to be (VERIFY_X509_STRICT).
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=test CA" -keyout "$WORLD/ca.key" \
		-addext keyUsage=critical,keyCertSign -out "$WORLD/ca.pem" 2>/dev/null &&
		openssl req -newkey rsa:2048 -nodes -subj "/CN=a.example" -keyout "$WORLD/server.key" \
			-out "$WORLD/server.csr" 2>/dev/null &&
		openssl x509 -req -days 2 -in "$WORLD/server.csr" -CA "$WORLD/ca.pem" -CAkey "$WORLD/ca.key" \
			-CAcreateserial -extfile <(printf '%s\n' "subjectAltName=${names%,}" authorityKeyIdentifier=keyid) -out "$WORLD/server.pem" 2>/dev/null
}

net_wire() {
	ip netns add $NET_HOST && ip netns add $NET_REST &&
		ip -n $NET_HOST link add wire type veth peer name wire netns $NET_REST &&
		ip -n $NET_HOST addr add 203.0.113.1/24 dev wire &&
		ip -n $NET_HOST link set wire up && ip -n $NET_HOST link set lo up &&
		ip -n $NET_REST link set wire up && ip -n $NET_REST link set lo up || return
	for address in 203.0.113.10 203.0.113.20 203.0.113.21 10.1.2.3 169.254.169.254; do
		ip -n $NET_REST addr add $address/24 dev wire || return
	done
	ip -n $NET_HOST route add default via 203.0.113.10
	mkdir -p /etc/netns/$NET_HOST && echo "nameserver 203.0.113.10" >/etc/netns/$NET_HOST/resolv.conf
}

net_begin() {
	[ "$(id -u)" = 0 ] || return 0
	suite_names
	net_name
	export WORLD=$SUITE/world-$NET_HOST
	mkdir -p "$WORLD" && chmod 0755 "$WORLD"
	install -d -m 0700 -o "$TEST_USER" -g "$(id -g "$TEST_USER")" "$WORLD/runtime" || return
	net_certificates && net_wire || return
	ip netns exec $NET_REST "$SOURCES/tests/lib/net-world" "$WORLD" >"$WORLD/log" 2>&1 3>&- 9>&- &
	echo $! >"$WORLD/pid"
	wait_for 20 test -e "$WORLD/ready" || { cat "$WORLD/log" >&2; return 1; }
	chmod 0755 "$WORLD" && chmod 0644 "$WORLD/ca.pem"
}

net_end() {
	[ "$(id -u)" = 0 ] || return 0
	[ ! -e "${WORLD:-/nonexistent}/pid" ] || kill "$(cat "$WORLD/pid")" 2>/dev/null || :
	net_remove "$NET_HOST"
	net_remove "$NET_REST"
	rmdir /etc/netns 2>/dev/null || :
	return 0
}

setup_file() { suite_join && net_begin; }
teardown_file() {
	net_end
	suite_leave
}

net_pids() {
	local pid

	for pid in $(ip netns pids "$NET_HOST"); do
		pgrep -u "$TEST_USER" -f "$1" | grep -x "$pid" || :
	done
}

net_out() { as_user_in "$@"; }
# Its records are its own too, or `ps` there tells of every suite's and file's runs of this user.
as_user_in() {
	ip netns exec $NET_HOST setpriv --reuid "$TEST_USER" --regid "$(id -g "$TEST_USER")" --init-groups \
		env -i PATH="$PATH" HOME="$TEST_HOME" XDG_RUNTIME_DIR="$WORLD/runtime" "$@"
}

net_run() {
	STATUS=0
	OUT=$(as_user_in timeout 120 "$COFFERDAM" run -q --report "$CASE/report.json" \
		--ro-bind "$WORLD/ca.pem:/opt/ca.pem" --ro-bind "$SOURCES/tests/run/net:/opt/net" "$@" 2>"$CASE/err") || STATUS=$?
}

# Without the proxy's variables, so that nobody is told of it.
plain() { net_run --env http_proxy= --env https_proxy= --env HTTP_PROXY= --env HTTPS_PROXY= "$@"; }

verdicts() {
	python3 - "$CASE/report.json" <<'PY'
import json, sys
for row in sorted({"%s %d %s %s" % (r["host"] or r["address"], r["port"], r["protocol"], r["verdict"])
                   for r in json.load(open(sys.argv[1]))["egress"]}):
    print(row)
PY
}
