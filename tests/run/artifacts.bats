#!/usr/bin/env bats
# What leaves a sandbox: what was asked for, as it was when the last process was dead, and nothing
# that a stranger's names lead to.

load ../lib/run

setup() {
	case_begin
	OUT=$CASE/out
	install -d -m 0777 "$OUT"
}

# One build with what it makes, and what is asked of it: sh -c "$1", the rest are options.
build() {
	local script=$1

	shift
	run sandbox "$@" none -- sh -c "$script"
}

refused_artifact() {
	local why=$1

	shift
	build "$@"
	is "$status" 125 "exit code ($output)"
	is "$(report result.cause)" artifact_refused "cause: a second run would make the same"
	contains "$output" "$why"
	is "$(report artifacts)" "[]" "artifacts in the report"
	is "$(find "$OUT" -mindepth 1)" "" "what is at the destination"
}

@test "artifacts: files, trees and patterns go where they are told to, and the report has their sums" {
	build 'mkdir -p dist/a/.b; echo one >dist/a/.b/x; echo two >dist/y; chmod 755 dist/y; mkdir dist/empty
		echo log >"$HOME/l o g"; echo t >/var/tmp/t' \
		--artifact "dist:$OUT/tree" --artifact "**/y:$OUT" --artifact "/home/builder/*:$OUT/" --artifact "/var/tmp/t:$OUT/renamed"
	is "$status" 0 "exit code ($output)"
	is "$(cd "$OUT" && find . -type f -exec sha256sum {} + | LC_ALL=C sort)" "$(
		python3 - "$CASE/report.json" "$OUT" <<-'PY'
			import json, os, sys
			rows = json.load(open(sys.argv[1]))["artifacts"]
			out = os.path.realpath(sys.argv[2])
			for line in sorted("%s  ./%s" % (r["sha256"], os.path.relpath(r["destination"], out)) for r in rows):
			    print(line)
		PY
	)" "sums"
	is "$(cd "$OUT" && find . -mindepth 1 -printf '%y %m %P\n' | LC_ALL=C sort)" "d 755 dist
d 755 tree
d 755 tree/a
d 755 tree/a/.b
d 755 tree/empty
f 644 l o g
f 644 renamed
f 644 tree/a/.b/x
f 755 dist/y
f 755 tree/y" "tree"
	is "$(report artifacts.0.path)" /app/dist/a/.b/x "path inside"
	contains "$(report artifacts)" '"/home/builder/l o g"'
	contains "$(report artifacts)" '"/var/tmp/t"'
}

@test "artifacts: they are the builder's, whoever that is, and modes give nobody anything" {
	local who

	need_root
	for who in coff coff_one; do
		install -d -m 0777 "$OUT/$who"
		"$who" run -q --report "$CASE/report.json" --artifact "d:$OUT/$who" none -- sh -c '
			mkdir -p d/shut; echo x >d/shut/none; chmod 0 d/shut/none d/shut
			echo y >d/id; chmod 6777 d/id; echo z >d/w; chmod 0666 d/w; mkdir d/sticky; chmod 7777 d/sticky'
		is "$(cd "$OUT/$who" && find . -mindepth 1 -printf '%y %m %P\n' | LC_ALL=C sort)" "d 700 d/shut
d 755 d
d 755 d/sticky
f 400 d/shut/none
f 644 d/w
f 755 d/id" "$who"
	done
}

