#!/usr/bin/env bats
# Clones over http, https, ssh and git://, from real servers on loopback.

load ../lib/fetch

LOOK='git status --porcelain; git rev-parse HEAD; cat README; git fsck --strict 2>&1'

seen() { printf '%s\ngeneration %s' "$(commit_at "$1")" "$1"; }

credential() {
	printf 'username=%s\npassword=%s\n' "$1" "$2" | as_user tee "$CASE/credential" >/dev/null
	as_user chmod 0600 "$CASE/credential"
}

@test "http, git:// and https give the same clone" {
	fetched "$HTTP_URL/good.git" -- sh -c "$LOOK"
	is "$OUT" "$(seen 5)" http
	fetched "$GIT_URL/good.git" -- sh -c "$LOOK"
	is "$OUT" "$(seen 5)" git://
	fetched --git-ca "$CA" "$HTTPS_URL/good.git" -- sh -c "$LOOK"
	is "$OUT" "$(seen 5)" https
	is "$(report source.url)" "$HTTPS_URL/good.git" url
	is "$(report source.commit)" "$(commit_at 5)" commit
}

@test "branch, tag, full and short commit" {
	local row

	for row in "main 5 refs/heads/main" "dev/topic 2 refs/heads/dev/topic" "refs/heads/dev/topic 2 refs/heads/dev/topic" \
		"light 3 HEAD" "v1 4 HEAD" "$(commit_at 1) 1 HEAD" "$(commit_at 5) 5 HEAD" "$(commit_at 2 | cut -c1-9) 2 HEAD"; do
		set -- $row
		fetched "$GIT_URL/good.git#$1" -- sh -c 'git rev-parse HEAD; git rev-parse --symbolic-full-name HEAD; cat README'
		is "$OUT" "$(commit_at "$2")
$3
generation $2" "#$1"
	done
}

@test "git describe, git log and the upstream branch work inside" {
	fetched --depth 0 "$GIT_URL/good.git" -- sh -c 'git describe; git log --oneline | wc -l; git rev-parse --abbrev-ref @{u}'
	is "$OUT" "v1-1-g$(commit_at 5 | cut -c1-7)
5
origin/main"
}

@test "what cannot be fetched is named, with a remedy where there is one" {
	local step="fetch: transfer"

	fetch_refused "$step" "$GIT_URL/good.git#nope"
	contains "$MESSAGE" nope
	contains "$REMEDY" "dev/topic, main"
	fetch_refused "$step" "$GIT_URL/good.git#abcdef0"
	contains "$MESSAGE" abcdef0
	contains "$REMEDY" "no branch"
	fetch_refused "$step" "$GIT_URL/empty.git"
	contains "$MESSAGE" "no commits"
	fetch_refused "$step" "$HTTP_URL/nothing.git"
	contains "$MESSAGE" 404
	fetch_refused "$step" "$GIT_URL/nothing.git"
	contains "$MESSAGE" nothing.git
	fetch_refused "$step" "http://127.0.0.1:1/x.git"
	contains "$MESSAGE" "onnection refused"
}

@test "TLS: an unknown authority and a wrong name are refused" {
	fetch_refused "fetch: transfer" "$HTTPS_URL/good.git"
	contains "$MESSAGE" certificate
	contains "$REMEDY" --git-ca
	# the certificate is for localhost alone
	fetch_refused "fetch: transfer" --git-ca "$CA" "${HTTPS_URL/localhost/127.0.0.1}/good.git"
	contains "$MESSAGE" certificate
	# the same server, the right name: it is the name that was refused
	fetched --git-ca "$CA" "$HTTPS_URL/good.git" -- true
}

@test "a password from a file and from a descriptor" {
	credential "$AUTH_USER" "$MARKER"
	fetched --git-credential "$CASE/credential" "$AUTH_URL/good.git" -- sh -c "$LOOK"
	is "$OUT" "$(seen 5)" "from a file"
	fetched --git-credential fd:5 "$AUTH_URL/good.git" -- sh -c "$LOOK" 5<"$CASE/credential"
	is "$OUT" "$(seen 5)" "from a descriptor"
}

@test "no password, a wrong password, no end of asking" {
	fetch_refused "fetch: transfer" "$AUTH_URL/good.git"
	contains "$REMEDY" --git-credential
	credential "$AUTH_USER" wrong
	fetch_refused "fetch: transfer" --git-credential "$CASE/credential" "$AUTH_URL/good.git"
	contains "$MESSAGE" "refuses the user name and password"
	fetch_refused "fetch: transfer" --git-credential "$CASE/credential" "$EVIL_URL/login-forever/good.git"
	contains "$MESSAGE" "refuses the user name and password"
}

