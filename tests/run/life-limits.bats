#!/usr/bin/env bats
# Time limits and bombs: each ends with the right cause, and nothing of it is left.

load ../lib/run
load ../lib/life

@test "--timeout: TERM to the whole job, exit 124, and the builder may clean up" {
	ended 124 timeout --timeout 1 none -- sh -c 'trap "echo cleaned; exit 0" TERM; sleep 600 & wait'
	is "$(cat "$CASE/out")" cleaned stdout
	blamed "supervise: time limit" --timeout
	contains "$(cat "$CASE/err")" "(--timeout 1)"
	is "$(report limits.applied.timeout_s)" 1 "limits.applied.timeout_s"
}

@test "a builder that ignores TERM is killed five seconds later" {
	ended 124 timeout --timeout 1 none -- sh -c 'trap "" TERM; echo $$; sleep 600'
	wall=$(report usage.wall_ms)
	[ "$wall" -ge 5900 ] || fail "killed after $wall ms: before its grace"
}

@test "--idle-timeout counts from the last output, of either stream" {
	# Longer than the limit on each stream, while the other says nothing.
	ended 124 idle_timeout --idle-timeout 2 none -- \
		sh -c 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done
			for i in 1 2 3 4 5 6; do echo $i >&2; sleep 0.5; done; sleep 600'
	blamed "supervise: idle time limit" --idle-timeout
	is "$(cat "$CASE/out")" $'1\n2\n3\n4\n5\n6' stdout
	is "$(grep -c '^[1-6]$' "$CASE/err")" 6 "lines of stderr"
	is "$(report limits.applied.idle_timeout_s)" 2 "limits.applied.idle_timeout_s"
}

@test "--timeout reaches a fetch that hangs as well" {
	slow_source url
	ended 124 timeout --timeout 1 "$url" -- echo ran
	is "$(report phases.build)" null "phases.build"
	is "$(cat "$CASE/out")" "" stdout
}

@test "a flood of output stops no timer" {
	sandbox --timeout 1 --output-limit max none -- yes 2>"$CASE/err" | tail -c 4 >"$CASE/tail" || true
	is "$(report result.cause)" timeout cause
	is "$(cat "$CASE/tail")" $'y\ny' "the end of the flood"
}

@test "grandchildren with sessions of their own end with the builder, and are not waited for" {
	mark
	ended 0 exited none -- sh -c "
		setsid sleep $MARK &
		(setsid sh -c '(sleep $MARK & sleep $MARK) & sleep $MARK' &)
		(trap '' HUP TERM INT; exec setsid sleep $MARK) &
		sleep 0.05; echo done"
	is "$(cat "$CASE/out")" "done" stdout
	[ "$(report usage.wall_ms)" -lt 20000 ]
	unmarked || fail "processes are left: $(marked)"
}

@test "grandchildren that hold stdout open do not hold the run" {
	mark
	ended 4 exited none -- sh -c "(trap '' TERM; sleep $MARK) & exit 4"
	unmarked || fail "processes are left: $(marked)"
}

@test "zombies: orphans are reaped while the builder lives" {
	ended 0 exited none -- sh -c '
		i=0
		while [ $i -lt 200 ]; do (true &); i=$((i+1)); done
		n=1; tries=0
		while [ $n -gt 0 ] && [ $tries -lt 500 ]; do
			n=$(grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l); tries=$((tries+1))
		done
		echo $n zombies'
	is "$(cat "$CASE/out")" "0 zombies" stdout
}

# sched_getattr(2) tells how long a turn is asked for since Linux 6.12; before, 0 of everybody.
SLICE='
import ctypes, platform, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": (315, 314), "aarch64": (275, 274)}[platform.machine()]
def asked(pid):
    attr = ctypes.create_string_buffer(56)
    if libc.syscall(number[0], pid, attr, 56, 0) < 0:
        sys.exit("sched_getattr: errno %d" % ctypes.get_errno())
    return struct.unpack_from("=IIQiIQ", attr)[5]
'