@test "artifacts: what is no regular file of one name stays inside, named" {
	refused_artifact "/app/d/l is a symbolic link" 'mkdir d; ln -s /etc/passwd d/l' --artifact "d:$OUT"
	refused_artifact "/app/l is a symbolic link" 'ln -s /etc l' --artifact "*:$OUT"
	refused_artifact "/app/l is a symbolic link" 'ln -s d l; mkdir d; echo x >d/x' --artifact "l:$OUT"
	refused_artifact "more names than one" 'echo x >a; ln a b' --artifact "a:$OUT"
	refused_artifact "FIFO" 'mkfifo f' --artifact "f:$OUT"
	refused_artifact "FIFO or a socket" 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"s\")"' --artifact "s:$OUT"
	refused_artifact "control character" 'echo x >"$(printf "a\nb")"' --artifact "a*:$OUT"
	refused_artifact "control character" 'mkdir d; echo x >"$(printf "d/\033[2J")"' --artifact "d:$OUT"
	refused_artifact "not UTF-8" 'echo x >"$(printf "a\377")"' --artifact "a*:$OUT"
	# A device cannot be made inside at all; that it would be refused is in test_artifact.
	build 'echo x >"$(printf "a\nb")"; echo y >"$(printf "a\377")"' --artifact "a*:$OUT" --artifact-any-name
	is "$status" 0 "--artifact-any-name ($output)"
	is "$(find "$OUT" -type f | wc -l)" 3 "lines of two names, one with a newline"
}

@test "artifacts: no link on the way is followed, and none at the destination" {
	# What would be taken if it were: the base of the pattern, a directory below it.
	build 'ln -s /etc base; mkdir d; ln -s /usr d/e' --artifact "base/**:$OUT"
	is "$status $(report result.cause)" "125 artifact_missing" "a linked base ($output)"
	build 'ln -s /etc base; mkdir d; ln -s /usr/lib d/e' --artifact "d/*/os-release:$OUT"
	is "$status $(report result.cause)" "125 artifact_missing" "a linked directory ($output)"
	build 'ln -s /etc base' --artifact "base/passwd:$OUT"
	is "$status $(report result.cause)" "125 artifact_missing" "through a link ($output)"
	is "$(find "$OUT" -mindepth 1)" "" "what is at the destination"

	# Planned as a file that is not there; a link when it is to be written.
	mkdir -m 0777 "$CASE/other"
	ln -s "$CASE/other/victim" "$OUT/x"
	build 'echo x >x' --artifact "x:$OUT/"
	is "$status" 125 "a link in the place of the file ($output)"
	rm "$OUT/x"
	build "echo x >x" --artifact-replace --artifact "x:$OUT/" --ro-bind "$CASE:/opt/case"
	is "$status $(cat "$OUT/x")" "0 x" "nothing in its place ($output)"
}

# While the builder waits, somebody changes what is at DEST.
swap_during() {
	local change=$1 pid

	shift
	rm -f "$CASE/go" "$CASE/said"
	mkfifo "$CASE/go"
	exec 8<>"$CASE/go"
	background pid from_go coff run -q --report "$CASE/report.json" "$@" none -- sh -c 'mkdir d; echo x >x; echo y >d/y; echo ready; read go'
	wait_for 20 grep -q ready "$CASE/said" || return 99
	(cd "$CASE" && eval "$change")
	echo go >&8
	wait "$pid"
}

from_go() { "$@" <&8 >"$CASE/said" 2>&1; }

@test "artifacts: DEST that becomes something else between plan and copy leads nowhere else" {
	mkdir -m 0777 "$CASE/victim"
	run swap_during 'mv out moved; ln -s victim out' --artifact "x:$OUT" --artifact "d:$OUT"
	is "$status" 0 "exit code ($(cat "$CASE/said"))"
	is "$(find "$CASE/victim" -mindepth 1)" "" "where the link leads"
	is "$(cat "$CASE/moved/x" "$CASE/moved/d/y")" "x
y" "what was opened"
	rm -r "$OUT" "$CASE/moved"
	mkdir -m 0777 "$OUT"
	run swap_during 'ln -s ../victim/x out/x; ln -s ../victim out/d' --artifact "x:$OUT" --artifact "d:$OUT"
	is "$status" 125 "exit code"
	contains "$(cat "$CASE/said")" "File exists"
	is "$(find "$CASE/victim" -mindepth 1)" "" "where the links lead"
	rm "$OUT/x" "$OUT/d"
	run swap_during 'ln -s ../victim out/d' --artifact-replace --artifact "d:$OUT"
	is "$status" 125 "a link in the place of a directory ($(cat "$CASE/said"))"
	is "$(find "$CASE/victim" -mindepth 1)" "" "where the link leads"
	is "$(find "$OUT" -mindepth 1)" "$OUT/d" "nothing half-written"
}

