#!/usr/bin/env bats
# Entering a sandbox that runs: the walls of its builder, and nothing more.

load ../lib/run
load ../lib/life
load ../lib/rootfs

terminal() { as_user env COFFERDAM="$COFFERDAM" CASE="$CASE" python3 - "$1" <"$SOURCES/tests/lib/terminal-case"; }

# What a process has, and what it gets when it tries what each wall forbids.
VIEW='
exec 2>&1
grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Umask|Cpus_allowed_list|Sig(Blk|Ign))" /proc/self/status
for ns in /proc/self/ns/*; do echo "$ns $(readlink "$ns")"; done
cat /proc/self/limits /proc/self/cgroup /proc/self/mountinfo /proc/self/oom_score_adj
cat /proc/self/attr/current; echo; cat /proc/self/sched | grep -E "^(policy|prio)"; ionice; ulimit -a
pwd; env | grep -v ^SHLVL= | sort # which some shells count
for fd in /proc/self/fd/*; do echo "${fd##*/}"; done
/opt/probe/probe --walls'

# entered ARG… -- COMMAND: a run that can be entered, and whose command has come as far as "up"; $pid, $id.
entered() {
	[ -n "${RUNTIME:-}" ] || own_runtime
	rm -f "$CASE/out"
	background pid coff_own run -q --attachable --report "$CASE/report.json" --events "$CASE/events.jsonl" \
		--ro-bind "$PROBES:/opt/probe" "$@" >"$CASE/out" 2>"$CASE/err"
	wait_for 20 inside out up || fail "it did not come up: $(cat "$CASE/err")"
	id=$(coff_own ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["id"])')
}

attach() { coff_own shell --attach "$id" -- "$@"; }

# Options of the run: the same view for who enters and for the builder.
same_view() {
	entered "$@" none -- sh -c "sh -c '$VIEW' >/app/view </dev/null; echo up; exec sleep 600"
	attach cat /app/view >"$CASE/builder"
	attach sh -c "$VIEW" >"$CASE/entered" </dev/null
	[ "$(wc -l <"$CASE/builder")" -gt 100 ] || fail "the builder saw little: $(cat "$CASE/builder")"
	diff "$CASE/builder" "$CASE/entered" || fail "who entered with $* has other walls"
	own_signal TERM
	wait "$pid" || true
}

@test "attach: ids, capabilities, filter, namespaces, mounts, limits, environment, descriptors and every probe as in the builder" {
	same_view
}

@test "attach: the same of root inside with a profile, and of nested user namespaces" {
	printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["keyctl","mount"],"action":"SCMP_ACT_ERRNO"}]}' \
		>"$CASE/profile.json"
	same_view --root-inside --seccomp "$CASE/profile.json"
	same_view --allow-userns
}

@test "attach: the same of a run with one id, and of one with a root of its own" {
	local file

	rootfs_tree "$CASE/root"
	for file in env sort ionice sleep ps; do as_user ln -s busybox "$CASE/root/bin/$file"; done
	for file in $(ldd "$PROBE" | grep -o '/[^ ]*'); do
		as_user install -D -m 0755 "$file" "$CASE/root$file"
	done
	same_view --rootfs "$CASE/root"
	grep -q '^OK\|EPERM' "$CASE/entered" || fail "no probe ran: $(tail -3 "$CASE/entered")"
	need_root
	rm -r "$RUNTIME" "$CASE"/{report.json,events.jsonl}
	own_runtime as_one
	same_view
	is "$(report walls.ids.state)" degraded "one id"
}

@test "attach: streams and exit codes are the command's" {
	entered none -- sh -c 'echo up; exec sleep 600'
	is "$(head -c 300000 /dev/zero | attach wc -c)" 300000 "what it reads"
	is "$(attach sh -c 'head -c 300000 /dev/zero; echo err >&2' 2>"$CASE/attached.err" | wc -c)" 300000 "what it writes"
	is "$(cat "$CASE/attached.err")" err stderr
	for code in 0 7 126; do
		status=0; attach sh -c "exit $code" || status=$?
		is "$status" "$code" "exit code"
	done
	status=0; attach sh -c 'kill -9 $$' || status=$?
	is "$status" 137 "of a signal"
	status=0; attach /nowhere/nothing 2>"$CASE/attached.err" || status=$?
	is "$status" 127 "of no command"
	contains "$(cat "$CASE/attached.err")" "cofferdam: try: name a program that exists in the sandbox"
	is "$(coff_own shell --attach "${id:0:12}" -- echo by the beginning of its id)" "by the beginning of its id"
	own_signal TERM
	wait "$pid" || true
	is "$(report result.entered)" 8 "entries in the report"
	is "$(report walls.seccomp.state)" enforced "the builder's wall"
	is "$(grep -c '"type":"entered"' "$CASE/events.jsonl")" 8 "events"
}

