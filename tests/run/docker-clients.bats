#!/usr/bin/env bats
# What clients show on the bare engine and through the broker: the table of tests/run/docker/clients.
# COFFERDAM_CLIENTS=all (make check-docker) asks more of them, and the rows that take longer.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && ENGINE_BRIDGE=1 engine_start "$([ "${COFFERDAM_CLIENTS:-}" = all ] && echo newer || echo docker)"; }
teardown_file() { engine_stop; suite_leave; }

setup() {
	case_begin
	need_docker
}

@test "clients: the same on the bare engine and through the broker" {
	local out all=""

	if [ "${COFFERDAM_CLIENTS:-}" = all ]; then
		all=--all
		# Without npm, or its registry, the table says which clients are not here.
		NODE_CLIENTS=$("$DOCKER_TESTS/node-clients" 2>"$CASE/npm.log") || NODE_CLIENTS=
		export NODE_CLIENTS
	fi
	background BROKER_PID setpriv --reuid="$TEST_UID" --regid="$(id -g "$TEST_USER")" --clear-groups --inh-caps=-all \
		/usr/bin/python3 "$ENGINE_DIR/broker-driver" "$SUITE/usr/libexec/cofferdam/cofferdam-broker" --engine "$ENGINE" \
		--listen "$CASE/broker.sock" --base base --tag 'mine/*' >"$CASE/broker.log" 2>&1
	wait_for 20 curl -s -m 2 -o /dev/null --unix-socket "$CASE/broker.sock" http://d/_ping || fail "$(cat "$CASE/broker.log")"
	# Beside the engine: Testcontainers asks a published port on the engine's own host.
	out=$(on_engine "$SOURCES/tests/run/docker/clients" "$ENGINE" "$CASE/broker.sock" $all 2>&1) || fail "$(grep -v '^ok' <<<"$out")"
	[ "$(grep -c "^ok" <<<"$out")" -ge 15 ] || fail "few rows: $out"
}
