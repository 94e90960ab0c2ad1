#!/usr/bin/env bats
# share/cofferdam/cofferdam-seccomp.json, for engines that cofferdam is to work in: it permits what a
# run asks, and nothing that no role of ours may. In real containers: make check-containers.

load ../lib/run

setup() {
	case_begin
	profile=$SUITE/usr/share/cofferdam/cofferdam-seccomp.json
}

permitted() {
	python3 -c '
import json, sys
print("\n".join(n for row in json.load(open(sys.argv[1]))["syscalls"] for n in row["names"]))' "$profile" | sort -u
}

@test "every call that a run makes is in it" {
	local missing

	need_root
	# Without a range of ids: a tracer takes the set-id bit from newuidmap.
	as_one sh -c 'cd "$1" && git init -q repo && cd repo && echo hello >file && git add . &&
		git -c user.name=t -c user.email=t@t commit -qm one' - "$CASE"
	as_one strace -f -qq -o "$CASE/trace" "$COFFERDAM" run -q "$CASE/repo" -- cat file >"$CASE/out" 2>"$CASE/err" ||
		fail "the run: $(cat "$CASE/err")"
	is "$(cat "$CASE/out")" hello "the run"
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$CASE/trace" | sort -u >"$CASE/called"
	contains "$(cat "$CASE/called")" pivot_root # or it has traced something else
	missing=$(permitted | comm -13 - "$CASE/called")
	is "$missing" "" "calls that are missing"
}

@test "calls that no role may make are not" {
	local call

	for call in bpf io_uring_setup perf_event_open userfaultfd kexec_load init_module open_by_handle_at \
		add_key request_key swapon reboot; do
		! permitted | grep -qx "$call" || fail "$call is permitted"
	done
}
