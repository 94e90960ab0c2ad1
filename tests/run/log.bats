#!/usr/bin/env bats
# --log: what the builder wrote, beside what its reader gets.

load ../lib/run

@test "--log: both streams, byte for byte to the reader, by lines in the file" {
	coff run -q --report "$CASE/report.json" --log "$CASE/log" none -- sh -c 'echo one; echo two >&2; printf "a\033[2J\n\tb"' >"$CASE/out" 2>"$CASE/err"
	is "$(cat "$CASE/out")" "$(printf 'one\na\033[2J\n\tb')" "stdout"
	is "$(cat "$CASE/err")" two "stderr"
	is "$(cut -d' ' -f2- "$CASE/log" | LC_ALL=C sort)" "$(printf 'err two\nout \tb\nout a?[2J\nout one')" "log"
	is "$(stat -c %a "$CASE/log")" 600 "mode"
	coff run -q --log "$CASE/log" --log-format json none -- sh -c 'echo "{}"; cat /dev/urandom | head -c 300000' >"$CASE/out"
	python3 - "$CASE/log" <<-'PY'
		import json, sys
		rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line[0] == "{"]
		assert rows[0]["text"] == "{}" and rows[0]["stream"] == "stdout", rows[0]
		assert len(rows) > 30 and all(set(r) <= {"time", "stream", "text", "cut"} for r in rows)
	PY
}

@test "--log: found before the build where it cannot be, and no success where it is not whole" {
	local file

	mkfifo "$CASE/fifo"
	as_user ln -s "$CASE/else" "$CASE/link"
	for file in "$CASE/fifo" "$CASE/link" "$CASE/absent/log" "$CASE" /dev/full; do
		run coff run -q --report "$CASE/report.json" --log "$file" none -- echo ran
		is "$status" 125 "exit code of $file ($output)"
		lacks "$output" ran
	done
	[ ! -e "$CASE/else" ] || fail "through a link"
	need_root
	mkdir "$CASE/small"
	mount -t tmpfs -o size=64k,mode=1777 small "$CASE/small" || cannot "mount a tmpfs"
	run coff run -q --events "$CASE/events.jsonl" --report "$CASE/report.json" --log "$CASE/small/log" none -- sh -c 'seq 100000 >/dev/stderr; echo end'
	is "$status" 125 "a full disk"
	contains "$output" "launcher: write the log: "
	contains "$output" "No space left"
	contains "$output" end
	contains "$(grep '"type":"warning"' "$CASE/events.jsonl")" "No space left"
	is "$(report result.cause) $(report error.step)" "artifact_failed launcher: write the log" "in the report"
	rm -f "$CASE/small"/*
	run coff run -q --report "$CASE/small/report.json" --log "$CASE/small/log" none -- sh -c 'seq 100000 >/dev/stderr'
	umount "$CASE/small"
	is "$status" 125 "a full disk for both"
	contains "$output" "launcher: write the log: "
	contains "$output" "launcher: write the report: "
}

@test "--log: rotated by size, and the builder's own end stays the run's" {
	run coff run -q --log "$CASE/log" --log-size 8K none -- sh -c 'seq 5000; exit 3'
	is "$status" 3 "exit code"
	is "$(cd "$CASE" && echo log*)" "log log.1 log.2 log.3" "files"
	is "$(tail -1 "$CASE/log" | cut -d' ' -f2-)" "out 5000" "last line"
	[ "$(stat -c %s "$CASE/log.1")" -le 8192 ] || fail "log.1 is too large"
}

@test "three lines end a run on a terminal: how, with what and which wall, and where; -q has none" {
	local said

	said=$(as_user TERM=xterm script -qec "'$COFFERDAM' run --report '$CASE/report.json' --log '$CASE/log' --app-size 8M none -- sh -c 'dd if=/dev/zero of=x bs=1M count=9'" /dev/null </dev/null | tr -d '\r' | grep -av warning)
	contains "$said" "cofferdam: disk_full, exit code 1, after"
	contains "$said" "refused most by the wall disk: the work space was full (1); --app-size SIZE, --app-inodes N would permit it"
	contains "$said" "report $CASE/report.json; log $CASE/log"
	is "$(report refusals.0.wall) $(report refusals.0.times)" "disk 1" "in the report"
	contains "$(as_user TERM=xterm script -qec "'$COFFERDAM' run none -- touch /usr/x" /dev/null </dev/null)" "no wall is known to have refused"
	said=$(as_user TERM=xterm script -qec "'$COFFERDAM' run -q none -- true" /dev/null </dev/null)
	lacks "$said" "cofferdam:"
	lacks "$(coff run none -- true 2>&1)" "exit code"
	sandbox none -- false || true
	is "$(report refusals)" "[]" "a build that failed, and nobody knows by which wall"
}
