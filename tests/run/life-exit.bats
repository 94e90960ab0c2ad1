#!/usr/bin/env bats
# The exit code is the builder's, or says which kind of end it was; the report tells them
# apart without doubt, and names the step and the remedy when cofferdam itself gave up.

load ../lib/run
load ../lib/life

@test "exit codes 0 to 255 are the builder's own, also those that have a meaning for us" {
	for code in 0 1 2 77 124 125 126 127 130 137 255; do
		ended "$code" exited none -- sh -c "exit $code"
		is "$(report error)" null "error after exit $code"
		is "$(report result.signal)" null "signal after exit $code"
	done
}

@test "a builder that dies of signal N gives 128+N and the signal" {
	for signal in 1 2 3 6 8 9 10 11 13 14 15 24 25 31; do
		ended $((128 + signal)) signalled none -- sh -c "kill -$signal \$\$; sleep 60"
		is "$(report result.signal)" "$signal" "result.signal"
		is "$(report error)" null "error"
	done
}

# Without -q: the last lines say what the exit code does, and what to do about it.
said() {
	local code=$1 words=$2 remedy=$3 status=0

	shift 3
	coff run "$@" >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
	is "$status" "$code" "exit code of $*" || return
	contains "$(tail -n 2 "$CASE/err")" "cofferdam: $words" || return
	contains "$(tail -n 1 "$CASE/err")" "cofferdam: try: " || return
	contains "$(tail -n 1 "$CASE/err")" "$remedy"
}

@test "every end but an exit has a last line with its remedy, and an exit has none" {
	said 139 "build: the command was ended by signal 11 (Segmentation fault)" doctor none -- sh -c 'kill -11 $$'
	said 137 "build: the command was ended by signal 9 (Killed)" memory none -- sh -c 'kill -9 $$'
	said 159 "build: the command was ended by signal 31" --seccomp none -- sh -c 'kill -31 $$'
	said 124 "supervise: time limit: the time limit of 1 s has passed (--timeout 1)" --timeout --timeout 1 none -- sleep 60
	said 124 "supervise: idle time limit: no output for 1 s (--idle-timeout 1)" --idle-timeout \
		--idle-timeout 1 none -- sleep 60
	said 125 "supervise: output limit: output cut" --output-limit --output-limit 1K none -- yes
	status=0
	coff run --memory 256M --allow-degraded cgroup none -- sh -c 'exit 3' >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
	is "$status" 3 "exit code"
	lacks "$(cat "$CASE/err")" "try: "
}

@test "127: no such program, found by PATH or by path" {
	ended 127 setup_failed none -- no-such-program
	blamed "builder: execute" "PATH is"
	contains "$(report error.message)" no-such-program
	ended 127 setup_failed none -- /no/such/path
	ended 127 setup_failed none -- ./relative
	# Told apart from a shell that says the same.
	ended 127 exited none -- sh -c no-such-program
	is "$(report error)" null "error"
}

@test "the command is looked up in the PATH that it will have, not in ours" {
	mkdir "$CASE/tools" "$CASE/host"
	printf '#!/bin/sh\necho tool\n' >"$CASE/tools/tool"
	printf '#!/bin/sh\necho wrong\n' >"$CASE/host/tool"
	chmod 755 "$CASE/tools" "$CASE/host" "$CASE/tools/tool" "$CASE/host/tool"
	TOOLS=(--ro-bind "$CASE/tools:/opt/tools")
	ended 0 exited "${TOOLS[@]}" --env PATH=/opt/tools:/usr/bin none -- tool
	is "$(cat "$CASE/out")" tool stdout
	ended 127 setup_failed "${TOOLS[@]}" --env PATH=/opt/tools none -- true
	contains "$(report error.remedy)" "PATH is /opt/tools and"
	ended 127 setup_failed "${TOOLS[@]}" none -- tool
	# Nothing of our own PATH counts: not its absence, nor what it leads to.
	for path in /nowhere "$CASE/host" "$CASE/host:/usr/bin"; do
		is "$(as_user env PATH="$path" "$COFFERDAM" run -q none -- ldconfig --version 2>&1 | head -c 8)" ldconfig "with $path"
		status=0
		as_user env PATH="$path" "$COFFERDAM" run -q none -- tool >"$CASE/out" 2>&1 || status=$?
		is "$status" 127 "exit code with $path"
	done
	is "$(as_user env -i "$COFFERDAM" run -q none -- echo found)" found "without a PATH"
}