@test "a password appears nowhere" {
	credential "$AUTH_USER" "$MARKER"
	local encoded

	encoded=$(printf '%s:%s' "$AUTH_USER" "$MARKER" | base64)
	coff run -vv --report "$CASE/report.json" --events "$CASE/events.jsonl" --git-credential "$CASE/credential" \
		"$AUTH_URL/good.git" -- sh -c 'cat .git/config; env; cat /proc/*/cmdline /proc/*/environ | tr "\0" "\n"
		grep -rlaE "$1|$2" / --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys || true' - "${MARKER:0:10}" "${encoded:0:10}" \
		>"$CASE/out" 2>"$CASE/err"
	# the command's own words name the beginning of both, so look for the whole
	for file in out err report.json events.jsonl; do
		lacks "$(cat "$CASE/$file")" "$MARKER"
		lacks "$(cat "$CASE/$file")" "$encoded"
	done
	lacks "$(cat "$CASE/out")" /app/.git
	# nor where --credential gave it
	as_user sh -c 'umask 077; printf "%s:%s\n" "$1" "$2" >"$3"' - "$AUTH_USER" "$MARKER" "$CASE/login"
	local at=${AUTH_URL#http://}
	as_user env XDG_CACHE_HOME="$CASE/cache" "$COFFERDAM" run -vv --report "$CASE/report.json" --events "$CASE/events.jsonl" \
		--artifact "README:$CASE/made" --provenance "$CASE/provenance.json" --credential "${at%%/*}=$CASE/login" "$AUTH_URL/good.git" -- sh -c 'cat .git/config; env
		cat /proc/*/cmdline /proc/*/environ | tr "\0" "\n"; grep -rlaE "$1|$2" / --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys || true' \
		- "${MARKER:0:10}" "${encoded:0:10}" >"$CASE/out" 2>"$CASE/err" ||
		fail "$(cat "$CASE/err")"
	mv "$CASE/login" "$CASE/credential" "$SUITE/"
	is "$(grep -rlE "$MARKER|$encoded" "$CASE" "$SUITE"/runtime-* 2>/dev/null)" "" "in files, with --credential"
	mv "$SUITE/login" "$SUITE/credential" "$CASE/"
	lacks "$(cat "$CASE/out")" /app/.git
	# and given in the URL it is taken out of it at once
	run coff run -vv --report "$CASE/report2.json" --events "$CASE/events2.jsonl" \
		"${AUTH_URL/\/\//\/\/$AUTH_USER:$MARKER@}/good.git" -- git config remote.origin.url
	is "$status" 0 "exit code with a password in the URL"
	contains "$output" "$AUTH_URL/good.git"
	lacks "$output" "$MARKER"
	lacks "$(cat "$CASE/report2.json" "$CASE/events2.jsonl")" "$MARKER"
}

@test "ssh with an agent and a known host" {
	OUT=$(ssh_sandbox --known-hosts "$KNOWN_HOSTS" "$SSH_URL/good.git" -- sh -c "$LOOK")
	is "$OUT" "$(seen 5)"
	# what a shell on the other side would take for more than a name
	run ssh_sandbox --known-hosts "$KNOWN_HOSTS" "$SSH_URL/it's;a-repo.git" -- cat README
	is "$status" 125 "a quote in the path"
	contains "$(report error.message)" quote
	# the agent is the fetcher's alone
	OUT=$(ssh_sandbox --known-hosts "$KNOWN_HOSTS" "$SSH_URL/good.git" -- sh -c 'env; ls -A /run')
	lacks "$OUT" SSH_AUTH_SOCK
	lacks "$OUT" agent
}

@test "ssh: unknown and changed host keys, no agent, a key that the server does not know" {
	local row

	touch "$CASE/no_hosts"
	for row in "$CASE/no_hosts" "$KNOWN_HOSTS_WRONG"; do
		run ssh_sandbox --known-hosts "$row" "$SSH_URL/good.git" -- true
		is "$status" 125 "$row"
		contains "$(report error.message)" "$(ssh-keygen -lf "$SERVED/host_key.pub" | cut -d' ' -f2)"
		contains "$(report error.remedy)" known
	done
	run sandbox --known-hosts "$KNOWN_HOSTS" "$SSH_URL/good.git" -- true
	is "$status" 125 "no agent"
	contains "$(report error.remedy)" ssh-agent
	as_user ssh-keygen -q -t ed25519 -N '' -f "$CASE/stranger"
	eval "$(as_user ssh-agent -s -a "$CASE/agent" | grep -v echo)"
	as_user env SSH_AUTH_SOCK="$CASE/agent" ssh-add -q "$CASE/stranger"
	AGENT=$CASE/agent run ssh_sandbox --known-hosts "$KNOWN_HOSTS" "$SSH_URL/good.git" -- true
	kill "$SSH_AGENT_PID"
	is "$status" 125 "a stranger's key"
	contains "$(report error.message)" "none of the agent's keys"
}

@test "submodules: relative, full, in a directory, on another port" {
	local branch path

	for branch in relative full other-port nested; do
		path=sub
		[ $branch != nested ] || path=dir/sub
		fetched "$HTTP_URL/modules.git#$branch" -- ls -A $path
		is "$OUT" "" "$branch without --submodules"
		fetched --submodules "$HTTP_URL/modules.git#$branch" -- sh -c "cat $path/README; git -C $path rev-parse HEAD; git status --porcelain"
		is "$OUT" "generation 2
$(commit_at 2)" "$branch"
	done
}

@test "the fetcher's network is gone when the builder starts" {
	local port=${HTTP_URL##*:}

	fetched "$HTTP_URL/good.git" -- bash -c "exec 3<>/dev/tcp/127.0.0.1/$port 2>/dev/null && echo open || echo closed"
	is "$OUT" closed
	is "$(as_user bash -c "exec 3<>/dev/tcp/127.0.0.1/$port && echo open")" open "without the sandbox"
}
