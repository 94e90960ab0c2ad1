#!/usr/bin/env bats
# SIGKILL to the launcher or the keeper at any moment: no process is left, and after gc
# nothing at all.
#
# It looks for what is left of the whole host, so no other test may be at work:
# run-all: alone

load ../lib/run
load ../lib/life

# An id that no user of the host has: whatever has it is ours.
STORM_ID=61847

# The ids of the runs that left a state file.
left_ids() { find "$1" -name '*.json' -printf '%f\n' | cut -d. -f1; }

cgroups_of() {
	[ ! -s "$1" ] || find /sys/fs/cgroup -depth -type d -name 'cofferdam-*' 2>/dev/null | grep -F -f "$1"
}

# Who, if root started the suite; the tests' own user otherwise.
as_storm() {
	if [ "$(id -u)" = 0 ]; then
		[ -d "$CASE/storm" ] || install -d -m 0700 -o $STORM_ID -g $STORM_ID "$CASE/storm"
		setpriv --reuid=$STORM_ID --regid=$STORM_ID --clear-groups --inh-caps=-all \
			env -i PATH="$PATH" XDG_RUNTIME_DIR="$CASE/storm" "$@"
	else
		[ -d "$CASE/storm" ] || install -d -m 0700 "$CASE/storm"
		env -i PATH="$PATH" XDG_RUNTIME_DIR="$CASE/storm" "$@"
	fi
}

storm_id() { [ "$(id -u)" != 0 ] || echo "--uid $STORM_ID"; }

# nothing_of DIR: no state file, socket or other leftover, mount, or cgroup directory.
nothing_of() {
	is "$(find "$1" -mindepth 2)" "" "left in the runtime directory" || return
	! grep -F "$CASE" /proc/self/mountinfo || fail "mounts are left" || return
	! grep -F "$CASE" /proc/net/unix || fail "sockets are left" || return
	is "$(cgroups_of "$CASE/ids")" "" "cgroup directories"
}

@test "200 launchers killed at random moments of their start: no process lives on, gc takes the rest" {
	mark
	# shellcheck disable=SC2046
	as_storm python3 "$SOURCES/tests/lib/kill-storm" --mark "$MARK" $(storm_id) --count 200 \
		--from 0 --to 30 -- "$COFFERDAM" run -q none -- sleep "$MARK"
	left_ids "$CASE/storm" >"$CASE/ids"
	as_storm "$COFFERDAM" gc
	nothing_of "$CASE/storm"
	is "$(as_storm "$COFFERDAM" gc)" "nothing to remove" "a second gc"
}

@test "launchers killed in the middle of long builds with many processes" {
	mark
	# shellcheck disable=SC2046
	as_storm python3 "$SOURCES/tests/lib/kill-storm" --mark "$MARK" $(storm_id) --count 12 \
		--from 60 --to 250 -- "$COFFERDAM" run -q none -- bash -c \
		"for i in 1 2 3 4 5 6; do setsid sleep $MARK & (trap '' TERM HUP; sleep $MARK) & done; wait"
	left_ids "$CASE/storm" >"$CASE/ids"
	[ -s "$CASE/ids" ] || fail "no run was killed in its build"
	as_storm "$COFFERDAM" gc
	nothing_of "$CASE/storm"
}

@test "the next run takes away what a killed one left, without gc" {
	own_runtime
	mark
	background pid coff_own run -q none -- sh -c "echo up; sleep $MARK" >"$CASE/out"
	wait_for 10 inside out up
	own_signal KILL
	wait_for 5 unmarked
	[ -n "$(own_leftovers)" ] || fail "the killed run left no state file to be found"
	coff_own run -q none -- true
	is "$(own_leftovers)" "" leftovers
}

@test "launchers of users with a range of ids, killed while newuidmap(1) works" {
	grep -q "^$TEST_USER:" /etc/subuid || skip "$TEST_USER has no range in /etc/subuid"
	own_runtime
	mark
	who=
	[ "$(id -u)" != 0 ] || who="--as $(id -u "$TEST_USER"):$(id -g "$TEST_USER")"
	# shellcheck disable=SC2086
	env -i PATH="$PATH" XDG_RUNTIME_DIR="$RUNTIME" "$SOURCES/tests/lib/kill-storm" --mark "$MARK" \
		$who --count 60 --from 0 --to 25 -- "$COFFERDAM" run -q none -- sleep "$MARK"
	coff_own gc
	is "$(own_leftovers)" "" leftovers
}

@test "the keeper killed from outside: 125, a report, nothing left" {
	own_runtime
	mark
	background pid coff_own run -q --report "$CASE/report.json" none -- sh -c "echo up; sleep $MARK" \
		>"$CASE/out" 2>"$CASE/err"
	wait_for 10 inside out up
	keeper=$(coff_own ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["keeper"])')
	kill -KILL "$keeper"
	status=0
	wait "$pid" || status=$?
	is "$status" 125 "exit code"
	is "$(report result.cause)" setup_failed cause
	contains "$(report error.message)" "keeper"
	unmarked || fail "processes are left: $(marked)"
	is "$(own_leftovers)" "" leftovers
}

@test "keepers killed at random moments: the launcher ends, reports, and leaves nothing" {
	mark
	# shellcheck disable=SC2046
	as_storm python3 "$SOURCES/tests/lib/kill-storm" --mark "$MARK" $(storm_id) --count 40 --keeper \
		--from 4 --to 30 -- "$COFFERDAM" run -q none -- sleep "$MARK"
	as_storm "$COFFERDAM" gc
	nothing_of "$CASE/storm"
}

