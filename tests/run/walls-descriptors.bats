#!/usr/bin/env bats
# The walls descriptors, environment and tty: nothing of the caller comes along.

load ../lib/run

@test "0, 1 and 2 are open, and no other" {
	is "$(probe_in descriptors | tr '\n' ' ')" "0 1 2 " "descriptors"
}

@test "a descriptor that the caller left open does not come along (runc CVE-2024-21626)" {
	echo secret >"$CASE/secret"
	chmod 0644 "$CASE/secret"
	# Outside such a descriptor is inherited.
	is "$(as_user bash -c 'exec 5<"$0" 77</; "$1" descriptors' "$CASE/secret" "$PROBE" | grep -xE '5|77' | tr '\n' ' ')" "5 77 " "outside"
	is "$(as_user bash -c 'exec 5<"$0" 77</; exec "$1" run -q --ro-bind "$2:/opt/probe" none -- /opt/probe/probe descriptors' "$CASE/secret" "$COFFERDAM" "$PROBES" | tr '\n' ' ')" "0 1 2 " "inside"
	is "$(as_user bash -c 'exec 5<"$0" 77</; exec "$1" run -q none -- sh -c "ls /proc/self/fd/77/etc /proc/self/fd/5 2>/dev/null; :"' "$CASE/secret" "$COFFERDAM")" "" "through /proc"
}

@test "no descriptor leads to a directory, device or file of the host" {
	is "$(sandbox none -- sh -c 'for fd in 0 1 2; do readlink /proc/self/fd/$fd; done' </dev/null | sed 's/:.*//' | sort -u)" pipe "what they are"
}

@test "stdout to a log of the host: what it holds cannot be read, truncated or rewritten" {
	echo "earlier secret line" >"$CASE/log"
	chmod 0666 "$CASE/log"
	# Outside all of that is possible through an appended log.
	contains "$(as_user sh -c '"$1" reopen 1 r 2>&1 >>"$0"' "$CASE/log" "$PROBE")" "earlier secret line"
	sandbox --ro-bind "$PROBES:/opt/probe" none -- sh -c '
		/opt/probe/probe reopen 1 r 2>/app/read
		/opt/probe/probe ftruncate 1
		cat /app/read >&2' >>"$CASE/log" 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" secret
	is "$(head -n 1 "$CASE/log")" "earlier secret line" "the first line afterwards"
	contains "$(cat "$CASE/log")" EINVAL
	is "$(report result.cause)" exited result.cause
}

@test "stdin from a file of the host: it cannot be written" {
	echo "input" >"$CASE/input"
	chmod 0666 "$CASE/input"
	# Outside whoever may open the file anew may write to it.
	is "$(as_user sh -c '"$1" reopen 0 w <"$0"' "$CASE/input" "$PROBE")" OK "outside"
	contains "$(cat "$CASE/input")" OVERWRITTEN
	echo "input" >"$CASE/input"
	sandbox --ro-bind "$PROBES:/opt/probe" none -- sh -c '/opt/probe/probe reopen 0 w; /opt/probe/probe ftruncate 0; timeout 1 sh -c "echo x >/proc/self/fd/0"; :' <"$CASE/input" >"$CASE/out"
	is "$(cat "$CASE/input")" input "the file afterwards"
}

@test "a marker in the caller's environment is nowhere inside" {
	local marker=marker-$$-$RANDOM

	is "$(as_user env COFFERDAM_MARKER="$marker" SECRET_TOKEN="$marker" sh -c 'echo $SECRET_TOKEN')" "$marker" "outside"
	as_user env COFFERDAM_MARKER="$marker" SECRET_TOKEN="$marker" LD_PRELOAD="" BASH_ENV="/$marker" "$COFFERDAM" run -q --report "$CASE/report.json" none -- sh -c '
		env; cat /proc/*/environ; cat /proc/1/environ; cat /proc/*/cmdline; set' >"$CASE/out" 2>"$CASE/err" || true
	is "$(grep -c PATH= "$CASE/out" | awk '{ print ($1 > 0) }')" 1 "an environment was printed"
	is "$(tr '\0' '\n' <"$CASE/out" | grep -c "$marker")" 0 "the marker"
	lacks "$(cat "$CASE/report.json" "$CASE/err")" "$marker"
}

@test "without a range PID 1 has the builder's id, and its environment is shut as well" {
	local marker=marker-$$-$RANDOM

	need_root
	as_one env SECRET_TOKEN="$marker" "$COFFERDAM" run -q none -- sh -c 'cat /proc/1/environ /proc/1/cmdline /proc/1/mem; env' >"$CASE/out" 2>&1
	contains "$(cat "$CASE/out")" PATH=
	lacks "$(cat -v "$CASE/out")" "$marker"
}

@test "the environment is this, and --env adds to it" {
	is "$(sandbox none -- env | sort | tr '\n' ' ')" "HOME=/home/builder LANG=C.UTF-8 LOGNAME=builder PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PWD=/app SHELL=/bin/sh TMPDIR=/tmp USER=builder " "the environment"
	is "$(as_user env TAKEN=along "$COFFERDAM" run -q --env TAKEN --env GIVEN=value none -- sh -c 'echo $TAKEN $GIVEN')" "along value" "--env"
}

@test "the working directory is /app, wherever the caller stands" {
	is "$(sandbox none -- pwd -P)" /app "from the suite's"
	is "$(as_user sh -c 'cd / && exec "$0" run -q none -- pwd -P' "$COFFERDAM")" /app "from /"
	is "$(as_user sh -c 'cd "$0" && mkdir gone && cd gone && rmdir ../gone && exec "$1" run -q none -- pwd -P' "$CASE" "$COFFERDAM")" /app "from a directory that is gone"
	is "$(sandbox none -- sh -c 'cd ..; cd ..; cd ..; pwd -P; ls -d etc')" "/
etc" "upwards"
}

@test "without a terminal the builder is alone in its session, and /dev/tty is nobody's" {
	is "$(sandbox none -- sh -c 'ps -o sid= -p $$ | tr -d " "; echo $$' | sort -u | wc -l)" 1 "session leader"
	[[ $(sandbox none -- sh -c ': </dev/tty' 2>&1) = *"No such device or address"* ]] || fail "/dev/tty opens"
}

# Before the keeper there is no clock but ours: what the caller gives is waited for as long as a run
# may last, and no more than a minute.
@test "a pipe or a FIFO that nobody writes to holds no run" {
	local word

	as_user mkfifo -m 600 "$CASE/fifo"
	mkfifo "$CASE/held"
	exec 7<>"$CASE/held"
	for word in --secret=a=fd:7 "--secret=a=$CASE/fifo" "--seccomp=$CASE/fifo" --git-credential=fd:7 \
		"--git-credential=$CASE/fifo"; do
		STATUS=0
		OUT=$(as_user timeout -k 1 20 "$COFFERDAM" run --timeout 1 "$word" https://127.0.0.1:1/x.git -- true 2>&1) ||
			STATUS=$?
		is "$STATUS" 125 "$word: $OUT"
		contains "$OUT" "in time"
	done
	# One that is written late, and then closed, is taken whole.
	is "$( (sleep 0.2; printf late; sleep 0.2; printf r) | as_user "$COFFERDAM" run -q --secret a=fd:0 none -- \
		cat /run/secrets/a </dev/stdin)" later "written late"
	exec 7>&-
}