@test "artifacts: nothing that exists is replaced, unless it is asked for" {
	echo old >"$OUT/x"
	mkfifo "$OUT/fifo"
	build 'echo new >x; echo ran' --artifact "x:$OUT"
	is "$status" 125 "exit code"
	lacks "$output" ran # found before the build
	contains "$output" "--artifact-replace"
	build 'mkdir d; echo new >d/x; echo a >d/a' --artifact "d/*:$OUT"
	is "$status" 125 "exit code of what only the build knows"
	is "$(cat "$OUT/x")" old "the file"
	is "$(ls -A "$OUT")" "fifo
x" "all or nothing"
	build 'echo new >x; echo a >fifo' --artifact-replace --artifact "x:$OUT"
	is "$status $(cat "$OUT/x")" "0 new" "with --artifact-replace ($output)"
	build 'echo a >fifo; echo ran' --artifact-replace --artifact "fifo:$OUT"
	is "$status" 125 "a FIFO is not replaced"
	lacks "$output" ran
}

@test "artifacts: a destination that cannot be is found before the build" {
	local destination

	for destination in / /etc /usr/../etc/x /home /proc/self "$TEST_HOME" "$CASE/absent/x" /dev/shm/x /run/x; do
		build 'echo x >x; echo ran' --artifact "x:$destination"
		is "$status" 125 "exit code of $destination ($output)"
		lacks "$output" ran
	done
	mkdir -m 0555 "$CASE/shut"
	build 'echo x >x; echo ran' --artifact "x:$CASE/shut"
	is "$status" 125 "exit code of a directory that we may not write to ($output)"
	lacks "$output" ran
	build 'echo ran' --artifact "/etc/passwd:$OUT"
	contains "$output" "the build cannot write there"
	build 'echo ran' --artifact "/run/docker.sock:$OUT"
	contains "$output" "the build cannot write there"
}

@test "artifacts: size and number have bounds, and a sparse giant is measured by its size" {
	refused_artifact "larger than 1073741824 bytes" 'truncate -s 1T giant' --app-size 2T --artifact "giant:$OUT"
	refused_artifact "larger than 1048576 bytes" 'head -c 600K /dev/zero >a; head -c 600K /dev/zero >b' --artifact-limit 1M --artifact "*:$OUT"
	refused_artifact "more than 10000 artifacts" 'mkdir d; cd d; seq 1 20000 | xargs touch' --artifact "d:$OUT"
	refused_artifact "more than 3 artifacts" 'mkdir d; touch d/1 d/2 d/3' --artifact-count 3 --artifact "d:$OUT"
	refused_artifact "directories deep" 'i=0; mkdir d; cd d; while [ $i -lt 120 ]; do mkdir d; cd d; i=$((i + 1)); done; touch x' --artifact "d:$OUT"
	# Holes stay holes.
	build 'truncate -s 500M hole; echo end >>hole' --artifact "hole:$OUT"
	is "$status" 0 "500 MB of nothing ($output)"
	is "$(stat -c %s "$OUT/hole")" 524288004 "size"
	[ "$(stat -c %b "$OUT/hole")" -lt 20480 ] || fail "the hole has $(stat -c %b "$OUT/hole") blocks"
}

@test "artifacts: a disk that is full leaves nothing half-written" {
	need_root
	mkdir "$CASE/small"
	mount -t tmpfs -o size=1m,mode=1777 small "$CASE/small" || cannot "mount a tmpfs"
	build 'mkdir d; echo x >d/a; head -c 3M /dev/urandom >d/b' --artifact "d:$CASE/small"
	local left
	left=$(find "$CASE/small" -mindepth 1)
	umount "$CASE/small"
	is "$status $(report result.cause)" "125 artifact_failed" "a full disk ($output)"
	contains "$output" "No space left"
	is "$left" "" "what is left of it"
}

