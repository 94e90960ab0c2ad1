#!/usr/bin/env bats
# cofferdam sh: what a runner, make or sbatch calls as its shell.

load ../lib/run

setup() {
	case_begin
	as_user mkdir "$CASE/place"
	cd "$CASE/place"
}

# STDOUT, STDERR and STATUS of a shell behind the walls.
shell() {
	STATUS=0
	coff sh "$@" >"$CASE/out" 2>"$CASE/err" || STATUS=$?
	STDOUT=$(cat "$CASE/out") STDERR=$(cat "$CASE/err")
}

# A name for the program that ends as a shell's does.
named() {
	ln -sf cofferdam "$SUITE/usr/bin/$1"
	NAMED=$SUITE/usr/bin/$1
}

@test "a script, its arguments, its stdin, streams and exit code" {
	as_user tee script >/dev/null <<'EOF'
#!/usr/bin/cofferdam sh
echo "got $# $1 $2"
echo "to stderr" >&2
cat
exit 7
EOF
	STATUS=0
	printf 'by stdin\n' | coff sh script --memory '-x y' >"$CASE/out" 2>"$CASE/err" || STATUS=$?
	is "$(cat "$CASE/out")" $'got 2 --memory -x y\nby stdin' "stdout"
	is "$(cat "$CASE/err")" "to stderr" "stderr, with no word of ours in it"
	is "$STATUS" 7 "exit code"
}

@test "a string, the shell's flags, and commands by stdin" {
	shell -ec 'echo "$0 $1"; false; echo no' name one
	is "$STDOUT $STATUS" "name one 1" "-e and -c in one word"
	shell -c -- '-y 2>/dev/null; echo "rc $?"'
	is "$STDOUT" "rc 127" "a string that begins with a dash"
	STDOUT=$(echo 'echo "$# $1"' | coff sh -s -- one)
	is "$STDOUT" "1 one" "-s"
	STATUS=0
	STDOUT=$(echo 'echo "$#"; exit 3' | coff sh) || STATUS=$?
	is "$STDOUT $STATUS" "0 3" "nothing but stdin"
	shell --shell bash -o pipefail -c 'false | true'
	is "$STATUS" 1 "another shell, and an option of its own"
	shell -c
	is "$STATUS" 125 "-c alone"
	contains "$STDERR" "no STRING follows"
}

@test "what is not there, cannot be read or cannot be found has a shell's exit code" {
	shell /nonexistent
	is "$STATUS" 127 "no such script"
	shell .
	is "$STATUS" 126 "a directory"
	shell -c 'no-such-command'
	is "$STATUS" 127 "no such command"
	contains "$STDERR" "not found"
	as_user sh -c 'echo true >shut; chmod 0 shut'
	[ "$(id -u)" != 0 ] || as_user test ! -r shut
	shell shut
	is "$STATUS" 126 "one that cannot be read"
}