# Of a thousand processes that make orphans, PID 1 and the launcher would be the last.
@test "launcher and PID 1 ask for short turns, the command has the usual ones" {
	local here there launcher keeper run

	here=$(python3 -c "$SLICE
attr = struct.pack('=IIQiIQQQ', 48, 0, 0, 0, 0, 100000, 0, 0)
print(asked(0), libc.syscall(number[1], 0, attr, 0), asked(0))")
	own_runtime
	background run coff_own run -q none -- python3 -c "$SLICE
print(asked(0), flush=True)
import signal
signal.pause()" >"$CASE/out"
	wait_for 20 test -s "$CASE/out"
	there=$(cat "$CASE/out")
	launcher=$(own_launchers)
	keeper=$(pgrep -P "$launcher" | head -n 1)
	is "$(python3 -c "$SLICE
print(asked(0), 0, asked($launcher))")" "$here" "the launcher's"
	is "$(python3 -c "$SLICE
print(asked(0), 0, asked($keeper))")" "$here" "PID 1's"
	is "$there" "${here%% *}" "the command's"
	own_signal TERM
	wait "$run" || is "$?" 143 "the run"
}

# As many as do not disturb the machine; each has a session, so that no signal to the job ends it.
@test "the command's end is seen among orphans without end, and nothing of them is left" {
	mark
	ended 143 signalled none -- python3 -c "
import os, signal
os.nice(10)
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            if os.fork() == 0:
                os.fork()
                os._exit(0)
            os.wait()
os.kill(os.getpid(), signal.SIGTERM) # $MARK"
	unmarked || fail "processes are left: $(marked)"
}

@test "a builder that never reaps its own children leaves none either" {
	mark
	ended 0 exited none -- python3 -c "
import os
for _ in range(300):
    if os.fork() == 0:
        os._exit(0)
print('made')"
	is "$(cat "$CASE/out")" made stdout
}

# A bomb that would run for ever, and how it ends for a user without a cgroup.
@test "fork bomb: bounded by the limit, ended by the time limit, gone" {
	mark
	ended 124 timeout --timeout 2 --pids 200 --allow-degraded cgroup none -- \
		python3 -c "$(fork_bomb)"
	unmarked || fail "processes are left: $(marked | wc -l)"
}

# Root may have delegated cgroups to the suite's users by an earlier run; not to this id.
as_nobody_else() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=61854 --regid=61854 --clear-groups --inh-caps=-all \
			env -i PATH="$PATH" TMPDIR="$CASE" "$@"
	else
		as_user env -u XDG_RUNTIME_DIR TMPDIR="$CASE" "$@"
	fi
}

@test "memory bomb without a cgroup: an error of the program, not of the host" {
	status=0
	as_nobody_else "$COFFERDAM" run -q --report "$CASE/report.json" --memory 256M --allow-degraded cgroup \
		none -- python3 -c "
hoard = []
while True:
    hoard.append(bytearray(16 << 20))" 2>"$CASE/err" || status=$?
	driver=$(report limits.driver)
	case $driver in v1 | v2) skip "an ordinary user has a cgroup here: life-root.bats tries it with one" ;; esac
	is "$status $(report result.cause)" "1 exited" "exit code and cause"
	contains "$(cat "$CASE/err")" MemoryError
	is "$(report walls.cgroup.state)" degraded walls.cgroup.state
}

@test "tmpfs bytes: disk_full, in each place that the builder can write to" {
	for place in /app /tmp /var/tmp /home/builder /dev/shm; do
		ended 1 disk_full --app-size 8M none -- \
			python3 -c "
import sys
try:
    for number in range(1000):
        with open('$place/bomb%d' % number, 'wb', buffering=0) as bomb:
            bomb.write(bytes(1 << 16))
except OSError as error:
    print(error.strerror)
    sys.exit(1)"
		contains "$(cat "$CASE/out")" "No space left on device"
		[ "$(report usage.app_peak_bytes)" -ge 8000000 ]
	done
}

@test "one file as large as the work space is a full disk as well" {
	ended 1 disk_full --app-size 8M none -- sh -c 'dd if=/dev/zero of=/app/bomb bs=64k 2>&1'
	contains "$(cat "$CASE/out")" "No space left on device"
	contains "$(cat "$CASE/err")" "build: the work space was full: --app-size 8M was met"
	contains "$(cat "$CASE/err")" "cofferdam: try: --app-size"
}

@test "tmpfs inodes: disk_full" {
	ended 7 disk_full --app-inodes 300 none -- python3 -c "
import os
made = 0
try:
    while True:
        os.mkdir('/app/%d' % made)
        made += 1
except OSError as error:
    print(error.strerror, flush=True)
    assert made == 300, made
    os._exit(7)"
	contains "$(cat "$CASE/out")" "No space left on device"
}

@test "a full disk that the build survives is not a failure" {
	ended 0 exited --app-size 4M none -- sh -c 'head -c 9000000 /dev/zero >/app/x; rm /app/x; true'
}

@test "descriptor hoard: EMFILE at the limit" {
	ended 0 exited none -- python3 -c "
import errno, os, resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = 0
try:
    while True:
        os.open('/dev/null', os.O_RDONLY)
        held += 1
except OSError as error:
    assert error.errno == errno.EMFILE, error
print(held < hard <= 65536, hard)"
	contains "$(cat "$CASE/out")" True
}

@test "inotify hoard: the host user can still make one" {
	python3 -c '
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.inotify_init1(0o2000000) >= 0' || cannot "inotify"
	ended 0 exited none -- python3 -c "
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
n = 0
while n < 100000 and libc.inotify_init1(0) >= 0:
    n += 1
print(n, os.strerror(ctypes.get_errno()))
os._exit(0 if n < 100000 else 1)"
	as_user python3 -c '
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.inotify_init1(0o2000000) >= 0, ctypes.get_errno()'
}
