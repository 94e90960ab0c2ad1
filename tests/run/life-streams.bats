#!/usr/bin/env bats
# The builder's stdout and stderr are cofferdam's, byte for byte, whatever they lead to;
# and whatever they lead to, it does not stop the timers.

load ../lib/run
load ../lib/life

@test "stdout and stderr are kept apart, and no word of ours is on stdout" {
	ended 3 exited -v none -- sh -c 'echo to-out; echo to-err >&2; exit 3'
	is "$(cat "$CASE/out")" to-out stdout
	contains "$(cat "$CASE/err")" to-err
	lacks "$(cat "$CASE/err")" to-out
}

@test "the builder opens its streams again by name, each in its own direction" {
	local who

	for who in coff coff_one; do
		[ $who = coff ] || [ "$(id -u)" = 0 ] || continue
		is "$(echo in | $who run -q none -- sh -c 'cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr' 2>"$CASE/err")" \
			"in"$'\n'"out" "$who: what came out"
		contains "$(cat "$CASE/err")" err
	done
	# With an id of its own it reads nothing back.
	need_root
	is "$(sandbox none -- sh -c '(cat </proc/self/fd/1) 2>/dev/null || echo refused')" refused \
		"its output, opened to read"
}

@test "binary stdin comes back byte for byte, from a file and from a pipe" {
	head -c 3000000 /dev/urandom >"$CASE/in"
	sandbox none -- cat <"$CASE/in" >"$CASE/out"
	cmp "$CASE/in" "$CASE/out"
	cat "$CASE/in" | sandbox none -- cat | cmp - "$CASE/in"
}

@test "10 MB through a slow reader arrive whole" {
	sandbox none -- head -c 10000000 /dev/zero | python3 -c '
import os, sys
total = 0
while True:
    data = os.read(0, 1777)
    if not data:
        break
    assert data.strip(b"\0") == b"", "changed on the way"
    total += len(data)
print(total)' >"$CASE/count"
	is "$(cat "$CASE/count")" 10000000 "bytes that arrived"
}

@test "stdin: /dev/null and closed end at once, and a builder need not read what comes" {
	is "$(sandbox none -- wc -c </dev/null)" 0 "bytes of /dev/null"
	is "$(sandbox none -- wc -c <&-)" 0 "bytes of a closed stdin"
	# More than every buffer on the way holds, and a writer that is told so.
	head -c 2000000 /dev/zero | sandbox none -- true
	yes | sandbox none -- head -n 2 >"$CASE/out"
	is "$(cat "$CASE/out")" $'y\ny' "what head said"
}

@test "a builder that waits for stdin gets its end when the writer ends, and not before" {
	{
		echo first
		wait_for 10 inside out "got first"
		echo second
	} | sandbox none -- sh -c 'read line; echo "got $line"; cat' >"$CASE/out"
	is "$(cat "$CASE/out")" $'got first\nsecond' stdout
}

@test "stdout closed early: the builder gets SIGPIPE" {
	set +e
	sandbox none -- yes | head -n 1 >"$CASE/out"
	status=${PIPESTATUS[0]}
	set -e
	is "$status" 141 "exit code"
	is "$(report result.signal)" 13 "result.signal"
	is "$(cat "$CASE/out")" y "what head took"
}

@test "a reader that does not want what was written last is no error: 0, as in a shell" {
	set +e
	sandbox none -- sh -c 'echo last' | :
	status=${PIPESTATUS[0]}
	set -e
	[ "$status" = 0 ] || is "$status" 141 "exit code"
	lacks "$(report error)" lost
}

# sh WORD: the exit code, and who is named, where the shell gives the streams.
lost() {
	local where=$1 status=0

	shift
	rm -f "$CASE/report.json"
	"$@" || status=$?
	is "$status" 125 "exit code of $*" || return
	is "$(report result.cause)" output_lost "cause of $*" || return
	contains "$(report error.message)" "write it to $where: " || return
	contains "$(report error.remedy)" "elsewhere"
}
to_full() { sandbox none -- sh -c "$1" >/dev/full 2>"$CASE/err"; }
errors_to_full() { sandbox none -- sh -c "$1" 2>/dev/full >"$CASE/out"; }
to_small_file() { (ulimit -f 2048; sandbox none -- head -c 2100000 /dev/zero >"$CASE/small"); }