@test "artifacts: nobody is alive any more who could change one" {
	build '(setsid sh -c "while :; do echo grows >>log; done" >/dev/null 2>&1 &) ; while [ ! -s log ]; do :; done; echo done' --artifact "log:$OUT"
	is "$status" 0 "exit code ($output)"
	is "$(report artifacts.0.bytes)" "$(stat -c %s "$OUT/log")" "bytes"
	is "$(report artifacts.0.sha256)" "$(sha256sum <"$OUT/log" | cut -d' ' -f1)" "sum"
}

@test "artifacts: what a nested sandbox binds is not there, and a loop of binds is none" {
	build 'unshare --user --map-root-user --mount sh -c "mkdir -p d/d; mount --bind d d/d && mount --bind /usr/lib d && touch /tmp/ok"; [ -e /tmp/ok ]; mkdir -p d; echo x >d/x' \
		--allow-userns --artifact "d:$OUT"
	is "$status" 0 "exit code ($output)"
	is "$(cd "$OUT/d" && find . -type f)" ./x "what is there"
	# Nor is what the user bound.
	mkdir -m 0755 "$CASE/bound"
	echo host >"$CASE/bound/host"
	build 'ls $HOME/b' --ro-bind "$CASE/bound:/home/builder/b" --artifact "/home/builder/b?:$OUT"
	contains "$output" host
	is "$(find "$OUT" -name host)" "" "a file of the host"
}

@test "artifacts: of which builds, as --artifact-on says" {
	build 'echo x >x; exit 3' --artifact "x:$OUT"
	is "$status $(ls -A "$OUT")" "3 " "a failed build by default"
	build 'echo x >x; exit 3' --artifact "x:$OUT" --artifact-on failure
	is "$status $(report result.cause) $(cat "$OUT/x")" "3 exited x" "failure"
	rm "$OUT/x"
	build 'echo x >x' --artifact "x:$OUT" --artifact-on failure
	is "$status $(ls -A "$OUT")" "0 " "a good one with failure"
	build 'echo x >x; kill -9 $$' --artifact "x:$OUT" --artifact-on always
	is "$status $(cat "$OUT/x")" "137 x" "always"
	rm "$OUT/x"
	build 'echo x >x; exec sleep 60' --artifact "x:$OUT" --artifact-on always --timeout 1
	is "$status $(report result.cause) $(cat "$OUT/x")" "124 timeout x" "a time limit"
	build 'exit 3' --artifact "x:$OUT/y" --artifact-on always
	is "$status $(report result.cause)" "3 exited" "the end of a failed build stays what it was"
	contains "$(report error.message)" "nothing matches"
}

@test "artifacts: what is missing is an error of its own cause, unless it may be" {
	build 'echo ran' --artifact "absent:$OUT"
	is "$status $(report result.cause)" "125 artifact_missing" "cause"
	contains "$output" "nothing matches --artifact absent"
	build 'echo x >x' --artifact "absent?:$OUT" --artifact "no/**/thing?:$OUT" --artifact "x?:$OUT"
	is "$status $(ls "$OUT")" "0 x" "with ? ($output)"
}

@test "artifacts: - is one tar on stdout, and the builder's output goes to stderr" {
	coff run -q --report "$CASE/report.json" --artifact d --artifact "x:$OUT" --artifact - none -- sh -c '
		mkdir -p d/e; echo said; echo one >d/e/f; chmod 750 d/e/f; echo x >x; n=$(printf "%0150d" 0); echo long >d/$n' >"$CASE/t.tar" 2>"$CASE/err"
	is "$(cat "$CASE/err")" said "stderr"
	is "$(tar -tf "$CASE/t.tar" | LC_ALL=C sort)" "d/
d/$(printf '%0150d' 0)
d/e/
d/e/f" "names"
	mkdir "$CASE/unpacked"
	tar -xf "$CASE/t.tar" -C "$CASE/unpacked"
	is "$(cat "$CASE/unpacked/d/e/f" "$OUT/x")" "one
x" "contents"
	is "$(stat -c %a "$CASE/unpacked/d/e/f")" 750 "mode"
	is "$(python3 -c 'import tarfile, sys; print(len(tarfile.open(sys.argv[1]).getmembers()))' "$CASE/t.tar")" 4 "members, as Python counts"
	is "$(report artifacts.1.destination)" null "destination in the report"
	run coff run -q --artifact - none -- echo ran
	is "$status" 125 "- and nothing to put into it ($output)"
	lacks "$output" ran
	# Nobody reads: the run ends, and says so.
	coff run -q --report "$CASE/report.json" --artifact d --artifact - none -- sh -c 'mkdir d; head -c 4M /dev/zero >d/z' 2>"$CASE/err" | true
	is "$(report result.cause)" artifact_failed "cause without a reader ($(cat "$CASE/err"))"
}

