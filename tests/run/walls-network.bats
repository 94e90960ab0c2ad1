#!/usr/bin/env bats
# The walls network and egress: loopback alone.

load ../lib/run

@test "there is one interface, lo, and no route" {
	is "$(sandbox none -- sh -c 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')" lo "interfaces"
	is "$(sandbox none -- sh -c 'tail -n +2 /proc/net/route')" "" "IPv4 routes"
	is "$(sandbox none -- sh -c 'grep -v " lo$" /proc/net/ipv6_route || :')" "" "IPv6 routes"
	[ "$(as_user sh -c 'tail -n +3 /proc/net/dev | wc -l')" -gt 1 ] || cannot "show a second interface outside"
}

@test "connecting outwards fails at once: ENETUNREACH" {
	is "$(probe_in connect-tcp 192.0.2.1 80)" ENETUNREACH "TEST-NET-1"
	is "$(probe_in connect-tcp 169.254.169.254 80)" ENETUNREACH "the metadata address of clouds"
	[[ $(probe_in connect-tcp 2001:db8::1 80) =~ ^(ENETUNREACH|EADDRNOTAVAIL)$ ]] || fail "$(probe_in connect-tcp 2001:db8::1 80)"
}

@test "a service on the host's loopback is not reached from the sandbox's" {
	local server port

	background server python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], file=open(sys.argv[1], "w"), flush=True)
while True:
    s.accept()' "$CASE/port"
	wait_for 10 test -s "$CASE/port"
	port=$(cat "$CASE/port")
	is "$(probe_out connect-tcp 127.0.0.1 "$port")" OK "outside"
	is "$(probe_in connect-tcp 127.0.0.1 "$port")" ECONNREFUSED "inside"
	is "$(probe_in connect-tcp 0.0.0.0 "$port")" ECONNREFUSED "inside, any address"
	is "$(probe_in connect-tcp ::ffff:127.0.0.1 "$port")" ECONNREFUSED "inside, mapped"
}

@test "names do not resolve, and that is known at once" {
	local began=$SECONDS got

	is "$(probe_out resolve localhost)" OK "outside"
	is "$(probe_in resolve localhost)" OK "localhost inside"
	got=$(probe_in resolve example.com)
	[[ $got = *"emporary failure"* || $got = *"not known"* ]] || fail "example.com: $got"
	[ $((SECONDS - began)) -lt 5 ] || fail "it took $((SECONDS - began)) seconds"
	is "$(sandbox none -- sh -c 'grep -c nameserver /etc/resolv.conf || :')" 0 "name servers"
}

@test "the sandbox's own loopback works" {
	is "$(sandbox none -- python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(s.getsockname())
s.accept()[0].sendall(b"heard")
print(c.recv(5).decode())')" heard "a connection inside"
	is "$(sandbox none -- cat /proc/sys/net/ipv4/tcp_congestion_control)" reno "its TCP paces nothing"
}

@test "the network cannot be changed: no address, no interface, no route" {
	# Root of a bare network namespace may.
	is "$(as_user unshare -Urn sh -c 'ip link add dummy0 type dummy 2>/dev/null || ip link set lo up && echo changed')" changed "bare"
	run sandbox none -- sh -c 'ip link set lo down || ip addr add 10.0.0.1/8 dev lo'
	[ "$status" -ne 0 ] || fail "the network was changed"
	is "$(sandbox --root-inside none -- sh -c 'ip link set lo down 2>/dev/null && echo changed; :')" "" "root inside"
}

@test "an abstract socket of the host is not there (CVE-2020-15257, CVE-2024-27297)" {
	local name=cofferdam-$$-$RANDOM listener

	mkfifo "$CASE/hold"
	chmod 0666 "$CASE/hold"
	background listener as_user sh -c 'exec "$0" listen-abstract "$1" <"$2" >"$3"' "$PROBE" "$name" "$CASE/hold" "$CASE/up"
	exec 7>"$CASE/hold"
	wait_for 10 grep -qs OK "$CASE/up"
	is "$(probe_out connect-abstract "$name")" OK "outside"
	is "$(probe_in connect-abstract "$name")" ECONNREFUSED "inside"
	exec 7>&-
}

@test "the message bus of the host is not there (landrun#43)" {
	is "$(probe_in stat /run/dbus/system_bus_socket)" ENOENT "system bus"
	is "$(probe_in stat "/run/user/$TEST_UID")" ENOENT "user runtime directory"
	is "$(probe_in connect-path /run/systemd/private)" ENOENT "systemd"
	is "$(probe_in connect-path /run/docker.sock)" ENOENT "Docker"
	is "$(sandbox none -- ls -A /run)" "" "/run"
}