# NAME WANT: how a program that is not a shell sees our end.
ended_by() {
	local got

	got=$(as_user python3 -c '
import subprocess, sys
print(subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode)' \
		"$COFFERDAM" sh -c "kill -$1 \$\$")
	is "$got" "$2" "ended by $1"
}

@test "a shell that dies of a signal ends us by the same one" {
	ended_by TERM -15
	ended_by KILL -9
	ended_by SEGV -11
	is "$(find . -name 'core*')" "" "core files"
}

# What core_pattern names is the whole machine's: tests/vm/guest/core.bats has one of its own.
@test "a signal of the shell's choice makes no core of ours, and starts no handler of cores" {
	local how

	as_user strace -qq -o trace -e trace=prctl,prlimit64,setrlimit,tgkill \
		"$COFFERDAM" sh -c 'kill -SEGV $$' || true
	contains "$(cat trace)" "killed by SIGSEGV"
	how=$(sed '/tgkill(.*SIGSEGV/,$d' trace)
	is "$(grep -o 'PR_SET_DUMPABLE, SUID_DUMP_[A-Z]*' <<<"$how" | tail -n1)" \
		"PR_SET_DUMPABLE, SUID_DUMP_DISABLE" "our memory when it is raised"
	[[ $how != *"RLIMIT_CORE, {rlim_cur=0,"* ]] || fail "0 is what starts a handler: $how"
}

@test "a signal for us is one for the shell, which may answer it" {
	as_user tee script >/dev/null <<'EOF'
trap 'echo caught; exit 9' TERM
echo ready
while :; do sleep 0.1; done
EOF
	background pid as_user sh -c 'echo $$ >pid; exec "$@" >out 2>err' - "$COFFERDAM" sh script
	wait_for 20 grep -q ready out
	kill -TERM "$(cat pid)"
	wait_for 20 grep -q caught out
}

@test "the directory is a copy: files, links, dots and times come, nothing goes back" {
	as_user sh -c 'mkdir -p a/.b .git; echo one >a/.b/file; ln -s ../../etc/shadow a/link
		chmod 755 a/.b/file; touch -d "2001-02-03 04:05:06" a/.b/file; mkfifo pipe; touch .git/config'
	shell -c 'pwd; cat a/.b/file; readlink a/link; stat -c "%a %Y" a/.b/file; ls -A | tr "\n" " "
		echo changed >a/.b/file; rm -r .git; echo new >new'
	is "$STDOUT" "/app
one
../../etc/shadow
755 $(stat -c %Y a/.b/file)
.git a " "what is inside"
	is "$(cat a/.b/file; find . -type p; ls -A | tr '\n' ' ')" $'one\n./pipe\n.git a pipe ' "what is outside"
}

@test "a link in the place of a file or a directory is not followed, and what cannot be read is an error" {
	as_user sh -c 'ln -s / root; ln -s /etc/hostname name'
	shell -c 'stat -c %F root name'
	is "$STDOUT" $'symbolic link\nsymbolic link' "links"
	as_user sh -c 'echo secret >shut; chmod 0 shut'
	shell --report "$CASE/report.json" -c true
	is "$STATUS" 125 "exit code"
	is "$(report result.cause)" fetch_failed "cause"
	contains "$STDERR" "read shut of the source: Permission denied"
}

@test "--workspace: another directory, and artifacts over what is there" {
	as_user sh -c 'mkdir -p "../work #1/dist"; echo old >"../work #1/dist/app"; echo src >"../work #1/src"'
	shell --workspace "$CASE/work #1" --artifact dist --artifact 'log?' --artifact src:taken \
		-c 'ls; cp src dist/app; echo no >other'
	is "$STDOUT $STATUS" $'dist\nsrc 0' "what is inside: $STDERR"
	is "$(cat "$CASE/work #1/dist/app")" src "an artifact that replaces a file"
	is "$(ls -A "$CASE/work #1" | tr '\n' ' ')" "dist src " "nothing else has come"
	is "$(cat taken)" src "an artifact with a place of its own"
	shell --workspace "$CASE/work #1" --artifact dist -c 'echo bad >dist/app; exit 1'
	is "$(cat "$CASE/work #1/dist/app")" src "nothing of a shell that failed"
	is "$STATUS" 1 "exit code"
}

@test "the host's roots and a home are no workspace" {
	local place

	for place in / /etc /home "$TEST_HOME"; do
		shell --workspace "$place" -c true
		is "$STATUS" 125 "$place"
	done
}

@test "called by a name that ends in -sh, with settings in the file of that name" {
	local config=$CASE/config

	named trial-sh
	as_user mkdir -p "$config/cofferdam"
	echo '{"env": ["FROM_FILE=yes"], "output-limit": "1M"}' | as_user tee "$config/cofferdam/trial-sh.json" >/dev/null
	is "$(as_user env XDG_CONFIG_HOME="$config" "$NAMED" -c 'echo "$FROM_FILE $HOME"')" "yes /home/builder" \
		"by its name"
	is "$(as_user env XDG_CONFIG_HOME="$config" "$COFFERDAM" sh -c 'echo "$FROM_FILE"')" "" "not by another"
	printf 'SHELL = %s\nall:\n\t@echo "made by $$0 in $$PWD"; test ! -e /etc/shadow\n' "$NAMED" |
		as_user tee Makefile >/dev/null
	is "$(as_user make -s)" "made by sh in /app" "the shell of make"
	printf '#!%s\necho "script $1"\n' "$NAMED" | as_user tee script >/dev/null
	as_user chmod 755 script
	is "$(as_user ./script one)" "script one" "the first line of a script"
}

@test "nothing of the caller's environment but what a setting names" {
	is "$(as_user env CI_TOKEN=t OTHER=o "$COFFERDAM" sh --env OTHER -c 'echo "$CI_TOKEN,$OTHER"')" ",o" \
		"variables"
}

@test "explain: what is done without doing it" {
	as_user sh -c 'echo true >script'
	shell --dry-run --full script
	is "$STATUS" 0 "exit code"
	contains "$STDOUT" "/run/script"
}