@test "output that cannot be delivered fails the run: a first word, a last word, a flood, stderr" {
	lost stdout to_full 'echo hi'
	contains "$(cat "$CASE/err")" "No space left on device"
	contains "$(cat "$CASE/err")" "cofferdam: try: "
	lost stdout to_full yes
	lost stdout to_full 'echo fine >&2; printf x'
	lost stderr errors_to_full 'echo hi; echo hi >&2'
	is "$(cat "$CASE/out")" hi stdout
	lost stdout to_small_file
	contains "$(report error.message)" "File too large"
	is "$(stat -c %s "$CASE/small")" 2097152 "bytes that found room"
	# A command that says nothing loses nothing.
	sandbox none -- true >/dev/full
}

@test "an answer of ours that cannot be delivered is said: version, help, explain" {
	for words in version help "explain none -- true" "doctor --json"; do
		status=0
		# shellcheck disable=SC2086
		coff $words >/dev/full 2>"$CASE/err" || status=$?
		is "$status" 125 "exit code of $words"
		contains "$(cat "$CASE/err")" "No space left on device"
	done
}

@test "what the command said before its sandbox was killed is not lost" {
	local keeper

	own_runtime
	mark
	mkfifo -m 666 "$CASE/fifo"
	# The reader begins when the sandbox is dead.
	exec 7<>"$CASE/fifo"
	background RUN coff_own run -q --report "$CASE/report.json" none -- \
		sh -c "head -c 100000 /dev/zero; sleep $MARK" >"$CASE/fifo" 2>"$CASE/err" 7>&-
	wait_for 10 building
	wait_for 10 marked_sleeps
	keeper=$(pgrep -P "$(own_launchers)" | head -n 1)
	exec 8<"$CASE/fifo" 7>&-
	kill -KILL "$keeper"
	is "$(wc -c <&8)" 100000 "bytes of the last words"
	exec 8<&-
	status=0
	wait "$RUN" || status=$?
	is "$status" 125 "exit code"
	is "$(report usage.output_bytes)" 100000 usage.output_bytes
}

# sleep itself, not the shell before it.
marked_sleeps() {
	local pid

	for pid in $(marked); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sleep ] || return 0
	done
	return 1
}

@test "launcher started with 0, 1 and 2 closed" {
	status=0
	coff run -q --report "$CASE/report.json" none -- sh -c 'echo out; echo err >&2; exit 9' \
		<&- >&- 2>&- || status=$?
	is "$status" 9 "exit code"
	is "$(report result.cause)" exited cause
	coff version >&- 2>&- || true
	# Nothing that it opened may have taken their numbers.
	is "$(grep -c . "$CASE/report.json")" "$(grep -c . <"$CASE/report.json")" "report is whole"
	python3 -m json.tool "$CASE/report.json" >/dev/null
}

@test "the builder's descriptors are none of ours: a regular file on stdout cannot be read back" {
	echo secret-line >"$CASE/log"
	chmod 666 "$CASE/log"
	status=0
	sandbox none -- sh -c 'cat </proc/self/fd/1' >>"$CASE/log" 2>/dev/null </dev/null &
	pid=$!
	# A pipe of its own has nothing in it to read, so this waits; it must not find the line.
	wait_for 2 test "$(wc -l <"$CASE/log")" -gt 1 || true
	is "$(cat "$CASE/log")" secret-line "the log"
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || true
}

@test "the output limit counts both streams, cuts exactly and says so" {
	ended 125 output_limit --output-limit 100000 none -- yes
	is "$(stat -c %s "$CASE/out")" 100000 "bytes of stdout"
	blamed "supervise: output limit" --output-limit
	ended 125 output_limit --output-limit 100000 none -- sh -c 'yes & yes >&2'
	grep -v '^cofferdam: ' "$CASE/err" >"$CASE/err-own" || true
	both=$(($(stat -c %s "$CASE/out") + $(tr -d -c 'y\n' <"$CASE/err-own" | wc -c)))
	[ "$both" -le 100100 ] || fail "$both bytes passed a limit of 100000"
	# At the limit to the byte is not beyond it.
	ended 0 exited --output-limit 100000 none -- head -c 100000 /dev/zero
	is "$(stat -c %s "$CASE/out")" 100000 "bytes of stdout"
	is "$(report usage.output_bytes)" 100000 "usage.output_bytes"
	ended 125 output_limit --output-limit 100000 none -- sh -c 'head -c 100001 /dev/zero; sleep 60'
}

