#!/usr/bin/env bats
# "Which wall was it?" Real programs meet one, and the report names it, with what would permit it.

load ../lib/run

# CALL, PROGRAM, the option that would let the call pass, and a command that makes it.
calls() {
	cat <<-'END'
		unshare unshare --allow-userns unshare -m true
		setns nsenter --allow-userns nsenter -u/proc/self/ns/uts true
		mount mount --allow-userns mount -t tmpfs none /tmp
		umount2 umounter --allow-userns python3 -c 'import ctypes; l = ctypes.CDLL(None); l.prctl(15, b"umounter"); l.umount2(b"/proc", 0)'
		chroot chroot --allow-userns chroot / true
		pivot_root pivot_root --allow-userns pivot_root /tmp /tmp
		sethostname hostname --allow-userns hostname other
		unshare bwrap-like --allow-userns exec -a bwrap-like python3 -c 'import ctypes, sys; ctypes.CDLL(None).prctl(15, b"bwrap-like"); ctypes.CDLL(None).unshare(0x10000000)'
		mknodat mknod - mknod /tmp/disk b 8 0
		clock_settime date - date -s 2001-01-01
		syslog dmesg - dmesg -S
		setpriority renice --seccomp renice -n 5 -p 1
		sched_setaffinity taskset --seccomp taskset -p 1 1
		sched_setscheduler chrt --seccomp chrt -b -p 0 1
		ioprio_set ionice --seccomp ionice -c 2 -n 7 -p 1
		prlimit64 prlimit --seccomp prlimit --pid 1 --nofile=10:10
		personality setarch --seccomp setarch --addr-compat-layout true
		io_uring_setup uring --seccomp python3 -c 'import ctypes; l = ctypes.CDLL(None); l.prctl(15, b"uring"); l.syscall(425, 8, 0)'
		perf_event_open perf --seccomp python3 -c 'import ctypes, platform; l = ctypes.CDLL(None); l.prctl(15, b"perf"); l.syscall(298 if platform.machine() == "x86_64" else 241, 0, 0, -1, -1, 0)'
		userfaultfd faults --seccomp python3 -c 'import ctypes, platform; l = ctypes.CDLL(None); l.prctl(15, b"faults"); l.syscall(323 if platform.machine() == "x86_64" else 282, 0)'
		pidfd_getfd thief --seccomp python3 -c 'import ctypes; l = ctypes.CDLL(None); l.prctl(15, b"thief"); l.syscall(438, 3, 0, 0)'
		kcmp kcmp --seccomp python3 -c 'import ctypes, platform; l = ctypes.CDLL(None); l.prctl(15, b"kcmp"); l.syscall(312 if platform.machine() == "x86_64" else 272, 1, 1, 0, 0, 0)'
		bpf bpf - python3 -c 'import ctypes, platform; l = ctypes.CDLL(None); l.prctl(15, b"bpf"); l.syscall(321 if platform.machine() == "x86_64" else 280, 0, 0, 0)'
		reboot reboots - python3 -c 'import ctypes; l = ctypes.CDLL(None); l.prctl(15, b"reboots"); l.reboot(0)'
		swapon swaps - python3 -c 'import ctypes; l = ctypes.CDLL(None); l.prctl(15, b"swaps"); l.swapon(b"/tmp/x", 0)'
	END
}

@test "each system call that the filter refuses is named, with its program, and what would permit it" {
	calls | cut -d' ' -f4- >"$CASE/script"
	sandbox none -- sh -c 'while IFS= read -r line; do bash -c "$line" </dev/null >/dev/null 2>&1; done; exit 7' <"$CASE/script" || true
	is "$(report result.exit_code) $(report refused_calls_known)" "7 true" "how it ended"
	calls >"$CASE/calls"
	python3 - "$CASE/report.json" "$CASE/calls" <<-'PY'
		import json, sys
		rows = json.load(open(sys.argv[1]))["refusals"]
		wrong = []
		for line in open(sys.argv[2]):
		    call, program, option = line.split()[:3]
		    got = [r for r in rows if (r["wall"], r["what"], r["program"]) == ("seccomp", call, program)]
		    if len(got) != 1 or not (got[0]["option"] or "-").startswith(option):
		        wrong.append((line.strip(), got))
		assert not wrong, (wrong, rows)
		assert all((r["option"] is None) == (r["price"] is None) for r in rows), rows
	PY
}

# tests/run/refusals/planted has real programs that meet a wall; `make check-refusals` runs all of them.
@test "planted failures are answered with the right wall and the right option" {
	local answered rows

	need_root "to have the limits of a cgroup"
	install -d -m 0700 -o "$TEST_USER" "$CASE/planted"
	as_root timeout 550 python3 "$SOURCES/tests/run/refusals/plant" "${COFFERDAM_PLANTED:-core}" "$CASE/planted" \
		"$COFFERDAM" --run-as "$TEST_USER" >"$CASE/score" || fail "$(cat "$CASE/score")"
	read -r answered _ rows < <(tail -1 "$CASE/score")
	echo "# $answered of $rows" >&3
	[ "${COFFERDAM_PLANTED:-core}" = core ] || [ "$rows" -ge 100 ] || fail "only $rows rows"
	[ "$rows" -ge 25 ] && [ $((answered * 100)) -ge $((rows * 95)) ] || fail "$(cat "$CASE/score")"
}

@test "a build that meets no wall has no refusals, whatever it asks as an older kernel is asked" {
	sandbox none -- sh -c 'ls -lR /usr/lib/python3* >/dev/null; python3 -c "import threading, socket; [threading.Thread(target=print).start() for i in range(9)]; socket.socket()" >/dev/null; cp -a /etc /tmp/etc'
	is "$(report refusals) $(report refused_calls_known)" "[] true" "refusals"
}

