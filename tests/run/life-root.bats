#!/usr/bin/env bats
# Started by root, cofferdam gives root up first; and with v1 cgroups the limits are the
# kernel's own.
#
# Root delegates cgroups to the suite's users, which others test to be absent:
# run-all: alone

load ../lib/run
load ../lib/life

setup() {
	case_begin
	need_root
	mark
}

# The delegated parents stay for the next run, until gc.
teardown_file() {
	[ "$(id -u)" != 0 ] || as_root "$SUITE/usr/bin/cofferdam" gc >/dev/null
	suite_leave
}

# Uids and groups, seen from outside, of every process with $MARK but the launcher.
seen_from_outside() {
	local pid

	for pid in $(marked); do
		awk -v pid="$pid" '/^(Uid|Gid|Groups|CapEff|CapPrm|CapBnd|NoNewPrivs):/ { $1 = $1; print pid, $0 }' \
			"/proc/$pid/status"
	done
}

# start_as UID OPTION…: a run that sleeps; checks that no process of it is root's.
start_as() {
	local want=$1

	shift
	rm -f "$CASE/up"
	background pid as_root env TMPDIR="$CASE" "${SUDO[@]}" "$COFFERDAM" run -q "$@" none -- \
		sh -c "echo up; exec sleep $MARK" >"$CASE/up"
	wait_for 10 inside up up
	seen_from_outside >"$CASE/seen"
	grep -q ' Uid: ' "$CASE/seen" || fail "no process of the run was found"
	lines=$(awk '$2 == "Uid:" { for (i = 3; i <= 6; i++) print $i }' "$CASE/seen" | sort -u)
	! grep -qx 0 <<<"$lines" || fail "a process of the run is host uid 0" "$(cat "$CASE/seen")"
	grep -qx "$want" <<<"$lines" || fail "no process is uid $want but $lines"
	lines=$(awk '$2 == "Gid:" { for (i = 3; i <= 6; i++) print $i }' "$CASE/seen" | sort -u)
	! grep -qx 0 <<<"$lines" || fail "a process of the run is host gid 0"
	is "$(awk '$2 == "Groups:" && NF > 2' "$CASE/seen")" "" "supplementary groups that were kept"
	# shellcheck disable=SC2046
	kill -TERM $(marked) 2>/dev/null || true
	wait "$pid" || true
	wait_for 5 unmarked
}

@test "root alone: the sandbox is nobody's; never host uid 0, no group of root's" {
	SUDO=()
	start_as 65534
}

@test "--run-as USER, --run-as UID:GID, SUDO_UID" {
	SUDO=()
	start_as "$(id -u cofferdam-one)" --run-as cofferdam-one
	start_as 61849 --run-as 61849:61850
	SUDO=(SUDO_UID=61851 SUDO_GID=61852)
	start_as 61851
	start_as 61849 --run-as 61849:61850
}

@test "--run-as a user with a range: keeper and builder differ, and neither is root" {
	SUDO=()
	start_as "$(id -u cofferdam-test)" --run-as cofferdam-test
	is "$(awk '$2 == "Uid:" { print $3 }' "$CASE/seen" | sort -u | wc -l)" 2 "different host uids"
}

@test "--run-as root, by name or number, with group 0, or one who is not there: refused" {
	for who in root 0 0:0 1000:0 no-such-user 4294967295 -1 99999999999; do
		status=0
		as_root env TMPDIR="$CASE" "$COFFERDAM" run --run-as "$who" none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
		is "$status" 125 "exit code of --run-as $who"
		is "$(cat "$CASE/out")" "" "stdout of --run-as $who"
		contains "$(cat "$CASE/err")" --run-as
	done
}

@test "--run-as by an ordinary user is refused" {
	status=0
	coff run --run-as cofferdam-one none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status" 125 "exit code"
	contains "$(cat "$CASE/err")" "only root can become another user"
	is "$(cat "$CASE/out")" "" stdout
}

@test "root's files are not read or written on the way: report where nobody may write" {
	mkdir -m 0700 "$CASE/private"
	status=0
	as_root env TMPDIR="$CASE" "$COFFERDAM" run -q --report "$CASE/private/report.json" none -- echo ran >"$CASE/out" 2>"$CASE/err" ||
		status=$?
	is "$status" 125 "exit code"
	is "$(cat "$CASE/out")" "" "what was built"
	is "$(ls "$CASE/private")" "" "what was written"
}

# ---- what is root's stays with root ----

