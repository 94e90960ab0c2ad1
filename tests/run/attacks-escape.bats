#!/usr/bin/env bats
# Attacks on the launcher and the keeper, each of which has broken a neighbouring program.

load ../lib/run

@test "a set-id copy of the launcher refuses to start (bubblewrap CVE-2016-8659)" {
	need_root
	set_id_place
	cp "$COFFERDAM" "$SET_ID/setuid"
	cp "$COFFERDAM" "$SET_ID/setgid"
	chmod 4755 "$SET_ID/setuid"
	chmod 2755 "$SET_ID/setgid"
	local copy verb
	for copy in setuid setgid; do
		run as_user "$SET_ID/$copy" run -q none -- echo ran
		is "$status" 125 "exit code of the $copy copy ($output)"
		contains "$output" "set-id"
		lacks "$output" "ran
"
	done
	for verb in "explain none -- true" "doctor" "gc" "ps"; do
		run as_user "$SET_ID/setuid" $verb
		is "$status" 125 "exit code of $verb ($output)"
		contains "$output" "set-id"
	done
	# The same copies without the bit do run.
	chmod 0755 "$SET_ID/setuid"
	run as_user "$SET_ID/setuid" version
	is "$status" 0 "exit code without the bit"
}

@test "the program of PID 1 cannot be written from inside (runc CVE-2019-5736)" {
	local before after

	before=$(sha256sum <"$COFFERDAM")
	run sandbox none -- sh -c 'for p in /proc/1/exe /proc/self/exe /proc/*/exe; do cat /usr/bin/true >$p; done'
	run sandbox --root-inside none -- sh -c 'for p in /proc/1/exe /proc/self/exe; do cat /usr/bin/true >$p; done; exec 9</proc/1/exe; cat /usr/bin/true >/proc/self/fd/9'
	after=$(sha256sum <"$COFFERDAM")
	is "$after" "$before" "the program afterwards"
}

@test "without a range: the program of PID 1 cannot be opened, though the id is the same" {
	need_root
	is "$(coff_one run -q --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe write /proc/1/exe)" ENOENT "write"
	is "$(coff_one run -q --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe read /proc/1/exe)" ENOENT "read"
	is "$(coff_one run -q --root-inside --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe read /proc/1/exe)" ENOENT "read by root inside"
}

@test "the keeper cannot be traced from inside (bubblewrap CVE-2026-41163)" {
	is "$(probe_in trace 1)" EPERM "inside"
	need_root
	# Behind a profile that allows everything it is the kernel that says no.
	echo '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$CASE/all.json"
	chmod 0644 "$CASE/all.json"
	is "$(coff_one run -q --seccomp "$CASE/all.json" --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe trace 1)" EPERM "one id, no filter"
	is "$(coff_one run -q --root-inside --seccomp "$CASE/all.json" --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe trace 1)" EPERM "one id, no filter, root inside"
	is "$(coff_one run -q --allow-userns --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe trace 1)" EPERM "one id, no Landlock"
}

@test "the keeper cannot be traced from outside by the same user" {
	local run keeper sleeper

	[ "$(probe_out trace-me)" = OK ] || cannot "ptrace"
	background run coff run -q none -- sh -c 'echo up; exec sleep 30' >"$CASE/out"
	wait_for 10 grep -qs up "$CASE/out"
	keeper=$(keeper_of "$run")
	[ -n "$keeper" ] || fail "no keeper was found"
	# An ordinary process of the same user is open to it, unless Yama says otherwise.
	[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] || cannot "trace what is not a child (Yama)"
	background sleeper as_user sleep 30.1414
	wait_for 5 pgrep -u "$TEST_USER" -f '^sleep 30.1414$'
	is "$(probe_out trace "$(pgrep -u "$TEST_USER" -f '^sleep 30.1414$' | head -n 1)")" OK "an ordinary process"
	is "$(probe_out trace "$keeper")" EPERM "trace"
	is "$(probe_out read "/proc/$keeper/environ")" EACCES "environ"
}

# keeper_of PID: of its descendants the one that is PID 1 of a namespace.
keeper_of() {
	local pid

	for pid in $(pgrep -P "$1"); do
		[ "$(awk '/^NSpid:/ { print $3 }' "/proc/$pid/status")" != 1 ] || { echo "$pid" && return; }
		keeper_of "$pid"
	done
}

@test "a cwd or a path outside of the root leads nowhere (runc CVE-2024-21626)" {
	is "$(sandbox none -- sh -c 'for fd in 3 4 5 6 7 8 9 10 11 12; do ls /proc/self/fd/$fd/ /proc/1/fd/$fd/ 2>/dev/null; done; cd /proc/self/cwd && pwd -P; cd /proc/self/root && pwd -P')" "/app
/" "through /proc"
	run as_user sh -c 'cd /etc && "$0" run -q none -- sh -c "ls; cat passwd shadow 2>/dev/null; cat ../../etc/shadow"' "$COFFERDAM"
	lacks "$output" "root:"
}

@test "swapping a source between check and use never shows another (Flatpak CVE-2024-42472)" {
	local swapper i seen=0

	mkdir -m 0755 "$CASE/good"
	echo good >"$CASE/good/f"
	as_user ln -s "$CASE/good" "$CASE/source"
	# Another process of the same user turns the link round all the time.
	background swapper as_user python3 -c '
import os, random, sys, time
base = sys.argv[1]
while True:
    for target in ("/etc", base + "/good"):
        os.symlink(target, base + "/next")
        os.rename(base + "/next", base + "/source")
        time.sleep(random.random() / 500)' "$CASE"
	for i in $(seq 60); do
		run coff run -q --ro-bind "$CASE/source:/opt/x" none -- sh -c 'ls /opt/x; cat /opt/x/f 2>/dev/null; :'
		lacks "$output" passwd
		case $status in
		0) is "$output" "f
