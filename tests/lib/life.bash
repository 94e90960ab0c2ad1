# tests/lib/life.bash: what the tests of a run's life share, on top of run.bash.
#
#	ended CODE CAUSE ARG…  sandbox ARG… ends with this exit code and this result.cause;
#	                       its streams are in $CASE/out and $CASE/err
#	blamed STEP REMEDY     error.step is STEP, error.remedy has REMEDY in it, stderr says both
#	mark                   set MARK: a duration for sleep(1) that no other process has
#	marked                 pids of every process that has $MARK in its arguments
#	unmarked               no process has it any more
#	inside PATTERN         a file of $CASE has a line that matches PATTERN
#	own_runtime            a runtime directory of this test's alone; coff_own ARG… uses it
#	own_leftovers          what is left in it
#	own_launchers          pids of the launchers that run with it
#	own_signal SIGNAL      send it to the one launcher
#	building               that one has come to the build
#	slow_source URLVAR     a git server that accepts a connection and never answers
#	$FORKS                 in Python: what stopped a hundred forks, and whether 16 to 24 were made
#	fork_bomb              in Python: forks for ever; each process has $MARK

ended() {
	local code=$1 cause=$2 status=0

	shift 2
	rm -f "$CASE/report.json"
	sandbox "$@" >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
	is "$status" "$code" "exit code of $* ($(head -c 600 "$CASE/err"))" || return
	is "$(report result.exit_code)" "$code" "result.exit_code" || return
	is "$(report result.cause)" "$cause" "result.cause"
}

blamed() {
	is "$(report error.step)" "$1" "error.step" || return
	contains "$(report error.remedy)" "$2" || return
	contains "$(cat "$CASE/err")" "cofferdam: $1: " || return
	contains "$(cat "$CASE/err")" "cofferdam: try: "
}

mark() {
	MARK=$((30000 + RANDOM)).$RANDOM$RANDOM$RANDOM
}

marked() {
	# Not as an argument, or grep would find itself.
	grep -alF -f /dev/stdin /proc/[0-9]*/cmdline 2>/dev/null <<<"$MARK" | cut -d/ -f3
}

unmarked() {
	[ -z "$(marked)" ]
}

inside() {
	grep -qs -- "$2" "$CASE/$1"
}

own_runtime() { # [AS-WHOM]
	RUNTIME=$CASE/runtime OWNER=${1:-as_user}
	"$OWNER" install -d -m 0700 "$RUNTIME"
}

coff_own() {
	"$OWNER" env XDG_RUNTIME_DIR="$RUNTIME" "$COFFERDAM" "$@"
}

own_leftovers() {
	find "$RUNTIME" -mindepth 2
}

# Runs of the same user that another suite has started without a runtime directory are shown by ps
# too: what has another environment is not ours, nor is what has ended meanwhile.
own_launchers() {
	coff_own ps --json | python3 -c '
import json, sys
mine = b"XDG_RUNTIME_DIR=" + sys.argv[1].encode()
for run in json.load(sys.stdin)["runs"]:
    try:
        environment = open("/proc/%d/environ" % run["launcher"], "rb").read().strip(b"\0")
    except PermissionError:
        environment = mine
    except OSError:
        continue
    if mine in environment.split(b"\0"):
        print(run["launcher"])' "$RUNTIME"
}

own_signal() {
	kill -"$1" "$(own_launchers)"
}

building() {
	coff_own ps --json | grep -q '"phase":.*"build"'
}

FORKS='
import os, signal
made = []
try:
    while len(made) < 100:
        pid = os.fork()
        if pid == 0:
            signal.pause()
        made.append(pid)
except OSError as error:
    print(error.strerror)
print(15 < len(made) < 25)'

fork_bomb() {
	cat <<-PYTHON
		import os
		marker = '$MARK'
		while True:
		    try:
		        os.fork()
		    except OSError:
		        pass
	PYTHON
}

# What a failed test would leave: background processes end with their launcher.
life_end() {
	local pids=

	[ -z "${RUNTIME:-}" ] || pids=$(own_launchers 2>/dev/null)
	[ -z "${MARK:-}" ] || pids+=" $(marked)"
	# shellcheck disable=SC2086
	[ -z "${pids// /}" ] || kill -KILL $pids 2>/dev/null || true
}

teardown() {
	life_end
	case_end
}

slow_source() {
	local -n ret_url=$1
	local server

	background server python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], file=open(sys.argv[1], "w"), flush=True)
held = []
while True:
    held.append(s.accept())
    open(sys.argv[1] + ".came", "w").close()' "$CASE/port"
	wait_for 10 test -s "$CASE/port"
	ret_url=http://127.0.0.1:$(cat "$CASE/port")/repository
}
