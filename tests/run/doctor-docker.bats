#!/usr/bin/env bats
# cofferdam doctor --docker: a real engine and its host, by an ordinary user.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

setup() {
	case_begin
	need_docker
}

# examine ARG…: exit code in $status, findings in $CASE/doctor.json
examine() {
	status=0
	as_user "$COFFERDAM" doctor --docker --json --docker-host "unix://$ENGINE" "$@" >"$CASE/doctor.json" || status=$?
	validate --is doctor "$CASE/doctor.json"
}

# of ROW KEY
of() {
	python3 -c '
import json, sys
rows = json.load(open(sys.argv[1]))["docker"]["rows"]
print([row for row in rows if row["name"] == sys.argv[2]][0][sys.argv[3]])' "$CASE/doctor.json" "$1" "$2"
}

@test "doctor --docker: each rule with its section, what was found and what to do" {
	examine
	is "$(of seccomp state)" pass "seccomp"
	is "$(of seccomp section)" 5.22 "its section"
	is "$(of socket-mode state)" pass "the socket's mode"
	is "$(of userns-remap state)" warn "no userns-remap"
	contains "$(of userns-remap remedy)" daemon.json
	is "$(of live-restore state)" warn "no live-restore"
	is "$(of tcp state)" pass "nothing listens"
	contains "$(of known-escapes detail)" CVE-
	run as_user "$COFFERDAM" doctor --docker --docker-host "unix://$ENGINE"
	contains "$output" "3.16    socket-mode"
	contains "$output" "CIS Docker Benchmark 1.6.0"
}

@test "doctor --docker: a socket for everybody is a failure, and so is the exit code" {
	local mode

	mode=$(stat -c %a "$ENGINE")
	chmod 0666 "$ENGINE"
	examine
	chmod "$mode" "$ENGINE"
	is "$status" 1 "exit code"
	is "$(of socket-mode state)" fail "the socket's mode"
	examine
	is "$(of socket-mode state)" pass "as it was"
}

@test "doctor --docker: an address without TLS on the command line is a failure, whatever its port" {
	echo "-H tcp://127.0.0.1:4243" >"$ENGINE_DIR/hosts"
	engine_restart
	examine
	rm "$ENGINE_DIR/hosts"
	is "$status" 1 "exit code"
	is "$(of tcp state)" fail tcp
	contains "$(of tcp detail)" "127.0.0.1:4243"
	engine_restart
	examine
	is "$(of tcp state)" pass "without"
}

@test "doctor --docker: no engine is a failure that is named" {
	run as_user "$COFFERDAM" doctor --docker --docker-host "$CASE/none.sock"
	is "$status" 1 "exit code"
	contains "$output" "$CASE/none.sock"
	run as_user "$COFFERDAM" doctor --docker-host "$CASE/none.sock"
	is "$status" 125 "--docker-host without --docker"
}

@test "doctor without --docker says nothing of Docker's configuration" {
	as_user "$COFFERDAM" doctor --json >"$CASE/doctor.json" || true
	validate --is doctor "$CASE/doctor.json"
	lacks "$(cat "$CASE/doctor.json")" '"docker":'
}
