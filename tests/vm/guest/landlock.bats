#!/usr/bin/env bats
# Landlock's scopes, which kernels have from 6.12 on (ABI 6): no signal and no abstract socket
# crosses from the builder to anything outside of its domain, whatever its ids are.

load guest

setup() {
	guest_begin
	has_scopes=no
	[ "$(awk -F'[.-]' '{ print $1 * 100 + $2 }' /proc/sys/kernel/osrelease)" -lt 612 ] || has_scopes=yes
}

@test "the report names the ABI that stands" {
	user_run none -- true
	is "$(report walls.landlock.state)" enforced walls.landlock
	abi=$(report walls.landlock.detail | sed -n 's/^ABI \([0-9]*\).*/\1/p')
	case $has_scopes in
	yes) [ "$abi" -ge 6 ] || fail "ABI $abi" ;;
	no) [ "$abi" -lt 6 ] || fail "ABI $abi" ;;
	esac
}

# With one id keeper and builder are the same user, and only the scope is between them. PID 1
# takes no signal that it has no handler for, but may be sent one.
@test "signals: with one id the builder may send PID 1 none where scopes are" {
	run session_one "$COFFERDAM" run -q none -- sh -c 'kill -USR1 1 && echo sent'
	case $has_scopes in
	yes)
		lacks "$output" sent
		contains "$output" "Operation not permitted"
		;;
	no) contains "$output" sent ;;
	esac
	is "$(session_one "$COFFERDAM" run -q none -- sh -c 'sleep 60 & kill $! && echo sent')" sent "to its own child"
}

@test "abstract sockets: one in the same network namespace cannot be reached where scopes are" {
	local builder answer

	background RUN user_run none -- python3 -c "
import socket, sys, time
for i in range(600):
    try:
        s = socket.socket(socket.AF_UNIX)
        s.connect('\\0cofferdam-$MARK')
        answer = 'connected'
    except OSError as error:
        answer = error.strerror
    print(answer, flush=True)
    time.sleep(0.1)" >"$CASE/out"
	wait_for 60 inside out refused || fail "$(cat "$CASE/out")"
	builder=$(pgrep -u "$(awk -F: -v user="$TEST_USER" '$1 == user { print $2 + 999; exit }' /etc/subuid)" -x python3)
	background LISTENER nsenter --target "$builder" --net python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.bind('\\0cofferdam-$MARK')
s.listen()
print('up', flush=True)
while True: s.accept()" >"$CASE/listener"
	wait_for 30 inside listener up
	answer=connected
	[ $has_scopes = no ] || answer="not permitted"
	wait_for 30 inside out "$answer" || fail "wanted $answer: $(tail -n 2 "$CASE/out")"
	[ $has_scopes = no ] || lacks "$(cat "$CASE/out")" connected
}
