#!/usr/bin/env bats
# Limits on cgroup v2, in a directory that the user's systemd delegated, or the machine's:
# each bites, is told by its cause, and nothing of it is left.
#
# Counts every group of the machine:
# run-all: alone

load guest

scheduler() { echo "$1" >/sys/block/vda/queue/scheduler; }

teardown() {
	swapoff -a
	scheduler none
	rm -f /var/swap
	guest_end
}

teardown_file() {
	"$SUITE/usr/bin/cofferdam" gc >/dev/null
	suite_leave
}

# limited CODE CAUSE ARG…: a delegated run ends so
limited() {
	local code=$1 cause=$2 status=0

	shift 2
	limited_run "$@" >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status" "$code" "exit code of $* ($(head -c 600 "$CASE/err"))" || return
	is "$(report result.cause)" "$cause" result.cause || return
	is "$(report limits.driver)" v2 limits.driver
}

gone() {
	wait_for 20 no_groups || fail "left: $(groups)"
	unmarked || fail "processes are left: $(marked)"
}

hoard='hoard = []
while len(hoard) < 24:
    hoard.append(bytearray(b"x" * (4 << 20)))
print("held", len(hoard))'

@test "delegated: the wall stands, and each limit is in the kernel's own file" {
	local group id

	background RUN limited_run --events "$CASE/events.jsonl" --memory 100M --swap 20M --cpus 0.5 --pids 77 none -- \
		sh -c "echo up; exec sleep $MARK" >"$CASE/out"
	wait_for 60 inside out up || fail "not begun"
	id=$(sed -n '1s/.*"id":"\([0-9a-f]*\)".*/\1/p' "$CASE/events.jsonl")
	group=$(groups | grep "cofferdam-$id\$")
	is "$(cat "$group/memory.max")" 104857600 memory.max
	is "$(cat "$group/memory.swap.max")" 20971520 memory.swap.max
	is "$(cat "$group/cpu.max")" "50000 100000" cpu.max
	is "$(cat "$group/pids.max")" 77 pids.max
	is "$(cat "$group/memory.oom.group")" 1 memory.oom.group
	grep -qx "$(pgrep -fx "sleep $MARK")" "$group/cgroup.procs" || fail "the builder is not in its group"
	kill -TERM "$(launcher)"
	wait "$RUN" || true
	is "$(report limits.driver)" v2 driver
	is "$(report walls.cgroup.state)" enforced walls.cgroup
	is "$(report limits.applied.memory_bytes)" 104857600 limits.applied.memory_bytes
	is "$(report limits.applied.pids)" 77 limits.applied.pids
	gone
}

@test "runtimes see the limits: the run's own group is /sys/fs/cgroup, and can only be read" {
	limited_run --memory 100M --cpus 0.5 --pids 77 none -- sh -c 'cd /sys/fs/cgroup
		cat memory.max cpu.max pids.max; awk "/^MemTotal/ { print \$2 }" /proc/meminfo; nproc
		for file in memory.max cgroup.procs cgroup.subtree_control; do
			(echo 0 >$file) 2>/dev/null && echo "written: $file"
		done; mkdir below 2>/dev/null && echo "made a group"
		awk "\$3 ~ /^cgroup/ { print \$2, \$3, \$4 }" /proc/mounts | cut -d, -f1' >"$CASE/out"
	is "$(cat "$CASE/out")" "104857600
50000 100000
77
102400
1
/sys/fs/cgroup cgroup2 ro" "what is there, and what could be written"
}

@test "memory: oom, counted, and told apart from a plain SIGKILL" {
	limited 137 oom --memory 64M none -- python3 -c "$hoard"
	[ "$(report usage.oom_kills)" -ge 1 ] || fail "no oom kill was counted"
	peak=$(report usage.memory_peak_bytes)
	[ "$peak" = null ] || [ "$peak" -le 67108864 ] || fail "peak of $peak bytes"
	limited 137 signalled --memory 64M none -- sh -c 'kill -9 $$'
	is "$(report usage.oom_kills)" 0 "oom kills of a plain SIGKILL"
	limited 0 exited --memory 256M none -- python3 -c "$hoard"
	is "$(cat "$CASE/out")" "held 24" "the same program with enough"
	gone
}

@test "memory: what lies in the work space counts" {
	run limited_run --memory 48M --app-size 512M none -- sh -c 'head -c 200000000 /dev/zero >/app/bomb'
	[ "$status" != 0 ] || fail "200 MB of tmpfs fitted into 48 MB of memory"
	[ "$(report usage.app_peak_bytes)" -le 50331648 ]
	gone
}

@test "swap: none by default, as much as was asked for, and no more" {
	fallocate -l 400M /var/swap
	chmod 600 /var/swap
	mkswap -q /var/swap
	swapon /var/swap
	limited 137 oom --memory 64M none -- python3 -c "$hoard"
	is "$(report limits.applied.swap_bytes)" 0 "swap by default"
	limited 0 exited --memory 64M --swap 200M none -- python3 -c "$hoard"
	is "$(cat "$CASE/out")" "held 24" "with swap"
	limited 137 oom --memory 64M --swap 8M none -- python3 -c "$hoard"
	gone
}