@test "a reader that has stopped reading stops no timer, and does not keep us" {
	mkfifo "$CASE/fifo"
	exec 7<>"$CASE/fifo"
	background pid sandbox --timeout 1 none -- yes >"$CASE/fifo" 2>"$CASE/err" 7>&-
	wait_for 15 test -s "$CASE/report.json"
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	is "$status" 124 "exit code"
	is "$(report result.cause)" timeout cause
}

@test "a stderr that nobody reads stops no timer: the time limit ends the run, and we end" {
	local began=$SECONDS status=0

	mkfifo -m 666 "$CASE/fifo"
	# A reader that reads nothing; the pipe is filled before we get it.
	background READER sh -c 'exec 3<"$1"; sleep 60' sh "$CASE/fifo"
	as_user timeout 60 sh -c '
		exec 2>"$0"
		timeout 1 cat /dev/zero >&2
		exec "$1" run -v --timeout 3 none -- sleep 30' "$CASE/fifo" "$COFFERDAM" || status=$?
	is "$status" 124 "exit code"
	[ $((SECONDS - began)) -le 12 ] || fail "it took $((SECONDS - began)) s"
}

@test "neither we nor what we start hands a crash to the host's handler of cores" {
	local limits

	background RUN coff run -q none -- sleep 31.4172
	wait_for 10 pgrep -u "$TEST_USER" -f '^[^ ]*cofferdam run -q none -- sleep 31.4172' >/dev/null
	limits=$(awk '/^Max core/ { print $5 }' "/proc/$(pgrep -o -u "$TEST_USER" -f '^[^ ]*cofferdam run -q none -- sleep 31.4172')/limits")
	[[ $limits = [01] ]] || fail "the soft limit of core files is <$limits>"
}

@test "Ctrl-C ends a run whose reader has stopped reading" {
	mkfifo "$CASE/fifo"
	exec 7<>"$CASE/fifo"
	own_runtime
	mark
	background pid coff_own run -q --report "$CASE/report.json" none -- sh -c "yes; sleep $MARK" \
		>"$CASE/fifo" 2>"$CASE/err" 7>&-
	wait_for 10 building
	own_signal INT
	wait_for 15 test -s "$CASE/report.json"
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	is "$status" 130 "exit code"
}

@test "what the builder says while it ends after a signal is not lost" {
	own_runtime
	background pid coff_own run -q --report "$CASE/report.json" none -- \
		sh -c 'trap "head -c 300000 /dev/zero; exit 5" INT; echo up >&2; while :; do sleep 0.01; done' \
		> >(sleep 0.3; wc -c >"$CASE/count") 2>"$CASE/err"
	wait_for 10 inside err up
	own_signal INT
	status=0
	wait "$pid" || status=$?
	is "$status" 5 "exit code"
	wait_for 10 test -s "$CASE/count"
	is "$(cat "$CASE/count")" 300000 "bytes of the last words"
}

# Two read the same pipe: what poll(2) saw the other may have taken.
@test "a reader that shares our stdin takes what was there: the time limit holds" {
	status=0
	python3 - "$COFFERDAM" "$TEST_USER" <<-'PYTHON' >"$CASE/out" 2>&1 || status=$?
		import os, subprocess, sys, threading, time
		program, user = sys.argv[1:]
		as_user = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if os.getuid() == 0 else []
		read, write = os.pipe()  # of root's where root runs this: it cannot be opened again
		began = time.monotonic()
		run = subprocess.Popen(as_user + [program, "run", "-q", "--timeout", "3", "none", "--", "sleep", "600"],
		                       stdin=read, env={"PATH": os.environ["PATH"], "TMPDIR": "/tmp"})
		def thief():
		    while os.read(read, 1):
		        pass
		for _ in range(2):
		    threading.Thread(target=thief, daemon=True).start()
		while time.monotonic() < began + 2.5:
		    os.write(write, b"x")
		    time.sleep(0.0005)
		code = run.wait(timeout=20)
		took = time.monotonic() - began
		print("exit code %d after %.1f s" % (code, took))
		sys.exit(0 if code == 124 and took < 12 else 1)
	PYTHON
	is "$status" 0 "$(cat "$CASE/out")"
}
