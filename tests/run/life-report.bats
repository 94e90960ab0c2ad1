#!/usr/bin/env bats
# What cofferdam says: report, events, its own words, and the verbs that only look.

load ../lib/run
load ../lib/life

@test "the report: every end has one, valid, with its times in order" {
	for command in "true" "exit 3" "kill -9 \$\$"; do
		sandbox none -- sh -c "$command" 2>/dev/null || true
		validate --is report "$CASE/report.json"
		python3 - "$CASE/report.json" <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["started"] <= report["finished"], report["started"]
phases = report["phases"]
assert phases["fetch"] is None and phases["build"] is not None, phases
assert sum(phases[name] for name in ("prepare", "build", "teardown")) <= report["usage"]["wall_ms"] + 5
assert all(row["removed"] for row in report["teardown"]) and report["teardown"], report["teardown"]
assert report["command"][0] == "sh", report["command"]
END
	done
}

@test "the report of a run that failed before anything ran is as whole as another" {
	ended 125 fetch_failed "$CASE/nowhere" -- true
	validate --is report "$CASE/report.json"
	ended 125 setup_failed --strict none -- true || ended 0 exited --strict none -- true
	validate --is report "$CASE/report.json"
}

@test "the report is written atomically: an old one stays until the new one is whole" {
	echo old >"$CASE/report.json"
	chmod 666 "$CASE/report.json"
	inode=$(stat -c %i "$CASE/report.json")
	sandbox none -- true
	[ "$(stat -c %i "$CASE/report.json")" != "$inode" ] || fail "written into the old file"
	is "$(find "$CASE" -name '*report*' | wc -l)" 1 "files beside the report"
}

@test "a report that cannot be written: 125 before anything is built" {
	for target in "$CASE/no-such-directory/report.json" /proc/report.json "$CASE"; do
		status=0
		coff run -q --report "$target" none -- sh -c 'echo ran' >"$CASE/out" 2>"$CASE/err" || status=$?
		is "$status" 125 "exit code with --report $target"
		is "$(cat "$CASE/out")" "" "what was built with --report $target"
		contains "$(cat "$CASE/err")" "cofferdam: "
	done
	status=0
	coff run -q --events "$CASE/none/events" none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status $(cat "$CASE/out")" "125 " "--events that cannot be opened"
	need_root
	mkdir "$CASE/full"
	mount -t tmpfs -o size=16k,mode=1777 full "$CASE/full" || cannot "mount a tmpfs"
	for option in report provenance; do
		run coff run -q --$option "$CASE/full/$option.json" --artifact out none -- sh -c "echo ran | tee out"
		is "$status" 125 "exit code with --$option on a full disk"
		lacks "$output" ran
		contains "$output" "find 32 KiB of room for the $option $CASE/full/$option.json: No space left"
	done
	is "$(ls -A "$CASE/full")" "" "what is left on the full disk"
	umount "$CASE/full"
}

@test "events: in order, valid, to a file and to a descriptor" {
	sandbox --events "$CASE/events.jsonl" none -- sh -c 'exit 6' || true
	validate --is events "$CASE/events.jsonl"
	status=0
	sandbox --events fd:5 none -- sh -c 'exit 6' 5>"$CASE/fd-events.jsonl" || status=$?
	is "$status" 6 "exit code"
	validate --is events "$CASE/fd-events.jsonl"
	for file in events fd-events; do
		python3 - "$CASE/$file.jsonl" <<'END'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
types = [event["type"] for event in events]
assert types[-1] == "end" and types.count("end") == 1, types
assert events[-1]["exit_code"] == 6 and events[-1]["cause"] == "exited", events[-1]
assert [event["phase"] for event in events if event["type"] == "phase"][-2:] == ["build", "teardown"], types
assert len({event["id"] for event in events}) == 1
times = [event["time"] for event in events]
assert times == sorted(times), times
END
	done
}

