#!/usr/bin/env bats
# Repositories and servers that try to get out of the clone, or to hold the run.

load ../lib/fetch

# The name is really in the tree: without a guard it would be written.
holds() {
	as_git -C "$REPOS/hostile.git" cat-file -p "$1^{tree}" | grep -qF -- "$2" || fail "$1 has no $2"
}

@test "trees that would write outside the clone or into .git" {
	local row branch name

	for row in "dotdot .." "dotdot-name ../owned" "absolute /tmp/owned" "dot ." "dotgit .git" "dotgit-case .GIT" \
		"dotgit-ntfs git~1" "dotgit-stream .git::" "dotgit-link .git" "slash-name a/../../owned" "through-link a" \
		"through-link-out a"; do
		branch=${row%% *} name=${row#* }
		holds "$branch" "$name"
		fetch_refused "fetch: check out" "$REPOS/hostile.git#$branch"
		contains "$REMEDY" hostile
		fetch_refused "fetch: check out" "$HTTP_URL/hostile.git#$branch"
	done
	fetch_refused "fetch: check out" "$REPOS/hostile.git#dotgit-hfs"
	fetch_refused "fetch: copy objects" "$REPOS/hostile.git#empty-name"
	[ ! -e /tmp/owned ] || fail "/tmp/owned exists"
}

@test "a link that points outside is only a link" {
	fetched "$REPOS/hostile.git#plain-link" -- readlink out
	is "$OUT" /etc/passwd
}

@test "redirects: never to another host or port with a password, never to another host at all" {
	local asked

	as_user tee "$WITNESS" </dev/null
	printf 'username=%s\npassword=%s\n' "$AUTH_USER" "$MARKER" | as_user tee "$CASE/credential" >/dev/null
	as_user chmod 0600 "$CASE/credential"
	# the same host and port is followed: so it is not that redirects fail anyway
	fetched --git-credential "$CASE/credential" "$EVIL_URL/redirect-in/good.git" -- cat README
	is "$OUT" "generation 5"
	for asked in redirect-out login-then-out; do
		fetch_refused "fetch: transfer" --git-credential "$CASE/credential" "$EVIL_URL/$asked/good.git"
		contains "$MESSAGE" "another host or port"
	done
	[ -s "$WITNESS" ] || fail "the witness saw no request at all"
	lacks "$(tr '[:upper:]' '[:lower:]' <"$WITNESS")" authorization
	fetch_refused "fetch: transfer" "$EVIL_URL/redirect-name/good.git"
	contains "$MESSAGE" "cannot redirect"
	fetch_refused "fetch: transfer" "$EVIL_URL/redirect-loop/good.git"
	contains "$MESSAGE" redirects
	# the witness does see a password that is sent to it
	python3 - "$EVIL_URL/redirect-out/x" "$AUTH_USER:$MARKER" <<-'PY' || true
		import base64, sys, urllib.request
		ask = urllib.request.Request(sys.argv[1])
		ask.add_header("Authorization", "Basic " + base64.b64encode(sys.argv[2].encode()).decode())
		urllib.request.urlopen(ask)
	PY
	contains "$(tr '[:upper:]' '[:lower:]' <"$WITNESS")" authorization
}

@test "a submodule's password stays with its parent's host and port" {
	as_user tee "$WITNESS" </dev/null
	printf 'username=%s\npassword=%s\n' "$AUTH_USER" "$MARKER" | as_user tee "$CASE/credential" >/dev/null
	as_user chmod 0600 "$CASE/credential"
	fetched --submodules --git-credential "$CASE/credential" "$AUTH_URL/modules.git#relative" -- cat sub/README
	is "$OUT" "generation 2" "same host"
	fetch_refused "fetch: transfer" --submodules --git-credential "$CASE/credential" "$AUTH_URL/modules.git#to-witness"
	contains "$MESSAGE" "submodule sub: the server wants a user name"
	[ -s "$WITNESS" ] || fail "the witness saw no request at all"
	lacks "$(tr '[:upper:]' '[:lower:]' <"$WITNESS")" authorization
}

@test "--credential: SOURCE and submodules of that host and port, and no other place" {
	local asked at=${AUTH_URL#http://}

	at=${at%%/*}
	as_user tee "$WITNESS" </dev/null
	(umask 077 && printf '%s:%s\n' "$AUTH_USER" "$MARKER" >"$CASE/login" && echo "Bearer $MARKER" >"$CASE/token")
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$CASE/login" "$CASE/token"
	fetched --credential "$at=$CASE/login" "$AUTH_URL/good.git" -- cat README
	is "$OUT" "generation 5" "SOURCE"
	fetched --submodules --credential "$at=fd:7" "$GIT_URL/modules.git#to-auth" -- cat sub/README 7<"$CASE/login"
	is "$OUT" "generation 2" "a submodule of another place than SOURCE"
	fetch_refused "fetch: transfer" --submodules "$GIT_URL/modules.git#to-auth"
	contains "$REMEDY" "--credential HOST=FILE"
	for asked in redirect-out login-then-out; do
		fetch_refused "fetch: transfer" --credential "${EVIL_URL#http://}=$CASE/login" "$EVIL_URL/$asked/good.git"
	done
	fetch_refused "fetch: transfer" --submodules --credential "$at=$CASE/login" "$AUTH_URL/modules.git#to-witness"
	[ -s "$WITNESS" ] || fail "the witness saw no request at all"
	lacks "$(tr '[:upper:]' '[:lower:]' <"$WITNESS")" authorization
	run sandbox --credential "$at=$CASE/token" "$AUTH_URL/good.git" -- true
	is "$status" 125 "a Bearer token for git"
	contains "$output" "write USER:TOKEN"
}

@test "submodules with hostile URLs, names and paths" {
	local branch canary=$CASE/canary

	# what ext:: does when it is let
	as_user git -c protocol.ext.allow=always ls-remote "ext::sh -c touch% $canary" >/dev/null 2>&1 || true
	[ -e "$canary" ] || fail "ext:: does nothing even without cofferdam"
	for branch in url-ext url-file url-path url-dash url-ssh-dash url-out url-quote path-dash unlisted no-file deep; do
		fetch_refused "fetch: submodules" --submodules "$HTTP_URL/modules.git#$branch"
	done
	# path-link: libgit2 makes its directory through the link, and outside of /app nothing can be made
	for branch in name-dotdot file-link path-link; do
		fetch_refused "fetch: check out" --submodules "$HTTP_URL/modules.git#$branch"
	done
	fetched --submodules "$HTTP_URL/modules.git#path-quote" -- sh -c 'cat s*/README'
	is "$OUT" "generation 2" "a quote in the path"
	[ ! -e /tmp/owned ] || fail "/tmp/owned exists"
}

@test "packs that lie: garbage, a count, a delta of 16 GiB" {
	local path

	for path in garbage lying-count delta-bomb; do
		fetch_refused "fetch: transfer" --memory 512M --allow-degraded cgroup "$BOMB_URL/$path"
		contains "$MESSAGE" "$BOMB_URL/$path"
	done
}

@test "a chain of deltas, each larger than the memory, ends before the host feels it" {
	run sandbox --memory 256M --allow-degraded cgroup --timeout 60 "$BOMB_URL/delta-chain" -- true
	# The process's own limit and the cgroup's are the same number: either may be the first.
	is "$(report result.cause)" "$(case $status in 137) echo oom ;; *) echo fetch_failed ;; esac)" cause
	case $status in
	125) contains "$output" "fetch: transfer" ;;
	137) contains "$output" "fetch: out of memory: --memory 256M was met" ;;
	*) fail "$status: $output" ;;
	esac
	[ "$(report phases.fetch | cut -d. -f1)" -gt 0 ] || fail "no time for the phase that failed"
	is "$(report phases.build)" null phases.build
	[ "$(report usage.wall_ms | cut -d. -f1)" -lt 60000 ] || fail "it was the time limit"
}

