#!/usr/bin/env bats
# Configuration from the wrong side: of the repository, of the directory, of the environment.

load ../lib/run

# repository TEXT: a repository in $CASE/repo whose .cofferdam.json is TEXT
repository() {
	rm -rf "$CASE/repo"
	as_user git init -q -b main "$CASE/repo"
	printf '%s' "$1" | as_user tee "$CASE/repo/.cofferdam.json" >/dev/null
	as_user sh -c 'cd "$0" && echo text >file && git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m one' "$CASE/repo"
}

@test "a .cofferdam.json that widens is refused by name (BuildKit GHSA-7236-3392-c5c6)" {
	local row key

	for row in '{"ro-bind":["/home:/opt/x"]}' '{"root-inside":true}' '{"allow-chown":true}' '{"allow-userns":true}' '{"allow-32bit":true}' \
		'{"seccomp":"all.json"}' '{"env":["A=b"]}' '{"net":"full"}' '{"docker":"raw"}' '{"allow-degraded":["cgroup"]}' \
		'{"run-as":"root"}' '{"report":"/tmp/x"}' '{"strict":false}' '{"config":"x"}' '{"Memory":"1M"}' '{"unknown":1}'; do
		key=$(python3 -c 'import json,sys; print(list(json.loads(sys.argv[1]))[0])' "$row")
		repository "$row"
		run sandbox "$CASE/repo" -- echo ran
		is "$status" 125 "exit code with $row ($output)"
		lacks "$output" "ran
"
		contains "$output" ".cofferdam.json"
		contains "$output" "$key"
		is "$(report result.exit_code)" 125 "result.exit_code"
	done
}

@test "a .cofferdam.json that is no file, or is nonsense: refused, and --no-repo-config is the way past it" {
	repository '{"memory": "1M", "command": ["echo", "theirs"]}'
	is "$(sandbox --no-repo-config "$CASE/repo" -- cat .cofferdam.json)" '{"memory": "1M", "command": ["echo", "theirs"]}' "what it asks for is of no account"
	run coff run -q --no-repo-config "$CASE/repo"
	is "$status" 125 "no command ($output)"
	as_user ln -sf /etc/passwd "$CASE/repo/.cofferdam.json"
	as_user git -C "$CASE/repo" -c user.name=n -c user.email=a@b.example commit -qam link
	run coff run -q "$CASE/repo" -- echo ran
	is "$status" 125 "exit code of a link"
	contains "$output" "--no-repo-config does not read it"
	is "$(sandbox --no-repo-config "$CASE/repo" -- echo ran)" ran "past it"
	is "$(sandbox --worktree --no-repo-config "$CASE/repo" -- echo ran)" ran "past it, of a work tree"
}

@test "a .cofferdam.json tightens, and cannot loosen the same limits" {
	repository '{"app-size":"32M","timeout":100,"command":["sh","-c","stat -f -c %b:%S /app"]}'
	is "$(sandbox --app-size 64M "$CASE/repo")" 8192:4096 "a smaller disk"
	repository '{"app-size":"1G","timeout":4000,"command":["sh","-c","stat -f -c %b:%S /app"]}'
	run sandbox --app-size 64M "$CASE/repo"
	# Either it is refused by name, or the smaller one stands; never the repository's.
	if [ "$status" = 0 ]; then
		is "$output" 16384:4096 "the disk"
	else
		is "$status" 125 "exit code"
		contains "$output" app-size
	fi
}

@test "a .cofferdam.json tightens the rlimits where no cgroup carries the limit" {
	repository '{"memory":"100M","pids":64,"command":["bash","-c","ulimit -d; ulimit -u"]}'
	is "$(as_stranger "$COFFERDAM" run -q "file://$CASE/repo" | tr '\n' ' ')" "102400 64 " "data in KiB, processes"
}

@test "a .cofferdam.json that is broken is refused with line and column" {
	local row

	for row in '{' '{"command":["a"],"command":["b"]}' '{"timeout":1}x' '[]' 'null' '{"timeout":-1}' '{"command":"echo ran"}' '{"command":[]}' '{"command":[""]}' '{"command":null}' '{"app-size":""}'; do
		repository "$row"
		run sandbox "$CASE/repo" -- echo ran
		is "$status" 125 "exit code with $row ($output)"
		contains "$output" ".cofferdam.json"
		lacks "$output" "ran
"
	done
}

@test "a .cofferdam.json that is a link, a directory or huge is not obeyed" {
	repository '{}'
	as_user sh -c 'cd "$0" && rm .cofferdam.json && ln -s /etc/passwd .cofferdam.json && git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m link' "$CASE/repo"
	run sandbox "$CASE/repo" -- echo ran
	lacks "$output" "root:"
	is "$status" 125 "a link ($output)"
	repository "$(python3 -c 'print("{\"timeout\":1" + " " * 200000 + "}")')"
	run sandbox "$CASE/repo" -- echo ran
	is "$status" 125 "200 kB ($output)"
}

@test "configuration files in the working directory are not read (systemd-nspawn CVE-2026-40226)" {
	mkdir -m 0777 "$CASE/cwd" "$CASE/cwd/cofferdam" "$CASE/cwd/.config" "$CASE/cwd/.config/cofferdam"
	local file
	for file in .cofferdam.json cofferdam.json config.json cofferdam/config.json .config/cofferdam/config.json; do
		echo '{"root-inside": true, "no-such-key": 1}' >"$CASE/cwd/$file"
	done
	# In the place where they belong, the same text is an error: it would have been seen.
	run as_user env XDG_CONFIG_HOME="$CASE/cwd" "$COFFERDAM" run -q none -- id -u
	is "$status" 125 "in its place ($output)"
	contains "$output" no-such-key
	is "$(as_user sh -c 'cd "$0" && exec "$1" run -q none -- id -u' "$CASE/cwd" "$COFFERDAM")" 1000 "in the working directory"
	# Relative names in the variables count for nothing (XDG Base Directory Specification).
	is "$(as_user sh -c 'cd "$0" && XDG_CONFIG_HOME=. exec "$1" run -q none -- id -u' "$CASE/cwd" "$COFFERDAM")" 1000 "XDG_CONFIG_HOME=."
}