@test "artifacts: what a repository names is told, and nothing of it is copied" {
	as_user git init -q "$CASE/repo"
	echo '{"command":["sh","-c","mkdir dist; echo x >dist/x"],"artifacts":["dist/**","log?"]}' >"$CASE/repo/.cofferdam.json"
	chmod 0644 "$CASE/repo/.cofferdam.json"
	as_user git -C "$CASE/repo" add .
	as_user git -C "$CASE/repo" -c user.name=a -c user.email=a@b commit -qm x
	(cd "$OUT" && coff run -q --report "$CASE/report.json" "$CASE/repo")
	is "$(report artifacts) $(report artifacts_offered)" '[] ["dist/**", "log?"]' "artifacts"
	is "$(ls -A "$OUT")" "" "what is copied"
	(cd "$OUT" && coff run -q --report "$CASE/report.json" --events "$CASE/events.jsonl" --artifact 'dist/**' "$CASE/repo")
	is "$(cat "$OUT/x")" x "what the user asks for, in the directory of the user"
	contains "$(cat "$CASE/events.jsonl")" '"type":"artifact"'
}

stage_begun() { compgen -G "$OUT/.cofferdam-*/0" >/dev/null; }

@test "artifacts: a launcher that is killed on the way leaves what gc finds" {
	local pid

	background pid coff run -q --artifact "d:$OUT" none -- sh -c 'mkdir d; head -c 400M /dev/zero >d/a; echo x >d/b'
	wait_for 60 stage_begun || fail "no stage"
	pkill -KILL -P "$pid" -x cofferdam || kill -KILL "$pid"
	wait "$pid" || true
	is "$(ls -A "$OUT" | grep -vc '^[.]cofferdam-')" 0 "under their names"
	coff gc >"$CASE/gc"
	is "$(ls -A "$OUT")" "" "after gc ($(cat "$CASE/gc"))"
}

@test "artifacts: who looks through the tree is behind Landlock, a filter and without a capability outside" {
	local launcher collector

	mkfifo "$CASE/tar"
	chmod 666 "$CASE/tar"
	exec 7<>"$CASE/tar" # nobody reads: the collector waits, in the middle of its work
	background launcher as_user "$COFFERDAM" run -q --report "$CASE/report.json" --artifact d --artifact - none -- \
		sh -c 'mkdir d; cd d; for i in $(seq 3000); do echo $i >$i; done' >"$CASE/tar"
	# Of this run, with a filter and the one capability; the builder has none.
	the_collector() {
		local pid

		for pid in $(pgrep -f "$CASE/report.json"); do
			[ "$(awk '/^(Seccomp|CapPrm):/ { printf "%s ", $2 }' "/proc/$pid/status" 2>/dev/null)" != "0000000000000004 2 " ] ||
				echo "$pid"
		done
	}
	collector() { [ -n "$(the_collector)" ]; }
	wait_for 60 collector || fail "no process of the run has a filter while artifacts are taken"
	collector=$(the_collector)
	is "$(awk '/^(NoNewPrivs|CapBnd|CapEff):/ { print $2 }' "/proc/$collector/status" | LC_ALL=C sort -u | tr '\n' ' ')" "0000000000000000 0000000000000004 1 " "its capabilities and no_new_privs"
	[ "$(readlink "/proc/$collector/ns/user")" != "$(readlink /proc/self/ns/user)" ] || fail "it is in our user namespace"
	# shellcheck disable=SC2046
	kill -TERM $(pgrep -f "$CASE/report.json")
	wait "$launcher" || true
	exec 7<&-
	is "$(report result.cause)" interrupted "how it ended"
}