look() { as_root env COFFERDAM="$COFFERDAM" TMPDIR="$CASE" python3 - "$@" <"$SOURCES/tests/lib/root-look"; }

@test "who shares the uid that root becomes reads nothing of root's, traces nothing, types nothing" {
	look run 61855 >"$CASE/seen" || fail "$(cat "$CASE/seen")"
	contains "$(cat "$CASE/seen")" "root's own shell: looked into"
	contains "$(cat "$CASE/seen")" "launcher: refused"
	contains "$(cat "$CASE/seen")" "keeper: refused"
	contains "$(cat "$CASE/seen")" "builder: nothing of root's"
}

@test "the shell of --on-failure that root gets is as hidden as its launcher" {
	look shell 61856 >"$CASE/seen" || fail "$(cat "$CASE/seen")"
	contains "$(cat "$CASE/seen")" "root's own shell: looked into"
	is "$(grep -c '^launcher: refused' "$CASE/seen")" 2 "launcher and shell: $(cat "$CASE/seen")"
}

# From before the change of ids to the end: a session without root's terminal, not dumpable.
@test "every verb that root starts hides before it gives root up, and stays hidden" {
	local verb

	for verb in "run -q none -- true" "explain none" doctor gc ps; do
		# shellcheck disable=SC2086
		as_root env TMPDIR="$CASE" strace -f -qq -o "$CASE/trace" -e trace=prctl,setresuid,setsid,execve,execveat \
			"$COFFERDAM" $verb >/dev/null 2>&1 </dev/null || true
		grep -q 'setresuid(65534' "$CASE/trace" || fail "$verb: root was not given up"
		python3 - "$CASE/trace" <<-'PYTHON' || fail "$verb"
			import re, sys
			hidden, led, gone = {}, set(), set()
			for line in open(sys.argv[1]):
			    pid, call = line.split(None, 1)
			    if call.startswith("setsid("):
			        led.add(pid)
			    elif call.startswith("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE"):
			        hidden[pid] = True
			    elif call.startswith("prctl(PR_SET_DUMPABLE, SUID_DUMP_USER") and pid in gone:
			        sys.exit("it shows itself again: " + line)
			    elif call.startswith("setresuid(65534") and " = 0" in call:
			        gone.add(pid)
			        hidden[pid] = False
			bad = [pid for pid in gone if not hidden[pid]]
			if bad or not led:
			    sys.exit("not hidden: %s; sessions of their own: %s" % (bad, sorted(led)))
		PYTHON
	done
}

@test "a terminal of root's: keys, sizes, job control and modes are as for anybody" {
	local name

	for name in first_instruction exit_codes interrupt inner_job quit_signal suspend orphaned background window \
		redirected shared_screen modes modes_after_kill eof hangup flood; do
		as_root env COFFERDAM="$COFFERDAM" CASE="$CASE" TMPDIR="$CASE" python3 - $name \
			<"$SOURCES/tests/lib/terminal-case" >"$CASE/out" 2>&1 || fail "$name: $(cat "$CASE/out")"
	done
}

@test "who started us dies: so does what it started, by KILL as by TERM" {
	local signal

	for signal in TERM KILL; do
		rm -f "$CASE/up"
		background pid as_root env TMPDIR="$CASE" "$COFFERDAM" run -q none -- \
			sh -c "echo up; exec sleep $MARK" >"$CASE/up"
		wait_for 10 inside up up
		kill -"$signal" "$(ps -o ppid= -p "$(pgrep -o -f "cofferdam run -q none .*$MARK")" | tr -d ' ')"
		wait "$pid" || true
		wait_for 10 unmarked
	done
}

@test "--config is opened as the user that root becomes: a file of root's alone is not" {
	echo '{"env":["TOKEN=of-root"],"nosuchkey":1}' >"$CASE/secret.json"
	chmod 0600 "$CASE/secret.json"
	status=0
	as_root env TMPDIR="$CASE" "$COFFERDAM" run --config "$CASE/secret.json" none -- env >"$CASE/out" 2>"$CASE/err" ||
		status=$?
	is "$status" 125 "exit code"
	contains "$(cat "$CASE/err")" "Permission denied"
	! grep -q 'nosuchkey\|of-root' "$CASE/out" "$CASE/err" || fail "something of the file was told"
	echo '{"env":["TOKEN=for-all"]}' >"$CASE/public.json"
	chmod 0644 "$CASE/public.json"
	contains "$(as_root env TMPDIR="$CASE" "$COFFERDAM" run -q --config "$CASE/public.json" none -- env)" \
		TOKEN=for-all
}

