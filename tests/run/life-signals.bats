#!/usr/bin/env bats
# Signals reach those for whom they are: the rows of keeper.c.

load ../lib/run
load ../lib/life

# A job of two: the command, and a child in its process group; each says what it got.
job='
for name in INT TERM HUP QUIT USR1 USR2 WINCH; do
	trap "echo parent $name" $name
done
python3 -c "
import signal
for name in \"INT TERM HUP QUIT USR1 USR2 WINCH\".split():
    signal.signal(getattr(signal, \"SIG\" + name), lambda *_, name=name: print(\"child\", name, flush=True))
print(\"child up\", flush=True)
while True:
    signal.pause()" &
echo parent up
while :; do sleep 0.02; done'

start_job() {
	own_runtime
	background JOB coff_own run -q --report "$CASE/report.json" --events "$CASE/events.jsonl" \
		none -- bash -c "$job" >"$CASE/out" 2>"$CASE/err"
	wait_for 10 inside out "parent up"
	wait_for 10 inside out "child up"
}

end_job() {
	own_signal KILL
	wait "$JOB" || true
	wait_for 10 no_job
	rm -f "$CASE/report.json"
}

no_job() { [ -z "$(own_launchers)" ]; }

@test "INT TERM HUP QUIT WINCH go to the whole job" {
	start_job
	for name in INT TERM HUP QUIT WINCH; do
		own_signal "$name"
		wait_for 10 inside out "parent $name"
		wait_for 10 inside out "child $name"
	done
	for number in 2 15 1 3 28; do
		inside events.jsonl "\"signal\":$number"
	done
	end_job
}

@test "USR1 and USR2 go to the command alone" {
	start_job
	for name in USR1 USR2; do
		own_signal "$name"
		wait_for 10 inside out "parent $name"
	done
	own_signal WINCH # comes after them
	wait_for 10 inside out "child WINCH"
	lacks "$(cat "$CASE/out")" "child USR"
	end_job
}

@test "a builder that dies of a forwarded signal: 128+N, interrupted, and who it was" {
	for name in INT:2 TERM:15 HUP:1 QUIT:3; do
		own_runtime
		background pid coff_own run -q --report "$CASE/report.json" none -- \
			sh -c 'echo up; sleep 600' >"$CASE/out"
		wait_for 10 inside out up
		own_signal "${name%:*}"
		status=0
		wait "$pid" || status=$?
		is "$status" $((128 + ${name#*:})) "exit code after $name"
		is "$(report result.cause)" interrupted cause
		is "$(report result.signal)" "${name#*:}" signal
		rm -rf "$RUNTIME" "$CASE/out"
	done
}

@test "a builder that handles the signal decides itself: exit 0 is exit 0" {
	own_runtime
	background pid coff_own run -q --report "$CASE/report.json" none -- \
		bash -c 'trap "echo bye; exit 0" TERM; echo up; sleep 600 & wait' >"$CASE/out"
	wait_for 10 inside out up
	own_signal TERM
	wait "$pid"
	is "$(report result.cause)" exited cause
	inside out bye
}

# start_fetching SIGNAL: a run that hangs in its fetch, and the signal when it does.
fetching() {
	own_runtime
	slow_source url
	background pid coff_own run -q --report "$CASE/report.json" "$@" "$url" -- echo ran \
		>"$CASE/out" 2>"$CASE/err"
	wait_for 10 test -e "$CASE/port.came"
}

@test "Ctrl-C during a slow fetch: interrupted at once, nothing built" {
	for name in INT:2 TERM:15 HUP:1 QUIT:3; do
		fetching
		own_signal "${name%:*}"
		status=0
		wait "$pid" || status=$?
		is "$status" $((128 + ${name#*:})) "exit code after $name"
		is "$(report result.cause)" interrupted cause
		is "$(report phases.build)" null phases.build
		is "$(report error.step)" "supervise: signal" error.step
		is "$(cat "$CASE/out")" "" stdout
		is "$(own_leftovers)" "" "leftovers"
		rm -rf "$RUNTIME" "$CASE/port" "$CASE/port.came"
	done
}

@test "USR1, USR2, WINCH and CONT during a fetch harm nothing" {
	fetching --timeout 6
	launcher=$(own_launchers)
	for name in WINCH USR1 USR2 CONT WINCH; do
		kill -"$name" "$launcher"
	done
	status=0
	wait "$pid" || status=$?
	is "$status" 124 "exit code: the signals changed nothing"
	is "$(report result.cause)" timeout cause
}

@test "signals from the first moment on: never lost, never a wrong end" {
	own_runtime
	python3 - "$COFFERDAM" "$RUNTIME" "$(id -u "$TEST_USER")" "$(id -g "$TEST_USER")" <<'END'
import collections, os, random, signal, subprocess, sys, time
program, runtime, uid, gid = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
who = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
seed = random.randrange(10**9)
random.seed(seed)
print("seed", seed)

def start(*command):
    return subprocess.Popen([program, "run", "-q", "none", "--", *command],
                            env={"XDG_RUNTIME_DIR": runtime, "PATH": "/usr/bin:/bin"},
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **who)

begin = time.monotonic()
start("true").communicate()
whole = time.monotonic() - begin # how long a run takes here
seen = collections.Counter()
for _ in range(60):
    run = start("sleep", "600")
    time.sleep(random.uniform(0, whole))
    run.send_signal(signal.SIGWINCH)
    run.send_signal(signal.SIGTERM)
    try:
        _, words = run.communicate(timeout=15)
    except subprocess.TimeoutExpired:
        run.kill()
        sys.exit("a run did not end after TERM")
    # Before the signals are held the default action is taken; after that it is 143.
    if run.returncode not in (143, -15):
        sys.exit("ended with %d: %s" % (run.returncode, words))
    seen[run.returncode] += 1
print(dict(seen))
if seen[143] == 0:
    sys.exit("no run was late enough to answer")
END
	wait_for 10 no_job
}

@test "nohup: an ignored HUP stays ignored" {
	own_runtime
	background pid coff_own run -q --report "$CASE/report.json" none -- true
	wait "$pid"
	as_user env XDG_RUNTIME_DIR="$RUNTIME" sh -c 'trap "" HUP; exec "$@"' sh "$COFFERDAM" run -q \
		none -- sh -c 'echo up; read line; echo got $line' \
		< <(wait_for 10 inside out up && kill -HUP "$(own_launchers)" && echo on) >"$CASE/out"
	inside out "got on"
}

# A grandchild sets timers that say SIGCONT, as anybody's may; it cannot be looked into. One that
# says so again and again would lose its next turn to a SIGSTOP that comes while it is pending.
waker='
import ctypes, os, signal, time
libc = ctypes.CDLL(None, use_errno=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for i in range(1, 400):
            event, timer = (ctypes.c_int32 * 16)(0, 0, signal.SIGCONT, 0), ctypes.c_void_p()
            at = (ctypes.c_long * 4)(0, 0, i // 20, i % 20 * 50_000_000)
            assert libc.timer_create(1, event, ctypes.byref(timer)) == 0
            assert libc.timer_settime(timer, 0, at, None) == 0
        assert libc.prctl(4, 0) == 0
        signal.signal(signal.SIGCONT, lambda *_: None)
        print("up", flush=True)
        while True:
            pass
    time.sleep(100)
time.sleep(100)'

# suspended AS-WHOM ARG…: a run that the user has suspended; $launcher, $pid
suspended() {
	own_runtime "$1"
	background pid coff_own run -q --report "$CASE/report.json" "${@:2}" >"$CASE/out"
	wait_for 10 inside out up
	launcher=$(own_launchers)
	kill -TSTP "$launcher"
	wait_for 5 grep -q '^State:.T' "/proc/$launcher/status" ||
		skip "this job is orphaned: the kernel lets nobody stop it"
}

@test "who wakes himself in the pause of the user has the time limit, and no more of the machine" {
	for who in as_user as_one; do
		[ "$who" = as_user ] || [ "$(id -u)" = 0 ] || continue
		suspended "$who" --timeout 4 none -- python3 -c "$waker"
		wait_for 20 eval '[ -z "$(pgrep -P "$launcher" -f "cofferdam run")" ] || ended_all $(pgrep -P "$launcher")' ||
			fail "$who: the build is there after 20 s of its 4"
		kill -CONT "$launcher"
		status=0
		wait "$pid" || status=$?
		is "$status" 124 "exit code"
		is "$(report result.cause)" timeout cause
		rm -rf "$RUNTIME" "$CASE/out"
	done
}

@test "stopped and continued: the whole build stands still, and its time is not counted" {
	suspended as_user --timeout 2 none -- sh -c 'echo up; sleep 1; echo finished'
	sleep 10 # past the limit, and what the keeper gives beyond it
	kill -CONT "$launcher"
	wait "$pid"
	inside out finished
	is "$(report result.cause)" exited cause
}
