#!/usr/bin/env bats
# Two runs at once try to pass each other a bit: each channel works between two processes outside.

load ../lib/run

# holding PROBE ARG…: a sandbox that holds a thing, until the test ends
holding() {
	mkfifo "$CASE/hold"
	chmod 0666 "$CASE/hold"
	background HOLDER as_user sh -c 'hold=$1 up=$2 cof=$3 probes=$4; shift 4; exec "$cof" run -q --ro-bind "$probes:/opt/probe" none -- /opt/probe/probe "$@" <"$hold" >"$up"' \
		sh "$CASE/hold" "$CASE/up" "$COFFERDAM" "$PROBES" "$@"
	exec 7>"$CASE/hold"
	wait_for 10 grep -qs . "$CASE/up"
}

# The same outside.
holding_outside() {
	mkfifo "$CASE/hold-outside"
	chmod 0666 "$CASE/hold-outside"
	background OUTSIDE as_user sh -c 'hold=$1 up=$2; shift 2; exec "$@" <"$hold" >"$up"' sh "$CASE/hold-outside" "$CASE/up-outside" "$PROBE" "$@"
	exec 6>"$CASE/hold-outside"
	wait_for 10 grep -qs . "$CASE/up-outside"
}

let_go() {
	exec 6>&- 7>&-
}

@test "an abstract socket of one run is not there in the other (CVE-2025-46416)" {
	local name=channel-$$-$RANDOM

	holding listen-abstract "$name"
	is "$(cat "$CASE/up")" OK "the first run listens"
	is "$(probe_in connect-abstract "$name")" ECONNREFUSED "the second run"
	is "$(probe_out connect-abstract "$name")" ECONNREFUSED "the host"
	let_go
}

@test "System V memory of one run is not there in the other" {
	local key=$((RANDOM * 32768 + RANDOM + 1))

	holding shm-hold "$key"
	is "$(cat "$CASE/up")" OK "the first run"
	is "$(probe_in shm-find "$key")" ENOENT "the second run"
	is "$(probe_out shm-find "$key")" ENOENT "the host"
	let_go
}

@test "a lock on a file that both see" {
	: >"$CASE/lock"
	chmod 0644 "$CASE/lock"
	holding_outside lock-hold "$CASE/lock"
	is "$(probe_out lock "$CASE/lock")" EAGAIN "outside a lock is seen"
	let_go
	holding lock-hold /app
	is "$(cat "$CASE/up")" OK "the first run"
	is "$(probe_in lock /app)" OK "the second run's own /app"
	is "$(probe_in lock /tmp)" OK "the second run's own /tmp"
	let_go
}

@test "a lock on a file of the toolchain" {
	holding_outside lock-hold /usr/bin/env
	is "$(probe_out lock /usr/bin/env)" EAGAIN "outside a lock is seen"
	is "$(probe_in lock /usr/bin/env)" OK "in a sandbox"
	let_go
	holding lock-hold /usr/bin/env
	is "$(cat "$CASE/up")" OK "the first run"
	is "$(probe_in lock /usr/bin/env)" OK "the second run"
	is "$(probe_out lock /usr/bin/env)" OK "the host"
	let_go
}

@test "/dev/shm, /tmp, /var/tmp and /home/builder are each run's own" {
	local place token=channel-$$-$RANDOM

	background HOLDER coff run -q none -- sh -c "for d in /dev/shm /tmp /var/tmp /home/builder /app; do echo 1 >\$d/$token; done; echo up; exec sleep 30" >"$CASE/up"
	wait_for 10 grep -qs up "$CASE/up"
	for place in /dev/shm /tmp /var/tmp /home/builder /app; do
		is "$(probe_in stat "$place/$token")" ENOENT "$place of the other run"
		is "$(probe_out stat "$place/$token")" ENOENT "$place of the host"
	done
}

@test "processes of one run are not seen, signalled or traced by the other" {
	local pid

	background HOLDER coff run -q none -- sh -c 'echo up; exec sleep 31.4159' >"$CASE/up"
	wait_for 10 grep -qs up "$CASE/up"
	wait_for 10 pgrep -f '^sleep 31.4159$'
	pid=$(pgrep -f '^sleep 31.4159$')
	is "$(probe_in stat "/proc/$pid")" ENOENT "/proc/$pid inside"
	is "$(probe_in kill "$pid" 0)" ESRCH "a signal"
	lacks "$(sandbox none -- sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "')" 31.4159
}

@test "ports of one run are not there in the other" {
	background HOLDER coff run -q none -- python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 4711))
print("up", flush=True)
s.accept()' >"$CASE/up"
	wait_for 10 grep -qs up "$CASE/up"
	is "$(probe_in connect-tcp 127.0.0.1 4711)" ECONNREFUSED "the other run"
	is "$(sandbox none -- python3 -c 'import socket; socket.create_server(("127.0.0.1", 4711)); print("bound")')" bound "the same port"
}