@test "an endless pack ends at the tmpfs" {
	run sandbox --app-size 32M --memory 512M --allow-degraded cgroup "$BOMB_URL/endless" -- true
	is "$status" 125 "exit code"
	is "$(report result.cause)" fetch_failed cause
	contains "$(report error.remedy)" --app-size
}

@test "servers that drip end at the time limit" {
	local url

	for url in "$BOMB_URL/drip" "$EVIL_URL/drip/good.git"; do
		run sandbox --timeout 3 "$url" -- true
		is "$status" 124 "exit code of $url"
		is "$(report result.cause)" timeout "cause of $url"
	done
}

@test "servers that are not git servers" {
	fetch_refused "fetch: transfer" "$EVIL_URL/big-headers/good.git"
	fetch_refused "fetch: transfer" "$EVIL_URL/not-git/good.git"
}

@test "the fetcher confines itself and says so" {
	local driver=$SOURCES/tests/lib/fetch-driver

	as_user mkdir "$CASE/into"
	run as_user /usr/bin/python3 "$driver" "$FETCHER" --kind=local --source="$REPOS/good.git" --into="$CASE/into"
	is "$status" 0 "exit code"
	contains "${lines[0]}" '"type": "confined"'
	contains "${lines[0]}" "seccomp fetcher-local"
	contains "${lines[0]}" "landlock"
	contains "${lines[1]}" "$(commit_at 5)"
	# a second clone into the same place, and a place that is not given, are refused
	run as_user /usr/bin/python3 "$driver" "$FETCHER" --kind=local --source="$REPOS/good.git" --into="$CASE/into"
	is "$status" 1 "a filled directory"
	run as_user /usr/bin/python3 "$driver" "$FETCHER" --kind=local --source="$REPOS/good.git" --into="$CASE/into" --and=more
	is "$status" 1 "an unknown argument"
	contains "$output" "--and=more"
}