good" "what was shown" ; seen=$((seen + 1)) ;;
		125) [[ $output = *"may not be mounted"* || $output = *"changed while"* || $output = *"is not what it was"* || $output = *"in the sandbox"* ]] || fail "$output" ;;
		*) fail "status $status: $output" ;;
		esac
	done
	[ "$seen" -gt 0 ] || fail "not one run saw the good directory"
	[ "$seen" -lt 60 ] || fail "not one run met the link to /etc: nothing was tried"
}

@test "swapping a directory itself is noticed: it is bound by descriptor and inode" {
	local swapper i seen=0 other=0

	mkdir -m 0777 "$CASE/work" "$CASE/work/a"
	echo good >"$CASE/work/a/f"
	chmod -R a+rwX "$CASE/work"
	background swapper as_user python3 -c '
import os, random, sys, time
os.chdir(sys.argv[1])
while True:
    os.rename("a", "b")
    os.symlink("/etc", "a")
    time.sleep(random.random() / 1000)
    os.unlink("a")
    os.rename("b", "a")
    time.sleep(random.random() / 200)' "$CASE/work"
	for i in $(seq 60); do
		run coff run -q --ro-bind "$CASE/work/a:/opt/x" none -- sh -c 'ls /opt/x; :'
		lacks "$output" passwd
		if [ "$status" = 0 ]; then seen=$((seen + 1)); else other=$((other + 1)); is "$status" 125 "$output"; fi
	done
	[ "$seen" -gt 0 ] || fail "not one run saw the good directory"
	[ "$other" -gt 0 ] || fail "the swap was never met: nothing was tried"
}

@test "two launches that share a hostile directory do not see each other's mounts" {
	mkdir -m 0777 "$CASE/shared"
	local one two
	background one coff run -q --ro-bind "$CASE/shared:/opt/x" none -- sh -c 'for i in 1 2 3 4 5 6 7 8; do ls /opt/x; done' >"$CASE/a"
	background two coff run -q --ro-bind "$CASE/shared:/opt/y" none -- sh -c 'ls /opt; ls /opt/y' >"$CASE/b"
	wait "$one"
	wait "$two"
	is "$(cat "$CASE/a")" "" "the first"
	is "$(cat "$CASE/b")" y "the second"
	is "$(ls -A "$CASE/shared")" "" "the directory afterwards"
	is "$(grep -c "$CASE" /proc/self/mountinfo)" 0 "mounts of the host"
}

@test "predictable names that another user has made first are not used (snap CVE-2026-3888)" {
	need_root
	need_no_runtime
	mkdir -m 1777 "$CASE/tmp"
	as_one mkdir -m 0777 "$CASE/tmp/cofferdam-$TEST_UID"
	run as_user env -u XDG_RUNTIME_DIR TMPDIR="$CASE/tmp" "$COFFERDAM" run -q none -- echo ran
	is "$status" 125 "exit code ($output)"
	lacks "$output" "ran
"
	contains "$output" "cofferdam-$TEST_UID"
	is "$(ls -A "$CASE/tmp/cofferdam-$TEST_UID")" "" "what was written there"
}

@test "a symlink in place of that directory is not followed" {
	need_root
	need_no_runtime
	mkdir -m 1777 "$CASE/tmp"
	mkdir -m 0777 "$CASE/target"
	as_one ln -s "$CASE/target" "$CASE/tmp/cofferdam-$TEST_UID"
	run as_user env -u XDG_RUNTIME_DIR TMPDIR="$CASE/tmp" "$COFFERDAM" run -q none -- echo ran
	is "$status" 125 "exit code ($output)"
	is "$(ls -A "$CASE/target")" "" "what was written there"
}

@test "a report never goes through a link, a fifo or a device that lies in its place (isolate)" {
	local place

	as_user sh -c 'echo precious >"$0/precious"; ln -s "$0/precious" "$0/link"; mkfifo "$0/fifo"; ln -s /dev/null "$0/device"' "$CASE"
	for place in link fifo device; do
		run coff run -q --report "$CASE/$place" none -- echo ran
		is "$status" 125 "exit code with a $place ($output)"
		lacks "$output" "ran
"
	done
	is "$(cat "$CASE/precious")" precious "the link's aim"
	is "$(coff run -q --report "$CASE/report.json" none -- echo ran)" ran "a new file"
}

@test "the console: /dev/null and /dev/console of the tree are not the builder's to swap (runc CVE-2025-31133)" {
	run sandbox none -- sh -c 'rm -f /dev/null; ln -s /proc/sys/kernel/core_pattern /dev/null; mv /dev/zero /dev/null; mknod /dev/console c 5 1; ls -l /dev/null; stat -c %t:%T /dev/null'
	contains "$output" "1:3"
	is "$(sandbox none -- stat -c %t:%T /proc/keys)" 1:3 "the cover of /proc/keys"
}

@test "words that look like options stay words (Flatpak CVE-2024-32462)" {
	is "$(sandbox none -- echo --privileged -x --ro-bind /etc:/x)" "--privileged -x --ro-bind /etc:/x" "after --"
	run coff run -q -- --ro-bind=/etc:/x
	is "$status" 125 "a source with a dash"
	run coff run -q "--upload-pack=touch $CASE/ran" -- true
	is "$status" 125 "an option of git"
	run coff run -q "ext::sh -c touch% $CASE/ran" -- true
	is "$status" 125 "git's ext::"
	[ ! -e "$CASE/ran" ] || fail "a command of the source was run"
}