@test "events tell the fetch and its commit, which is the report's" {
	git init -q -b main "$CASE/repository"
	echo text >"$CASE/repository/file"
	git -C "$CASE/repository" add file
	git -C "$CASE/repository" -c user.name=t -c user.email=t@example.org commit -q -m one
	sandbox --events "$CASE/events.jsonl" "$CASE/repository" -- test -f /app/file
	head=$(git -C "$CASE/repository" rev-parse HEAD)
	is "$(report source.commit)" "$head" source.commit
	python3 - "$CASE/events.jsonl" "$head" <<'END'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
fetched = [event for event in events if event["type"] == "fetched"]
assert [event["commit"] for event in fetched] == [sys.argv[2]], fetched
order = [event.get("phase") or event["type"] for event in events if event["type"] in ("phase", "fetched", "end")]
assert order == ["fetch", "fetched", "build", "teardown", "end"] or order[1:] == [
    "fetch", "fetched", "build", "teardown", "end"], order
END
	[ "$(report phases.fetch)" != null ]
}

@test "an events reader that stops reading does not stop the build" {
	mkfifo -m 666 "$CASE/fifo"
	exec 7<>"$CASE/fifo"
	# Not one byte more goes into it.
	python3 -c '
import os
os.set_blocking(7, False)
try:
    while True:
        os.write(7, bytes(4096))
except BlockingIOError:
    os.set_blocking(7, True)'
	sandbox --events "$CASE/fifo" none -- true
	exec 7>&-
}

@test "-q: no word of ours; otherwise prefixed, on stderr, without colour in a file" {
	coff run -q none -- true 2>"$CASE/err"
	is "$(cat "$CASE/err")" "" "stderr of -q"
	coff run -v none -- true 2>"$CASE/err" >"$CASE/out"
	is "$(cat "$CASE/out")" "" "stdout of -v"
	is "$(grep -v '^cofferdam: ' "$CASE/err" || true)" "" "lines without the prefix"
	! grep -q $'\033' "$CASE/err" || fail "colour in a file"
	coff run --color always -v none -- no-such-program 2>"$CASE/err" || true
	coff doctor --color never >"$CASE/plain" || true
	! grep -q $'\033' "$CASE/plain" || fail "colour in spite of --color never"
}

@test "a usable run needs no directory but TMPDIR or /tmp; bad ones are passed by or named" {
	as_user mkdir -m 0700 "$CASE/tmp"
	# relative, missing or foreign XDG_RUNTIME_DIR does not count
	for dir in relative "$CASE/missing" /; do
		is "$(as_user env XDG_RUNTIME_DIR="$dir" TMPDIR="$CASE/tmp" "$COFFERDAM" run -q none -- echo ran)" \
			ran "with XDG_RUNTIME_DIR=$dir"
	done
	is "$(as_user env -u XDG_RUNTIME_DIR TMPDIR=relative "$COFFERDAM" run -q none -- echo ran)" ran "TMPDIR=relative"
	is "$(as_user env -i "$COFFERDAM" run -q none -- echo ran)" ran "with an empty environment"
	rmdir "/tmp/cofferdam-$TEST_UID" 2>/dev/null || true
}

@test "make install honours DESTDIR and PREFIX, and the programs find each other there" {
	make -s -C "$SOURCES" BUILD="${COFFERDAM_BUILD:-build}" DESTDIR="$CASE/stage" PREFIX=/opt/coffer install >&2
	chmod -R a+rX "$CASE/stage"
	git init -q -b main "$CASE/repository"
	git -C "$CASE/repository" -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m one
	is "$(as_user "$CASE/stage/opt/coffer/bin/cofferdam" run -q "$CASE/repository" -- echo fetched)" fetched \
		"a run of the installed program"
	is "$(as_user sh -c "cd / && exec '$CASE/stage/opt/coffer/bin/cofferdam' version")" "$(coff version)" version
}