@test "gc --dry-run names what there is and changes nothing; gc --json; two at once" {
	own_runtime
	mark
	for _ in 1 2 3; do
		background pid coff_own run -q none -- sh -c "echo up; sleep $MARK" >"$CASE/out"
		wait_for 10 inside out up
		kill -KILL $(own_launchers)
		wait "$pid" || true
		rm "$CASE/out"
		# Set aside, or the next run would take it away.
		find "$RUNTIME/cofferdam" -name '*.json' -exec mv {} "$CASE" \;
	done
	mv "$CASE"/*.json "$RUNTIME/cofferdam"
	before=$(find "$RUNTIME" -printf '%p %i %s %T@\n' | sort)
	contains "$(coff_own gc --dry-run)" "would remove state file"
	is "$(coff_own gc --dry-run --json | python3 -c '
import json, sys
found = json.load(sys.stdin)
print(found["schema"], found["dry_run"], len([row for row in found["rows"] if row["what"] == "state file"]), found["removed"])')" \
		"cofferdam.gc/1 True 3 0" "gc --dry-run --json"
	is "$(find "$RUNTIME" -printf '%p %i %s %T@\n' | sort)" "$before" "what a dry run changed"
	background one coff_own gc --json >"$CASE/one.txt"
	background two coff_own gc --json >"$CASE/two.txt"
	wait "$one"
	wait "$two"
	is "$(python3 -c '
import json, sys
print(sum(row["what"] == "state file" and row["removed"] for name in sys.argv[1:]
          for row in json.load(open(name))["rows"]))' "$CASE/one.txt" "$CASE/two.txt")" \
		3 "removed by both together"
	is "$(own_leftovers)" "" leftovers
}

@test "gc leaves living runs alone, and ps shows exactly those that run" {
	own_runtime
	mark
	is "$(coff_own ps)" "no sandbox is running" "ps"
	background one coff_own run -q none -- sh -c "echo up; sleep $MARK" >"$CASE/one"
	background two coff_own run -q none -- sh -c "echo up; sleep $MARK" >"$CASE/two"
	background three coff_own run -q none -- sh -c "echo up; sleep $MARK" >"$CASE/three"
	for name in one two three; do wait_for 10 inside $name up; done
	launchers=$(own_launchers | sort)
	is "$(wc -l <<<"$launchers")" 3 "runs that ps shows"
	coff_own gc >/dev/null
	is "$(own_launchers | sort)" "$launchers" "runs after gc"
	coff_own ps --json | python3 -c '
import json, os, sys
found = json.load(sys.stdin)
assert found["schema"] == "cofferdam.ps/1", found
for run in found["runs"]:
    assert run["phase"] == "build" and run["source"] in ("none", None), run
    assert len(run["id"]) == 32 and run["age_s"] >= 0, run
    for key in "launcher", "keeper":
        os.stat("/proc/%d" % run[key])'
	contains "$(coff_own ps)" "sleep $MARK"
	victim=$(head -n 1 <<<"$launchers")
	kill -KILL "$victim"
	wait_for 5 test ! -e "/proc/$victim/exe"
	is "$(own_launchers | wc -l)" 2 "runs that ps shows after one was killed"
	kill -TERM $(own_launchers)
	wait_for 10 none_runs
	is "$(coff_own ps)" "no sandbox is running" "ps"
	coff_own gc >/dev/null
}

none_runs() { [ -z "$(own_launchers)" ]; }

@test "a state directory that another has made, or others may enter, is refused" {
	need_root "needs a directory of another user"
	need_no_runtime
	# Without XDG_RUNTIME_DIR it is TMPDIR/cofferdam-UID.
	mkdir -m 1777 "$CASE/tmp"
	name=$CASE/tmp/cofferdam-$(id -u "$TEST_USER")
	tried() { as_user env -u XDG_RUNTIME_DIR TMPDIR="$CASE/tmp" "$COFFERDAM" run -q none -- echo ran 2>&1; }
	install -d -m 0700 -o 61848 "$name"
	! tried || fail "a directory of uid 61848 was taken"
	chmod 0755 "$name"
	! tried || fail "a directory of uid 61848 that all may enter was taken"
	contains "$(tried || true)" "belongs to uid 61848"
	lacks "$(tried || true)" "ran
"
	rmdir "$name"
	install -d -m 0755 -o "$TEST_USER" "$name"
	! tried || fail "a directory that others may enter was taken"
	contains "$(tried || true)" "mode 0755"
	rmdir "$name"
	as_user mkdir -m 0700 "$CASE/elsewhere"
	as_user ln -s "$CASE/elsewhere" "$name"
	! tried || fail "a symbolic link was followed"
	rm "$name"
	is "$(tried)" ran "with a directory of its own"
	is "$(stat -c %a "$name")" 700 "mode of the directory that it made"
}

@test "the host is as before: processes, mounts, sockets, files, after every kind of end" {
	own_runtime
	mark
	before=$(find /tmp /var/tmp /dev/shm "$CASE" -maxdepth 1 -user "$TEST_USER" 2>/dev/null | sort)
	mounts=$(grep -cF cofferdam /proc/self/mountinfo || true)
	coff_own run -q none -- sh -c "touch /tmp/x /app/y; sleep $MARK & exit 0"
	coff_own run -q none -- sh -c "kill -9 \$\$" || true
	coff_own run -q none -- no-such-program 2>/dev/null || true
	coff_own run -q --timeout 1 none -- sleep "$MARK" 2>/dev/null || true
	unmarked || fail "processes are left: $(marked)"
	is "$(own_leftovers)" "" leftovers
	is "$(find /tmp /var/tmp /dev/shm "$CASE" -maxdepth 1 -user "$TEST_USER" 2>/dev/null | sort)" "$before" "files"
	is "$(grep -cF cofferdam /proc/self/mountinfo || true)" "$mounts" "mounts"
}