@test "limits that are met: memory, processes, disk, time, silence, output" {
	local options command want row

	while IFS='|' read -r options command want; do
		# shellcheck disable=SC2086
		sandbox $options none -- sh -c "$command" >/dev/null 2>&1 || true
		row=$(report refusals)
		contains "$row" "$want"
	done <<-'END'
		--app-size 4M|dd if=/dev/zero of=x bs=1M count=9|"option": "--app-size SIZE, --app-inodes N"
		--app-inodes 64|for i in $(seq 99); do : >$i; done|"option": "--app-size SIZE, --app-inodes N"
		--timeout 1|sleep 99|"option": "--timeout SECONDS"
		--idle-timeout 1|sleep 99|"option": "--idle-timeout SECONDS"
		--output-limit 4K|yes|"option": "--output-limit SIZE"
		-q|ulimit -f 1; exec dd if=/dev/zero of=x bs=1M count=9|"option": "ulimit -Hf
	END
}

@test "what cannot be known is not guessed: a mode, a capability, a profile of one's own" {
	sandbox none -- sh -c 'cat /etc/shadow; chown 1:1 /app; touch /usr/x; kill -SYS $$' >/dev/null 2>&1 || true
	is "$(report refusals)" "[]" "refusals"
	# As by an older kernel, whose programs know what to do.
	sandbox none -- python3 -c '
import ctypes, errno, os, platform, socket
def family(number):
    try:
        socket.socket(number, socket.SOCK_RAW)
    except OSError as error:
        return errno.errorcode[error.errno]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(250 if platform.machine() == "x86_64" else 219, 0, -3, 0)
print(errno.errorcode[ctypes.get_errno()], family(socket.AF_PACKET), family(socket.AF_ALG))
exit(1)' >"$CASE/said" || true
	is "$(cat "$CASE/said")" "ENOSYS EAFNOSUPPORT EAFNOSUPPORT" "keyctl, AF_PACKET, AF_ALG"
	is "$(report result.exit_code) $(report refusals) $(report refused_calls_known)" "1 [] true" "refusals"
	printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["unshare"],"action":"SCMP_ACT_ERRNO"}]}' >"$CASE/profile.json"
	sandbox --seccomp "$CASE/profile.json" none -- unshare -m true 2>/dev/null || true
	is "$(report refusals) $(report refused_calls_known)" "[] false" "with a profile"
}

@test "a listener that is flooded, killed at, and given names, ends with the run and lies of nothing" {
	cat >"$CASE/flood.py" <<-'PY'
		import ctypes, os, signal, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		libc.prctl(15, b"a\n\x1b[2J\xff\"}", 0, 0, 0)
		def refused():
		    if libc.unshare(0x10000000) != -1 or ctypes.get_errno() != 1:
		        os.write(1, b"PASSED\n")
		children = []
		for i in range(8):
		    pid = os.fork()
		    if pid == 0:
		        while True:
		            refused()
		    children.append(pid)
		time.sleep(0.2)
		for pid in children:
		    os.kill(pid, signal.SIGKILL)
		    os.waitpid(pid, 0)
		for i in range(60):
		    libc.prctl(15, b"program-%d" % i, 0, 0, 0)
		    refused()
		os.write(1, b"DONE\n")
		while True:
		    if os.fork() == 0:
		        os._exit(refused() or 0)
		    os.wait()
	PY
	run sandbox --timeout 8 --ro-bind "$CASE/flood.py:/opt/flood.py" none -- sh -c "exec python3 /opt/flood.py 2>&1"
	is "$status ${lines[0]} $(report result.cause)" "124 DONE timeout" "how it ended"
	lacks "$output" PASSED
	python3 - "$CASE/report.json" <<-'PY'
		import json, sys
		text = open(sys.argv[1]).read()
		assert "\\u001b" not in text and "\x1b" not in text
		rows = json.load(open(sys.argv[1]))["refusals"]
		assert len(rows) <= 64 and all(r["times"] > 0 for r in rows), rows
		assert any(r["what"] == "more calls and programs" for r in rows), rows
		assert any((r["program"] or "").startswith("a?") for r in rows), rows
	PY
}

@test "nobody inside gets at the listener, and PID 1 names who is hidden from everybody else" {
	sandbox none -- sh -c 'ls -l /proc/self/fd; for i in 3 4 5 6 7; do [ ! -e /proc/self/fd/$i ] || readlink /proc/self/fd/$i; done' >"$CASE/out"
	lacks "$(cat "$CASE/out")" seccomp
	is "$(sandbox none -- sh -c 'ls /proc | grep -cx 1' || true)" 0 "PID 1 in /proc"
	sandbox none -- python3 -c 'import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); ctypes.CDLL(None).unshare(0x10000000)'
	is "$(report refusals.0.what) $(report refusals.0.program)" "unshare python3" "a process that may not be looked into"
}

@test "a build that looks for a network which is not there: the end says so, and the report" {
	coff run --report "$CASE/report.json" none -- getent hosts a.example >"$CASE/out" 2>&1 || :
	contains "$(cat "$CASE/out")" "times for names or hosts, and has no network; --net allow:HOST names what it may reach"
	is "$(report refusals.0.wall) $(report refusals.0.option)" "network --net allow:HOST" "in the report"
	coff run --report "$CASE/report.json" none -- getent hosts localhost >"$CASE/out" 2>&1
	lacks "$(cat "$CASE/out")" "network"
	is "$(report refusals)" "[]" "one that looks for nobody"
}