@test "attach: a terminal of the sandbox's own, with job control" { terminal attached; }

@test "attach: nobody but its user" {
	need_root
	entered none -- sh -c 'echo up; exec sleep 600'
	socket=$RUNTIME/cofferdam/$id.attach
	[ -S "$socket" ] || fail "there is no door"
	knock='
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(10)
try:
    s.connect(sys.argv[1])
    print(len(s.recv(1)))
except OSError as error:
    print(error.strerror)'
	is "$(as_one python3 -c "$knock" "$socket")" "Permission denied" "another user at the socket"
	is "$(as_root python3 -c "$knock" "$socket")" 0 "root, who is not its user, gets an end of file"
	run as_one env XDG_RUNTIME_DIR="$RUNTIME" "$COFFERDAM" shell --attach "$id" -- true
	is "$status" 125 "exit code of another user"
	contains "$output" "there is no run $id of yours"
	is "$(attach echo in)" in "its user"
}

@test "attach: what cannot be entered says why, and what would help" {
	own_runtime
	run coff_own shell --attach 0123456789abcdef -- true
	is "$status" 125 "exit code"
	contains "$output" "there is no run 0123456789abcdef of yours: it has ended, or never was"
	contains "$output" "try: cofferdam ps"
	run coff_own shell --attach ../../etc -- true
	contains "$output" "is not a run's id"
	background pid coff_own run -q none -- sh -c 'echo up; exec sleep 600' >"$CASE/out"
	wait_for 10 inside out up
	id=$(coff_own ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["id"])')
	run attach true
	is "$status" 125 "exit code"
	contains "$output" "was started without a door"
	contains "$output" "--attachable"
	run coff_own shell --attach "$id" </dev/null
	contains "$output" "was started without a door"
	own_signal KILL
	run attach true
	contains "$output" "the run $id has ended"
}

@test "attach: before there is a command it cannot be entered, and the phase is named" {
	own_runtime
	slow_source url
	background pid coff_own run -q --attachable "$url" -- true
	wait_for 10 test -e "$CASE/port.came"
	id=$(coff_own ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["id"])')
	run attach true
	is "$status" 125 "exit code"
	contains "$output" "cannot be entered now: its phase is fetch"
}

@test "attach: what was entered ends with the run, and a run that was killed leaves nothing" {
	mark
	for signal in TERM KILL; do
		entered none -- sh -c 'echo up; exec sleep 600'
		background guest attach sh -c "echo in; trap '' HUP TERM; sleep $MARK; sleep $MARK" >"$CASE/guest" 2>"$CASE/guest.err"
		wait_for 10 inside guest in
		own_signal "$signal"
		status=0; wait "$guest" || status=$?
		is "$status" 125 "exit code of who was inside"
		contains "$(cat "$CASE/guest.err")" "the run has ended"
		wait_for 5 unmarked || fail "what was entered lives on: $(marked)"
		wait "$pid" || true
	done
	coff_own gc
	is "$(own_leftovers)" "" leftovers
}

@test "attach: the end of who entered hangs his command up, and nothing else" {
	mark
	entered none -- sh -c 'echo up; exec sleep 600'
	background guest attach sh -c "echo in; sleep $MARK" >"$CASE/guest"
	wait_for 10 inside guest in
	kill -KILL "$(pgrep -f "^$COFFERDAM shell --attach $id")"
	wait_for 5 unmarked || fail "his command lives on"
	is "$(attach echo again)" again "the next one"
}

@test "attach: the builder gets nothing of the porter's but its end" {
	entered none -- python3 -uc '
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
def tried(call):
    try:
        return call()
    except OSError as error:
        return error.strerror
def trace(pid):
    return "attached" if libc.ptrace(16, pid, 0, 0) == 0 else os.strerror(ctypes.get_errno())
def look(pid):
    there = tried(lambda: os.kill(pid, 0))
    if there is not None:
        return
    print("pid", pid, trace(pid), "|", tried(lambda: os.listdir("/proc/%d/fd" % pid)), "|",
        tried(lambda: open("/proc/%d/mem" % pid, "rb").read(1)), "|", tried(lambda: open("/proc/%d/maps" % pid).read(9)))
for pid in range(3, 20):
    look(pid)
print("up")
signal.sigwait([signal.SIGUSR1])
for sent in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(sent, signal.SIG_IGN)
    os.kill(-1, sent)
print("softly")
signal.sigwait([signal.SIGUSR1])
for pid in range(3, 20):
    tried(lambda: os.kill(pid, signal.SIGKILL))
print("ended", flush=True)
signal.pause()'
	is "$(grep -c '^pid' "$CASE/out")" 1 "a porter, and nobody else: $(cat "$CASE/out")"
	like='^pid [0-9]+ Operation not permitted \| (Permission denied|No such file or directory) \| (Permission denied|No such file or directory) \| (Permission denied|No such file or directory)$'
	grep -qE "$like" "$CASE/out" || fail "it gets at it: $(cat "$CASE/out")"
	attach kill -USR1 2 || true # who sends it may meet the answer
	wait_for 10 inside out softly
	is "$(attach echo still)" still "after a goodbye to everybody"
	attach kill -USR1 2 || true # who sends it may meet the answer
	wait_for 10 inside out ended
	run attach true
	is "$status" 125 "exit code"
	contains "$output" "the build may have ended the porter"
}