@test "configuration files in the repository are not read but .cofferdam.json" {
	repository '{}'
	as_user sh -c 'cd "$0" && mkdir -p cofferdam .config/cofferdam etc/cofferdam && for f in cofferdam.json config.json cofferdam/config.json .config/cofferdam/config.json etc/cofferdam/config.json; do echo "{\"root-inside\": true}" >$f; done; git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m more' "$CASE/repo"
	is "$(as_user sh -c 'cd "$0" && exec "$1" run -q . -- id -u' "$CASE/repo" "$COFFERDAM")" 1000 "as source and cwd"
}

@test "a configuration that somebody else may write is refused" {
	need_root
	mkdir -m 0755 "$CASE/config" "$CASE/config/cofferdam"
	as_one sh -c 'echo "{\"root-inside\": true}" >"$0"' "$CASE/stranger.json"
	cp --preserve=mode,ownership "$CASE/stranger.json" "$CASE/config/cofferdam/config.json"
	chmod 0666 "$CASE/config/cofferdam/config.json"
	run as_user env XDG_CONFIG_HOME="$CASE/config" "$COFFERDAM" run -q none -- id -u
	is "$status" 125 "another user's file ($output)"
}

@test "an empty or null list denies (srt CVE-2025-66479)" {
	local text

	mkdir -m 0755 "$CASE/config"
	for text in '{"ro-bind":[]}' '{"env":[]}' '{"allow-degraded":[]}'; do
		echo "$text" >"$CASE/config/c.json"
		is "$(as_user sh -c 'SECRET=x exec "$0" run -q --config "$1" none -- sh -c "ls -A / | grep -c opt; echo [\$SECRET]"' "$COFFERDAM" "$CASE/config/c.json" | tr '\n' ' ')" "0 [] " "with $text"
	done
	for text in '{"ro-bind":null}' '{"ro-bind":"/x"}' '{"env":null}' '{"ro-bind":[null]}' '{"ro-bind":[""]}' '{"root-inside":null}' '{"seccomp":null}' '{"seccomp":""}'; do
		echo "$text" >"$CASE/config/c.json"
		run as_user "$COFFERDAM" run -q --config "$CASE/config/c.json" none -- echo ran
		is "$status" 125 "exit code with $text ($output)"
		contains "$output" c.json
	done
}

@test "variables of the environment that name programs or libraries steer nothing" {
	as_user sh -c 'echo "#!/bin/sh
echo hijacked >&2; touch $0.ran" >"$0/cofferdam-fetch"; cp "$0/cofferdam-fetch" "$0/newuidmap"; cp "$0/newuidmap" "$0/newgidmap"; cp "$0/newuidmap" "$0/git"; chmod 755 "$0"/cofferdam-fetch "$0"/new* "$0/git"' "$CASE"
	repository '{}'
	run as_user env PATH="$CASE:$PATH" GIT_SSH="$CASE/git" GIT_SSH_COMMAND="$CASE/git" GIT_EXEC_PATH="$CASE" GIT_DIR="$CASE" \
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor GIT_CONFIG_VALUE_0="$CASE/git" COFFERDAM_LIBEXEC="$CASE" \
		"$COFFERDAM" run -q "$CASE/repo" -- cat file
	is "$output" text "the run"
	is "$(ls "$CASE" | grep -c '\.ran$')" 0 "programs that were hijacked"
}

@test "a credential in the source is nowhere: report, events, output, process list (BuildKit CVE-2023-26054)" {
	local marker=marker-$$-$RANDOM

	# While it runs: everybody may read the arguments of a process.
	python3 -c 'import socket, sys
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); c = s.accept(); sys.stdin.read()' \
		>"$CASE/port" < <(sleep 20) &
	BACKGROUND+=($!)
	wait_for 5 test -s "$CASE/port"
	background RUN as_user "$COFFERDAM" run -q "http://user:$marker@127.0.0.1:$(cat "$CASE/port")/x.git" -- true
	wait_for 5 pgrep -f "cofferdam-fetch .*127.0.0.1:$(cat "$CASE/port")/"
	echo "$marker" >"$CASE/marker"
	is "$(grep -alf "$CASE/marker" /proc/[0-9]*/cmdline 2>/dev/null)" "" "processes that show it"

	# A word that is not quite a URL is quoted in the message.
	for word in "https:/user:$marker@h/x" "nothing https://user:$marker@h/x" "nothing https://$marker@h/x"; do
		run as_user "$COFFERDAM" run -q --report "$CASE/report.json" $word -- true
		is "$status" 125 "exit code of $word"
		lacks "$output $(cat "$CASE/report.json")" "$marker"
	done
	run as_user "$COFFERDAM" run -v --report "$CASE/report.json" --events "$CASE/events.jsonl" "http://user:$marker@127.0.0.1:1/x.git" -- true
	is "$status" 125 "exit code ($output)"
	lacks "$output" "$marker"
	[ ! -e "$CASE/report.json" ] || lacks "$(cat "$CASE/report.json")" "$marker"
	[ ! -e "$CASE/events.jsonl" ] || lacks "$(cat "$CASE/events.jsonl")" "$marker"
}