@test "a script whose interpreter is not inside says so" {
	mkdir "$CASE/bin"
	printf '#!/opt/none/sh\n' >"$CASE/bin/script"
	chmod 755 "$CASE/bin" "$CASE/bin/script"
	ended 127 setup_failed --ro-bind "$CASE/bin:/opt/bin" none -- /opt/bin/script
	blamed "builder: execute" "first line"
}

@test "126: found and not to be executed: no mode bit, a directory, no program" {
	ended 126 setup_failed none -- /etc/passwd
	blamed "builder: execute" "executable"
	ended 126 setup_failed none -- /tmp
	mkdir "$CASE/bin"
	cp /usr/bin/true "$CASE/bin/true"
	chmod 755 "$CASE/bin"
	chmod 644 "$CASE/bin/true"
	ended 126 setup_failed --ro-bind "$CASE/bin:/opt/bin" none -- /opt/bin/true
	chmod 755 "$CASE/bin/true"
	ended 0 exited --ro-bind "$CASE/bin:/opt/bin" none -- /opt/bin/true
	ended 126 exited none -- sh -c /etc/passwd
}

@test "125: no command, no source, a path that does not exist" {
	ended 125 setup_failed none
	blamed "launcher: plan" "cofferdam run none -- COMMAND"
	ended 125 fetch_failed "$CASE/nowhere" -- true
	blamed "launcher: plan" "git repository"
	contains "$(cat "$CASE/err")" "$CASE/nowhere"
}

@test "a local source that is not there, cannot be read or is no repository: fetch_failed, as a remote one" {
	mkdir "$CASE/plain" "$CASE/shut"
	: >"$CASE/file"
	repository "$CASE/shut/repository"
	for source in "$CASE/nowhere" "file://$CASE/nowhere" "$CASE/nowhere#main" "$CASE/file" "$CASE/file/x" \
		"$CASE/plain" "$CASE/shut/repository#nothing"; do
		ended 125 fetch_failed "$source" -- true
		contains "$(cat "$CASE/err")" "cofferdam: try: "
	done
	chmod 000 "$CASE/shut"
	if ! as_user test -r "$CASE/shut"; then
		ended 125 fetch_failed "$CASE/shut/repository" -- true
		ended 125 fetch_failed "$CASE/shut" -- true
	fi
	chmod 700 "$CASE/shut"
	# What is refused to be given at all is no failed fetch.
	ended 125 setup_failed /etc -- true
}

@test "a time may have its unit: 10m, 2h, and 0 is none" {
	ended 0 exited --timeout 10m none -- true
	is "$(report limits.requested.timeout_s)" 600 timeout_s
	ended 0 exited --timeout 0 --idle-timeout 1h none -- true
	is "$(report limits.requested.timeout_s)" null timeout_s
	is "$(report limits.requested.idle_timeout_s)" 3600 idle_timeout_s
}

@test "what is degraded is said whole, not where it was accepted, and -v says all of the walls" {
	local line

	coff run --report "$CASE/report.json" none -- true 2>"$CASE/err"
	if [ "$(report walls.cgroup.state)" = degraded ]; then
		contains "$(cat "$CASE/err")" "cgroup ($(report walls.cgroup.detail))"
		coff run --allow-degraded cgroup,ids,landlock none -- true 2>"$CASE/err"
		lacks "$(cat "$CASE/err")" degraded
		coff run -v --allow-degraded cgroup none -- true 2>"$CASE/err"
		contains "$(cat "$CASE/err")" "degraded, as accepted: cgroup ("
	fi
	coff run -v none -- true 2>"$CASE/err"
	for line in "phase build, after " "wall seccomp: enforced, " "wall network: enforced, "; do
		contains "$(cat "$CASE/err")" "cofferdam: $line"
	done
	lacks "$(cat "$CASE/err")" "step: "
	coff run -vv none -- true 2>"$CASE/err"
	contains "$(cat "$CASE/err")" "cofferdam: step: clone the keeper"
}