@test "a descriptor that the caller left open is not ours, unless an option names it" {
	local lines

	lines=$(as_root env TMPDIR="$CASE" sh -c 'exec 9<"$1"; "$2" run -q none -- sh -c "sleep 1" & sleep 0.5
		for pid in $(pgrep -x cofferdam); do ls -l /proc/$pid/fd; done; wait' \
		sh "$0" "$COFFERDAM")
	contains "$lines" "0 ->"
	! grep -q "$(basename "$0")" <<<"$lines" || fail "$lines"
	as_root env TMPDIR="$CASE" sh -c '"$1" run -q --events fd:9 none -- true 9>"$2"' sh "$COFFERDAM" "$CASE/events"
	contains "$(cat "$CASE/events")" '"type"'
}

# ---- v1 cgroups ----

# As root, for nobody.
root_sandbox() {
	as_root env TMPDIR="$CASE" "$COFFERDAM" run -q --report "$CASE/report.json" "$@"
}

need_v1() {
	root_sandbox none -- true
	[ "$(report limits.driver)" = v1 ] || cannot "cgroup v1 driver: $(report limits.detail)"
}

@test "memory bomb: oom, counted, and told apart from a plain SIGKILL" {
	need_v1
	status=0
	root_sandbox --memory 64M none -- python3 -c '
hoard = []
while True:
    hoard.append(bytearray(8 << 20))' 2>"$CASE/err" || status=$?
	is "$status" 137 "exit code"
	is "$(report result.cause)" oom cause
	contains "$(cat "$CASE/err")" "out of memory: --memory 64M was met, and the kernel killed "
	contains "$(cat "$CASE/err")" "cofferdam: try: --memory"
	[ "$(report usage.oom_kills)" -ge 1 ]
	peak=$(report usage.memory_peak_bytes)
	[ "$peak" -gt 50000000 ] && [ "$peak" -le 67108864 ] || fail "peak of $peak bytes"
	status=0
	root_sandbox --memory 64M none -- sh -c 'kill -9 $$' || status=$?
	is "$status $(report result.cause) $(report usage.oom_kills)" "137 signalled 0" "a plain SIGKILL"
}

@test "the tmpfs is counted in the memory limit" {
	need_v1
	status=0
	root_sandbox --memory 48M --app-size 512M none -- sh -c 'head -c 200000000 /dev/zero >/app/bomb' || status=$?
	[ "$status" -ne 0 ] || fail "200 MB of tmpfs fitted into 48 MB of memory"
	[ "$(report usage.app_peak_bytes)" -le 50331648 ]
}

@test "pids: the limit stands in the kernel, and no fork passes it" {
	need_v1
	root_sandbox --pids 25 none -- python3 -c "$FORKS" >"$CASE/out"
	is "$(cat "$CASE/out")" $'Resource temporarily unavailable\nTrue' stdout
	is "$(report limits.applied.pids)" 25 limits.applied.pids
	peak=$(report usage.pids_peak)
	[ "$peak" -gt 15 ] && [ "$peak" -le 25 ] || fail "pids_peak is $peak"
}

@test "fork bomb in a cgroup: ended, counted, gone" {
	need_v1
	status=0
	root_sandbox --pids 100 --timeout 1 none -- python3 -c "$(fork_bomb)" || status=$?
	is "$status" 124 "exit code"
	unmarked || fail "processes are left"
	[ "$(report usage.pids_peak)" -ge 90 ]
}

# The run's own directories, from outside while it lives.
group_of() {
	find "/sys/fs/cgroup/$1" -type d -name "cofferdam-$2" 2>/dev/null
}

@test "the kernel's own files hold the limits, and count the throttling" {
	need_v1
	background pid root_sandbox --events "$CASE/events.jsonl" --memory 100M \
		--swap 20M --cpus 0.25 --pids 77 none -- \
		sh -c "echo up; exec timeout 600 sh -c 'while :; do :; done # $MARK'" >"$CASE/out"
	wait_for 10 inside out up
	id=$(sed -n '1s/.*"id":"\([0-9a-f]*\)".*/\1/p' "$CASE/events.jsonl")
	memory=$(group_of memory "$id") cpu=$(group_of cpu "$id") pids=$(group_of pids "$id")
	[ -n "$memory" ] && [ -n "$cpu" ] && [ -n "$pids" ] || fail "no directory of run $id"
	is "$(cat "$memory/memory.limit_in_bytes")" 104857600 memory.limit_in_bytes
	[ ! -e "$memory/memory.memsw.limit_in_bytes" ] ||
		is "$(cat "$memory/memory.memsw.limit_in_bytes")" 125829120 memory.memsw.limit_in_bytes
	is "$(cat "$pids/pids.max")" 77 pids.max
	quota=$(cat "$cpu/cpu.cfs_quota_us") period=$(cat "$cpu/cpu.cfs_period_us")
	is $((quota * 1000 / period)) 250 "thousandths of a processor"
	is "$(wc -l <"$pids/cgroup.procs")" "$(wc -l <"$memory/cgroup.procs")" "the same processes in both"
	throttled() { [ "$(awk '$1 == "nr_throttled" { print $2 }' "$cpu/cpu.stat")" -gt 2 ]; }
	wait_for 20 throttled
	# shellcheck disable=SC2046
	kill -TERM $(pgrep -f "cofferdam run .*$MARK" | head -n 1)
	wait "$pid" || true
	is "$(group_of memory "$id")$(group_of cpu "$id")$(group_of pids "$id")" "" "what is left of run $id"
	wall=$(report usage.wall_ms)
	used=$(($(report usage.cpu_user_ms) + $(report usage.cpu_system_ms)))
	[ $((used * 100)) -le $((wall * 60)) ] || fail "$used ms of processor in $wall ms at 0.25 processors"
}

# What runtimes size themselves by, one word a runtime that is here.
RUNTIMES='
python3 -c "import os; print(\"python\", os.cpu_count(), len(os.sched_getaffinity(0)))"
echo getconf $(getconf _NPROCESSORS_ONLN) nproc $(nproc)
echo cpuinfo $(grep -c ^processor /proc/cpuinfo) stat $(grep -c "^cpu[0-9]" /proc/stat)
awk "/^(MemTotal|SwapTotal):/ { print \$1, \$2 }" /proc/meminfo
awk "/^MemAvailable:/ { print \"available\", (\$2 > 0 && \$2 <= 307200) }" /proc/meminfo
free -k | awk "/^Mem:/ { print \"free\", \$2 }"
[ ! -x /usr/bin/java ] || /usr/bin/java -XX:+PrintFlagsFinal -version 2>/dev/null |
	awk "\$2 == \"MaxHeapSize\" { print \"java\", (\$4 <= 307200 * 1024 / 2) }"
[ ! -x /usr/bin/node ] || /usr/bin/node -e "const os = require(\"os\"), v8 = require(\"v8\");
	console.log(\"node\", os.cpus().length, os.totalmem(), v8.getHeapStatistics().heap_size_limit < 400 << 20)"
[ ! -x /usr/bin/ruby ] || /usr/bin/ruby -retc -e "puts \"ruby #{Etc.nprocessors}\""
[ ! -x /usr/bin/ninja ] || /usr/bin/ninja -h 2>&1 | sed -n "s/.*run N jobs.*default=\([0-9]*\).*/ninja \1/p"
[ ! -x /usr/bin/perl ] || /usr/bin/perl -MPOSIX -e "print \"perl \", POSIX::sysconf(84), \"\n\""
printf "#include <omp.h>\n#include <stdio.h>\nint main(void){printf(\"openmp %%d\\\\n\",omp_get_max_threads());return 0;}\n" >o.c
gcc -fopenmp o.c -o o && ./o
[ ! -x /usr/bin/rustc ] || { echo "fn main(){println!(\"rust {}\",std::thread::available_parallelism().unwrap())}" >r.rs
	/usr/bin/rustc r.rs && ./r; }'

@test "runtimes see the limits of the run: processors, memory, and the groups that hold them" {
	need_v1
	root_sandbox --memory 300M --cpus 1 none -- sh -c "$RUNTIMES" >"$CASE/out"
	is "$(grep -vE '^(java|node|ruby|ninja|perl|rust) ' "$CASE/out")" "python 1 1
getconf 1 nproc 1
cpuinfo 1 stat 1
MemTotal: 307200
SwapTotal: 0
available 1
free 307200
openmp 1" "what everybody has"
	[ ! -x /usr/bin/java ] || is "$(grep ^java "$CASE/out")" "java 1" "the heap of the JVM"
	[ ! -x /usr/bin/node ] || is "$(grep ^node "$CASE/out")" "node 1 314572800 true" "Node"
	[ ! -x /usr/bin/ruby ] || is "$(grep ^ruby "$CASE/out")" "ruby 1" "Ruby"
	[ ! -x /usr/bin/ninja ] || is "$(grep ^ninja "$CASE/out")" "ninja 2" "ninja's jobs for one processor"
	[ ! -x /usr/bin/perl ] || is "$(grep ^perl "$CASE/out")" "perl 1" "Perl"
	[ ! -x /usr/bin/rustc ] || is "$(grep ^rust "$CASE/out")" "rust 1" "Rust"
}

@test "the run's own groups are in /sys/fs/cgroup, and can only be read" {
	need_v1
	root_sandbox --memory 300M --pids 77 none -- sh -c 'cd /sys/fs/cgroup
		cat memory/memory.limit_in_bytes pids/pids.max cpuset/cpuset.mems
		find . -type d | sort | xargs; ls cpuset | xargs
		for file in memory/memory.limit_in_bytes memory/cgroup.procs pids/tasks cpuset/cpuset.cpus; do
			(echo 0 >$file) 2>/dev/null && echo "written: $file"
		done; mkdir memory/below 2>/dev/null && echo "made a group"
		grep -c . memory/cgroup.procs' >"$CASE/out"
	is "$(head -n 5 "$CASE/out")" "314572800
77
0
. ./cpu ./cpuacct ./cpuset ./memory ./pids
cpuset.cpus cpuset.mems" "what is there"
	is "$(sed -n '6,$p' "$CASE/out" | grep -v '^[0-9]*$')" "" "what could be written"
	root_sandbox none -- sh -c 'awk "\$3 ~ /^cgroup/ { print \$4 }" /proc/mounts | cut -d, -f1 | sort -u' >"$CASE/out"
	is "$(cat "$CASE/out")" ro "how they are mounted"
}

@test "what the repository asks for is what /proc then says" {
	need_v1
	as_root git init -q "$CASE/less"
	echo '{"memory": "200M", "cpus": 1}' >"$CASE/less/.cofferdam.json"
	as_root git -C "$CASE/less" add .
	as_root git -C "$CASE/less" -c user.name=n -c user.email=a@b.example commit -qm one
	chmod -R a+rX "$CASE/less"
	root_sandbox --cpus 2 "$CASE/less" -- sh -c 'awk "/^MemTotal/ { print \$2 }" /proc/meminfo
		grep -c ^processor /proc/cpuinfo; getconf _NPROCESSORS_ONLN; nproc; grep -c "^cpu[0-9]" /proc/stat
		cat /sys/fs/cgroup/memory/memory.limit_in_bytes
		cat /sys/fs/cgroup/cpuset/cpuset.cpus /sys/devices/system/cpu/online | sort -u | wc -l' >"$CASE/out"
	is "$(xargs <"$CASE/out")" "204800 1 1 1 1 209715200 1" "memory and processors"
}

@test "usage from the cgroup is plausible" {
	need_v1
	root_sandbox none -- python3 -c '
import time
end = time.process_time() + 0.3
block = bytearray(40 << 20)
while time.process_time() < end:
    pass'
	used=$(($(report usage.cpu_user_ms) + $(report usage.cpu_system_ms)))
	[ "$used" -ge 290 ] && [ "$used" -lt 10000 ] || fail "$used ms of processor"
	peak=$(report usage.memory_peak_bytes)
	[ "$peak" -ge 41943040 ] && [ "$peak" -lt 200000000 ] || fail "peak of $peak bytes"
}

@test "runs of root killed at random moments, in cgroups: nothing is left after gc" {
	need_v1
	cat >"$CASE/storm.sh" <<-END
		exec env -i PATH="$PATH" TMPDIR="$CASE" SUDO_UID=61853 SUDO_GID=61853 "$SOURCES/tests/lib/kill-storm" \\
			--mark "$MARK" --uid 61853 --count \$1 --from \$2 --to \$3 -- "$COFFERDAM" run -q none -- \\
			sh -c "setsid sleep $MARK & exec sleep $MARK"
	END
	sh "$CASE/storm.sh" 150 0 35
	sh "$CASE/storm.sh" 10 60 150
	env -i PATH="$PATH" TMPDIR="$CASE" SUDO_UID=61853 SUDO_GID=61853 "$COFFERDAM" gc >"$CASE/gc.txt"
	is "$(find /sys/fs/cgroup -type d -name 'cofferdam-uid-61853')" "" "cgroup directories"
	is "$(find "$CASE/cofferdam-61853" -mindepth 1)" "" "state files"
}
