#!/usr/bin/env bats
# The order of the steps: what must come before what, and that all listings tell the same.

load ../lib/run

# steps ROLE: its steps, one a line, from explain --json
steps() {
	python3 -c '
import json, sys
for row in json.load(open(sys.argv[1]))["steps"][sys.argv[2]]:
    print(row["name"])' "$CASE/explain.json" "$1"
}

# in_order ROLE NAME…: these steps exist, once each, in this order
in_order() {
	local role=$1

	shift
	printf '%s\n' "$@" >"$CASE/want"
	is "$(steps "$role" | grep -xFf "$CASE/want")" "$(cat "$CASE/want")" "steps of the $role"
}

explained() {
	coff explain --json none -- true >"$CASE/explain.json"
}

@test "launcher: root is given up before any path of the caller's is opened, and the plan is whole before the clone" {
	explained
	in_order launcher "check who starts us" "find the engine" "start the broker" "delegate cgroups" "give up root" \
		"open report and events" "plan" \
		"register the group" "make the cgroup" "hold the signals" "clone the keeper" "map the ids" \
		"find the public part of /etc" "judge the limits" "register the run" "warn of what is degraded" "supervise"
	is "$(steps launcher | head -n 1)" "check who starts us" "first"
	is "$(steps launcher | tail -n 1)" "supervise" "last"
}

@test "keeper: what is of the host ends before the fetch, the network after it, power before the command" {
	explained
	in_order keeper "own attributes" "enter the cgroup" "close the launcher's descriptors" "hear of ended children" "follow the launcher" "raise the OOM score" "get ids" \
		"create the root" "bind the toolchain" "furnish /sys and /var" "bind the devices" "mount the work space" \
		"mount /proc" "bound the namespaces" "write /etc" "bind what the user named" "take in for the fetcher" "enter the root" "open the Docker socket" \
		"seal the root" \
		"fetch" "cut the network" "bound the network" "start the builder" "ask for short turns" "prove" "drop power" "let the builder go"
	is "$(steps keeper | head -n 1)" "own attributes" "first"
	is "$(steps keeper | tail -n 1)" "let the builder go" "last"
}

@test "builder: capabilities, no_new_privs, Landlock, proof, seccomp, in this order" {
	explained
	in_order builder "own stdio" "own limits" "become the builder" "refuse nested userns" "drop capabilities" \
		"no new privileges" "start in /app" "close descriptors" "Landlock" "prove" "seccomp" "wait for the keeper"
	is "$(steps builder | tail -n 2)" "$(printf '%s\n' "wait for the keeper" "leave a porter")" "last"
}

@test "fetcher: it has no capability and its own descriptors before it starts" {
	explained
	in_order fetcher "limits" "become the fetcher" "drop capabilities" "no new privileges" "descriptors"
}

@test "companion: it is another user, outside of the host and without its descriptors, before it is executed" {
	explained
	in_order companion "get ids" "become the user" "descriptors" "follow the launcher" "limits"
	is "$(steps companion | tail -n 1)" "limits" "last"
}

@test "every step has a name of its own and a reason" {
	explained
	python3 - "$CASE/explain.json" <<'PY'
import json, sys
for role, rows in json.load(open(sys.argv[1]))["steps"].items():
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)), role
    for row in rows:
        assert row["reason"], (role, row)
PY
}

@test "run --steps prints the same steps as explain" {
	local role

	explained
	for role in launcher keeper unpacker fetcher builder collector merger companion; do
		echo "Steps of the $role"
		steps "$role"
	done >"$CASE/want"
	coff run --steps none | sed -nE 's/^(Steps of the .*)/\1/p; s/^ +[0-9]+  (.{38}) .*/\1/p' | sed 's/ *$//' >"$CASE/got"
	is "$(cat "$CASE/got")" "$(cut -c1-38 "$CASE/want")" "run --steps"
}

@test "the kernel is told in that order: filter last, nothing dropped after the command" {
	local line

	need_root
	command -v strace >/dev/null || cannot "strace a run (it is not installed)"
	as_root strace -f -qq -o "$CASE/trace" -e trace=unshare,pivot_root,capset,prctl,landlock_restrict_self,seccomp,execve \
		"$COFFERDAM" run -q --run-as "$TEST_USER" none -- /usr/bin/true 2>"$CASE/err" || cannot "trace a run here: $(head -c 200 "$CASE/err")"
	# Of the process that becomes the command: each of these, in this order.
	local pid
	pid=$(awk '/execve\("\/usr\/bin\/true"/ { print $1 }' "$CASE/trace")
	[ -n "$pid" ] || fail "the command was not seen"
	awk -v pid="$pid" '$1 == pid' "$CASE/trace" | grep -oE 'PR_SET_NO_NEW_PRIVS|landlock_restrict_self|SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP|execve' |
		sed 's/PR_SET_SECCOMP/SECCOMP_SET_MODE_FILTER/' | uniq >"$CASE/order"
	is "$(grep -vx landlock_restrict_self "$CASE/order" | tr '\n' ' ')" "PR_SET_NO_NEW_PRIVS SECCOMP_SET_MODE_FILTER execve " "calls of the builder"
}

@test "--timings: when each step began and how long it took, of every process; without it nothing" {
	coff run --timings --report "$CASE/report.json" none -- sleep 0.2 2>"$CASE/err"
	grep -q 'ms long  keeper: mount /proc$' "$CASE/err" || fail "$(<"$CASE/err")"
	python3 - "$CASE/report.json" <<-'PY' || fail "the report's timings"
		import json, sys
		report = json.load(open(sys.argv[1]))
		rows = report["timings"]
		assert {"launcher", "keeper", "builder"} <= {row["process"] for row in rows}, rows
		assert [row["at_us"] for row in rows] == sorted(row["at_us"] for row in rows)
		at = {(row["process"], row["step"]): row for row in rows}
		assert len(at) == len(rows)
		watched = at["launcher", "supervise"]
		assert 200000 < watched["took_us"] < 1000 * report["usage"]["wall_ms"] + 1000, watched
		clone, first = at["launcher", "clone the keeper"], at["keeper", "own attributes"]
		assert clone["at_us"] <= first["at_us"], (clone, first)
		last = at["builder", "leave a porter"]
		assert last["at_us"] + last["took_us"] < watched["at_us"] + watched["took_us"]
	PY
	coff run --report "$CASE/report.json" none -- true 2>"$CASE/err"
	is "$(report timings)" null "without --timings"
	! grep 'ms long' "$CASE/err" || fail "it was said all the same"
	coff run --timings --report "$CASE/report.json" /nonexistent -- true 2>"$CASE/err" || :
	contains "$(<"$CASE/err")" "(not ended)  launcher: plan"
}