# ---- bad input ----

# A refusal of the command line: 125, the words named, and nothing run.
named() {
	local part status=0

	coff "${arguments[@]}" >"$CASE/out" 2>"$CASE/err" </dev/null || status=$?
	is "$status" 125 "exit code of ${arguments[*]}" || return
	is "$(cat "$CASE/out")" "" "stdout of ${arguments[*]}" || return
	for part in "$@"; do
		contains "$(cat "$CASE/err")" "$part" || return
	done
	contains "$(cat "$CASE/err")" "cofferdam: "
}

@test "an unknown verb, option, word, size and number are named, with what is allowed" {
	arguments=(frobnicate); named frobnicate
	arguments=(run --frobnicate none -- echo ran); named --frobnicate
	arguments=(run --memory twelve none -- echo ran); named --memory twelve
	arguments=(run --memory 12Q none -- echo ran); named --memory 12Q
	arguments=(run --timeout -1 none -- echo ran); named --timeout
	arguments=(run --timeout 99999999999999999999 none -- echo ran); named --timeout
	arguments=(run --cpus few none -- echo ran); named --cpus few
	arguments=(run --pids 1e3 none -- echo ran); named --pids 1e3
	arguments=(run --color sometimes none -- echo ran); named --color sometimes auto always never
	arguments=(run --allow-degraded moat none -- echo ran); named --allow-degraded moat
	arguments=(run --steps=please none -- echo ran); named --steps
	arguments=(run --output-limit=12x none -- echo ran); named --output-limit 12x
	arguments=(run none extra -- echo ran); named extra
	arguments=(run --cpus 0 none -- echo ran); named --cpus max
	arguments=(run --timeout 10x none -- echo ran); named --timeout 10m
	arguments=(run --report=- none -- echo ran); named "'-' is no file" ./-
	arguments=(run --report fd:1 none -- echo ran); named "'fd:1' is no file"
	mkdir -m 0777 "$CASE/here"
	for word in - fd:1; do
		as_user env -C "$CASE/here" "$COFFERDAM" run --report "$word" none -- true 2>/dev/null || :
		as_user env -C "$CASE/here" "$COFFERDAM" run --report="$word" none -- true 2>/dev/null || :
	done
	is "$(ls -A "$CASE/here")" "" "files that the refused words have made"
	arguments=(run none -- ""); named "COMMAND is an empty word"
	arguments=(run "$CASE/a#b" -- echo ran); named "taken for a ref, 'b'" "#HEAD"
}

@test "--dry-run builds nothing and explains; words of other programs are answered with ours" {
	coff run --dry-run none -- sh -c 'echo ran' >"$CASE/out"
	lacks "$(cat "$CASE/out")" $'\nran\n'
	is "$(cat "$CASE/out")" "$(coff explain none -- sh -c 'echo ran')" "what --dry-run says"
	arguments=(run --chdir sub none -- echo ran); named "no option --chdir" "--workdir DIR"
	arguments=(run --volume /a:/b none -- echo ran); named "--ro-bind SRC:DST"
	for verb in run shell doctor selftest explain gc ps disk; do
		contains "$(coff "$verb" --help)" "Examples:
  cofferdam $verb "
	done
}

@test "a scheme that is not on the list is refused by name" {
	for url in ftp://host/x rsync://host/x svn://host/x data://x; do
		arguments=(run "$url" -- echo ran); named "${url%%:*}" https:// ssh://
	done
	arguments=(run 'ext::sh -c id' -- echo ran); named "'::'" "never run"
	arguments=(run -- echo ran); named SOURCE
}