@test "cpu: a quarter of a processor is a quarter, and the kernel counted the waiting" {
	limited 0 exited --cpus 0.25 none -- python3 -c '
import time
end = time.monotonic() + 6
while time.monotonic() < end: pass'
	wall=$(report usage.wall_ms)
	used=$(($(report usage.cpu_user_ms) + $(report usage.cpu_system_ms)))
	[ $((used * 100)) -le $((wall * 33)) ] || fail "$used ms of processor in $wall ms"
	[ $((used * 100)) -ge $((wall * 12)) ] || fail "$used ms of processor in $wall ms: too little to tell"
	limited 0 exited none -- python3 -c '
import time
end = time.monotonic() + 3
while time.monotonic() < end: pass'
	wall=$(report usage.wall_ms)
	used=$(($(report usage.cpu_user_ms) + $(report usage.cpu_system_ms)))
	[ $((used * 100)) -ge $((wall * 40)) ] || fail "without a limit: $used ms of processor in $wall ms"
	gone
}

@test "pids: no fork passes the limit" {
	limited 0 exited --pids 25 none -- python3 -c "$FORKS"
	is "$(cat "$CASE/out")" $'Resource temporarily unavailable\nTrue' stdout
	is "$(report limits.applied.pids)" 25 limits.applied.pids
	gone
}

@test "fork bomb: bounded, ended by the time limit, gone" {
	limited 124 timeout --pids 60 --timeout 3 none -- python3 -c "$(fork_bomb)"
	peak=$(report usage.pids_peak)
	[ "$peak" = null ] || { [ "$peak" -ge 50 ] && [ "$peak" -le 60 ]; } || fail "pids_peak is $peak"
	gone
}

# Debian gives a user's manager no io controller; root's has it, and so has a user's whose
# administrator says so.
delegated_by_root() { systemd-run --scope --quiet --collect -p Delegate=yes "$COFFERDAM" run -q "$@"; }

@test "io: 125 for whoever asks where it is not delegated, or no disk heeds it; the weight stands where one does" {
	local group id

	run limited_run --io-weight 50 none -- echo ran
	is "$status" 125 "exit code without the controller"
	contains "$(report error.message)" "io"
	scheduler none
	run delegated_by_root --report "$CASE/report.json" --io-weight 50 none -- echo ran
	is "$status" 125 "exit code with a scheduler that knows no weights"
	contains "$(report error.message)" "no disk here heeds it"
	modprobe bfq
	scheduler bfq
	background RUN delegated_by_root \
		--events "$CASE/events.jsonl" --report "$CASE/io-report.json" --io-weight 50 none -- \
		sh -c "echo up; exec sleep $MARK" >"$CASE/out" 2>"$CASE/err"
	wait_for 60 inside out up || fail "not begun: $(cat "$CASE/err")"
	id=$(sed -n '1s/.*"id":"\([0-9a-f]*\)".*/\1/p' "$CASE/events.jsonl")
	group=$(groups | grep "cofferdam-$id\$")
	is "$(head -n 1 "$group/io.weight")" "default 50" io.weight
	is "$(head -n 1 "$group/io.bfq.weight")" "default 50" io.bfq.weight
	kill -TERM "$(launcher)"
	wait "$RUN" || true
}

@test "io: what is read from a disk is counted" {
	local status=0

	systemd-run --scope --quiet --collect -p Delegate=yes "$COFFERDAM" run -q --report "$CASE/report.json" none -- \
		dd if=/usr/bin/python3 of=/dev/null bs=64k count=40 iflag=direct 2>"$CASE/err" || status=$?
	is "$status" 0 "exit code ($(cat "$CASE/err"))"
	is "$(report limits.driver)" v2 driver
	[ "$(report usage.io_read_bytes)" -ge 2500000 ] || fail "$(report usage.io_read_bytes) bytes were counted"
}

@test "root's delegation: the sandbox is nobody's, and its limits bite" {
	local status=0

	systemd-run --scope --quiet --collect -p Delegate=yes "$COFFERDAM" run -q --report "$CASE/report.json" \
		--memory 64M none -- python3 -c "$hoard" || status=$?
	is "$status $(report result.cause) $(report limits.driver)" "137 oom v2" "exit code, cause, driver"
	is "$(report walls.cgroup.state)" enforced walls.cgroup
	background RUN systemd-run --scope --quiet --collect -p Delegate=yes "$COFFERDAM" run -q none -- \
		sh -c "echo up; exec sleep $MARK" >"$CASE/out"
	wait_for 60 inside out up || fail "not begun"
	is "$(ps -o uid= -p "$(pgrep -fx "sleep $MARK")" | tr -d ' ')" 65534 "the builder's host id"
	kill -TERM "$(launcher)"
	wait "$RUN" || true
	unmarked || fail "processes are left: $(marked)"
}

@test "SIGKILL of the launcher: processes and groups are gone, without anybody's help" {
	background RUN limited_run none -- sh -c "setsid sleep $MARK & echo up; exec sleep $MARK" >"$CASE/out"
	wait_for 60 inside out up || fail "not begun"
	[ -n "$(groups)" ] || fail "no group was there"
	kill -KILL "$(launcher)"
	wait "$RUN" || true
	wait_for 20 unmarked || fail "processes are left: $(marked)"
	gone
}