# strace holds up every child that fork(3) has made, in its first system call, where a signal
# still finds it.
@test "attach: a command that stops everybody with its first instruction has its exit code" {
	need_root
	command -v strace >/dev/null || cannot "strace a run (it is not installed)"
	cc -static -nostartfiles -O1 -o "$CASE/first" -x c - <<-'C'
		#include <signal.h>
		#include <unistd.h>
		void _start(void) { _exit(kill(-1, SIGSTOP) == 0 ? 7 : 1); }
	C
	status=0
	as_root env TMPDIR="$CASE" strace -f -qq -o "$CASE/trace" -e trace=set_robust_list \
		-e inject=set_robust_list:delay_exit=500000 \
		"$COFFERDAM" run -q --attachable --timeout 10 --ro-bind "$CASE/first:/opt/first" none -- /opt/first || status=$?
	is "$status" 7 "exit code"
	grep -q DELAYED "$CASE/trace" || fail "strace held nobody up"
}

# strace holds up every setsid(2): until then there is no session to be hung up.
@test "attach: who hangs up before his command has begun has none" {
	need_root
	command -v strace >/dev/null || cannot "strace a run (it is not installed)"
	background pid as_root env TMPDIR="$CASE" strace -f -qq -o "$CASE/trace" -e trace=setsid -e inject=setsid:delay_enter=1000000 \
		"$COFFERDAM" run -q --attachable none -- sh -c 'readlink /proc/self/ns/pid; exec sleep 600' >"$CASE/out"
	wait_for 20 inside out pid:
	here() { [ "$(readlink /proc/[0-9]*/ns/pid | grep -cxF "$(cat "$CASE/out")")" = "$1" ]; }
	here 3 || fail "keeper, builder and porter are not found"
	id=$(as_root env TMPDIR="$CASE" "$COFFERDAM" ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["id"])')
	background guest as_root env TMPDIR="$CASE" "$COFFERDAM" shell --attach "$id" -- sleep 600 </dev/null
	wait_for 10 here 5
	# shellcheck disable=SC2046
	kill -KILL $(pgrep -f "^$COFFERDAM shell --attach $id")
	wait_for 10 here 3 || fail "his command lives on"
	# shellcheck disable=SC2046
	kill -TERM $(pgrep -f "^$COFFERDAM run -q --attachable") || true
	wait "$pid" || true
}

@test "attach: a build that ends who lets in is not taken for the end of the run" {
	entered none -- sh -c 'echo up; exec sleep 600'
	run attach sh -c 'kill -KILL $PPID'
	is "$status" 125 "exit code"
	contains "$output" "its build has ended who let us in"
	is "$(attach echo again)" again "the next one"
}

@test "attach: who let in was stopped, or who lets in: a visit ends, and only who came in is counted" {
	entered none -- python3 -uc '
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print("up")
signal.sigwait([signal.SIGUSR1])
os.kill(-1, signal.SIGSTOP)
print("stopped")
time.sleep(600)'
	is "$(attach echo another)" another "while nobody is stopped"
	background guest attach sh -c 'echo in; kill -USR1 2; exec sleep 600' >"$CASE/guest" 2>"$CASE/guest.err"
	wait_for 10 inside guest in
	wait_for 10 inside out stopped
	background late attach true 2>"$CASE/late.err"
	status=0; wait "$guest" || status=$?
	is "$status" 125 "exit code of who was in"
	contains "$(cat "$CASE/guest.err")" "who let us in does not answer"
	status=0; wait "$late" || status=$?
	is "$status" 125 "exit code of who was not"
	contains "$(cat "$CASE/late.err")" "nobody inside answers"
	own_signal TERM
	wait "$pid" || true
	is "$(report result.entered)" 2 "who came in"
}

@test "attach: words that mean nothing for a sandbox that is there are refused by name" {
	for words in "--memory 1G" "--net full" "--env A=b" "--attachable" "none"; do
		# shellcheck disable=SC2086
		run coff shell --attach 0123 $words
		is "$status" 125 "exit code of $words"
		contains "$output" "${words%% *}"
		lacks "$output" "there is no run"
	done
	printf '{"attach":"0123"}' >"$CASE/config.json"
	run as_user env XDG_CONFIG_HOME=/nonexistent "$COFFERDAM" shell --config "$CASE/config.json" none
	contains "$output" "attach: this cannot stand in a file"
}