@test "Docker: what is missing, misplaced or too much is named before anything is begun" {
	: >"$CASE/file"
	arguments=(run --docker-tag app none -- echo ran); named "without --docker" "--docker build"
	arguments=(run --docker=raw none -- echo ran); named "root on the host" "--i-know-raw-docker-is-root"
	arguments=(run --docker=on none -- echo ran); named "'on'" "off, build, run, raw"
	arguments=(run --docker --docker-host tcp://127.0.0.1:2375 none -- echo ran); named "not a Unix socket" "Unix sockets only"
	arguments=(run --docker --docker-host "$CASE/nothing.sock" none -- echo ran); named "nothing.sock" "start the engine"
	arguments=(run --docker --docker-host "$CASE/file" none -- echo ran); named "is not a socket" "docker.sock"
	arguments=(run --docker --docker-tag '*' none -- echo ran); named "--docker-tag"
	arguments=(run --docker --docker-build-net host none -- echo ran); named "'host'" "bridge"
}

@test "unknown and double keys of a configuration: file, line, column, and what is allowed" {
	printf '{\n  "timeout": 3,\n  "frobnicate": 1\n}\n' >"$CASE/unknown.json"
	arguments=(run --config "$CASE/unknown.json" none -- echo ran); named unknown.json:3: frobnicate
	printf '{\n  "timeout": 3,\n  "timeout": 4\n}\n' >"$CASE/double.json"
	arguments=(run --config "$CASE/double.json" none -- echo ran); named double.json:3: timeout
	printf '{ "timeout": "soon" }\n' >"$CASE/type.json"
	arguments=(run --config "$CASE/type.json" none -- echo ran); named type.json:1: timeout
	printf '{ "timeout": 3 } x\n' >"$CASE/tail.json"
	arguments=(run --config "$CASE/tail.json" none -- echo ran); named tail.json:1:
	arguments=(run --config "$CASE/none.json" none -- echo ran); named none.json
}

repository() {
	git init -q -b main "$1"
	git -C "$1" -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m first
}

@test "no repository, an empty one, an unknown ref: 125, named, and nothing is built" {
	mkdir "$CASE/plain"
	ended 125 fetch_failed "$CASE/plain" -- echo ran
	contains "$(report error.message)" "not a git repository"
	is "$(report source.url)" "$CASE/plain" source.url
	git init -q -b main "$CASE/empty"
	ended 125 fetch_failed "$CASE/empty" -- echo ran
	contains "$(cat "$CASE/err")" "cofferdam: try: "
	repository "$CASE/repository"
	ended 125 fetch_failed "$CASE/repository#no-such-ref" -- echo ran
	contains "$(report error.message)" no-such-ref
	contains "$(cat "$CASE/err")" "cofferdam: try: "
	is "$(cat "$CASE/out")" "" "stdout"
	is "$(report phases.build)" null "phases.build"
}

@test "a work space that is full during the checkout fails the fetch and says which option helps" {
	git init -q -b main "$CASE/big"
	head -c 4000000 /dev/urandom >"$CASE/big/blob"
	git -C "$CASE/big" add blob
	git -C "$CASE/big" -c user.name=t -c user.email=t@example.org commit -q -m big
	ended 125 fetch_failed --app-size 2M "$CASE/big" -- echo ran
	contains "$(report error.remedy)" --app-size
	is "$(cat "$CASE/out")" "" "stdout"
	mkdir "$CASE/many"
	(cd "$CASE/many" && git init -q -b main && seq 400 | xargs touch && git add . &&
		git -c user.name=t -c user.email=t@example.org commit -q -m many)
	ended 125 fetch_failed --app-inodes 150 "$CASE/many" -- echo ran
	contains "$(report error.remedy)" --app-inodes
}

@test "arguments reach the builder byte for byte: empty, newline, invalid UTF-8, dashes" {
	words=("" $'a\nb' $'\xff\xfe' "--report" "-q" "'\"\$(id)" "*")
	printf '%s\0' "${words[@]}" >"$CASE/want"
	ended 0 exited none -- sh -c 'printf "%s\0" "$@"' sh "${words[@]}"
	cmp "$CASE/out" "$CASE/want"
}
