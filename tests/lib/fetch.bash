# tests/lib/fetch.bash: git repositories and servers for tests/run/fetch-*.bats.
#
#	load ../lib/fetch
#
# setup_file makes the repositories of tests/lib/git-server and starts its servers as the
# ordinary user, once a file; $SERVED/ports tells their URLs. Beyond lib/run it has:
#
#	fetched SOURCE [ARG…] -- CMD…   sandbox with SOURCE; output in $OUT, fails if the run does
#	fetch_refused STEP ARG…         the run fails with exit 125 in this step, with a remedy
#	ssh_sandbox ARG…                sandbox, the agent of $SSH_URL's user at hand
#	commit_at N                     the N-th of good.git's five commits
#	$FETCHER                        the fetcher itself

load ../lib/run

setup_file() {
	suite_join
	servers_begin
}

teardown_file() {
	servers_end
	suite_leave
}

fetch_begin() {
	case_begin
	. "$SERVED/ports"
	FETCHER=$SUITE/usr/libexec/cofferdam/cofferdam-fetch
}

setup() { fetch_begin; }

servers_begin() {
	suite_names
	export SERVED=$SUITE/served-$BATS_ROOT_PID
	install -d -m 0755 "$SERVED"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$SERVED"
	as_user /usr/bin/python3 "$SOURCES/tests/lib/git-server/serve" "$SERVED" \
		>"$SERVED.log" 2>&1 </dev/null 3>&- 4>&- 9>&- &
	wait_for 30 test -e "$SERVED/ports" || { cat "$SERVED.log"; return 1; }
}

servers_end() {
	local SERVER_PID=
	[ ! -e "$SERVED/ports" ] || . "$SERVED/ports"
	[ -z "$SERVER_PID" ] || kill "$SERVER_PID"
	rm -rf "$SERVED" "$SERVED.log"
}

fetched() {
	OUT=$(sandbox "$@" 2>"$CASE/err") || fail "$*: exit $?: $(cat "$CASE/err")"
}

fetch_refused() {
	local step=$1

	shift
	run sandbox "$@" -- /bin/true
	is "$status" 125 "exit code of $*" || fail "$output"
	is "$(report result.cause)" fetch_failed "cause of $*"
	is "$(report error.step)" "$step" "step of $*: $(report error.message)"
	MESSAGE=$(report error.message)
	REMEDY=$(report error.remedy)
}

ssh_sandbox() {
	as_user env SSH_AUTH_SOCK="$AGENT" "$COFFERDAM" run -q --report "$CASE/report.json" "$@"
}

commit_at() {
	sed -n "$1p" "$REPOS/good.git.commits"
}

as_git() {
	as_user git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main \
		-c advice.detachedHead=false -c protocol.file.allow=always "$@"
}