@test "version; help of every verb, with exit 0, on stdout" {
	[[ "$(coff version)" =~ ^cofferdam\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	for verb in run doctor explain gc ps version; do
		contains "$(coff "$verb" --help 2>&1 >/dev/null)" ""
		contains "$(coff "$verb" --help)" "Usage: cofferdam $verb"
		contains "$(coff --help)" "cofferdam $verb"
	done
}

@test "an answer that could not be written is not success" {
	for verb in version "ps --json" "gc --json" "doctor --json" "explain none -- true" "run --steps none"; do
		status=0
		# shellcheck disable=SC2086
		coff $verb >/dev/full 2>/dev/null || status=$?
		is "$status" 125 "exit code of $verb >/dev/full"
	done
}

@test "doctor: exit 0 exactly if a run works, and --json by its schema" {
	status=0
	coff doctor --json >"$CASE/doctor.txt" || status=$?
	validate --is doctor "$CASE/doctor.txt"
	works=0
	coff run -q none -- true || works=$?
	[ $((status == 0)) = $((works == 0)) ] || fail "doctor says $status, run says $works"
	contains "$(coff doctor)" seccomp
	contains "$(coff doctor | grep ' stores ')" "enforced  kept for the next run: images 0"
	contains "$(as_user env XDG_CACHE_HOME=/proc "$COFFERDAM" doctor | grep ' stores ')" "degraded  nothing is kept"
}

@test "explain and --steps: what would be done, and nothing is" {
	own_runtime
	coff_own explain --full none -- make all >"$CASE/text"
	contains "$(cat "$CASE/text")" "clone the keeper"
	coff_own explain --json none -- make all | python3 -m json.tool >/dev/null
	steps=$(coff_own run --steps none)
	for step in "give up root" "clone the keeper" "enter the root" "cut the network" "drop capabilities" seccomp; do
		contains "$steps" "$step"
	done
	is "$(own_leftovers)" "" leftovers
}

# The one limit that a host may take, keep and ignore.
@test "explain: a summary on one screen; --full has every row" {
	local lines

	for how in "" "--docker=run --docker-host /nowhere.sock"; do
		# shellcheck disable=SC2086
		lines=$(coff explain $how none -- true | tee "$CASE/short" | wc -l)
		[ "$lines" -le 40 ] || fail "a summary of $lines lines"
		contains "$(cat "$CASE/short")" "--full"
		grep -Eq '^  system calls +builder: [1-9][0-9]* rows that allow, [1-9][0-9]* that refuse$' "$CASE/short" ||
			fail "$(cat "$CASE/short")"
		# shellcheck disable=SC2086
		[ "$(coff explain --full $how none -- true | wc -l)" -gt 400 ] || fail "not every row"
	done
	contains "$(cat "$CASE/short")" "calls of Docker"
	is "$(coff run --dry-run --full none -- true | head -n 3)" "$(coff explain --full none -- true | head -n 3)" "--dry-run --full"
}

@test "explain: what is not limited is not a limit of 0, and a limit of 0 is one" {
	coff explain --timeout 0 none -- true >"$CASE/text"
	for name in cpus timeout idle-timeout; do
		grep -Eq "^  $name +no limit\$" "$CASE/text" || fail "$name: $(cat "$CASE/text")"
	done
	grep -Eq '^  swap +0$' "$CASE/text" || fail "$(cat "$CASE/text")"
	is "$(coff explain --json --cpus 1.5 --timeout 0 none -- true | python3 -c '
import json, sys
limits = json.load(sys.stdin)["limits"]
print(limits["cpus"], limits["io-weight"], limits["timeout"], limits["swap"])
print(("memory-detail" in limits) == (limits["driver"] in ("none", "inherited")))')" \
		"1.5 default max 0
True" "for programs"
}

@test "explain: an io weight, and whether a disk here heeds it" {
	coff explain none -- true >"$CASE/without"
	lacks "$(cat "$CASE/without")" io-weight-detail
	coff explain --io-weight 250 none -- true >"$CASE/with"
	grep -Eq '^  io-weight +250$' "$CASE/with" || fail "$(cat "$CASE/with")"
	if grep -q '\[bfq\]' /sys/block/*/queue/scheduler || grep -q 'enable=1' /sys/fs/cgroup/io.cost.qos 2>/dev/null; then
		lacks "$(cat "$CASE/with")" io-weight-detail
	else
		contains "$(cat "$CASE/with")" "no disk here heeds it"
	fi
}
