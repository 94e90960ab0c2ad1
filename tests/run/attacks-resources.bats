#!/usr/bin/env bats
# What belongs to the whole host, or to the caller, and could be used up from inside: each
# works without the wall, and inside it is refused or bounded. Every probe is bounded itself.
#
# Root delegates cgroups to a user of the suite, which others test to be absent:
# run-all: alone

load ../lib/run

teardown_file() {
	[ "$(id -u)" != 0 ] || as_root "$SUITE/usr/bin/cofferdam" gc >/dev/null
	suite_leave
}

@test "programs in the kernel: one pool for everybody, without which nobody's filter loads" {
	local name

	for name in attach-filter attach-bpf attach-reuseport attach-reuseport-bpf; do
		refused "$name" ENOPROTOOPT
	done
	refused second-filter EINVAL
	refused second-filter-prctl EINVAL
	# Sandboxes inside need filters of their own.
	is "$(sandbox --allow-userns --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe second-filter)" OK \
		"a filter with --allow-userns"
	is "$(sandbox --allow-userns --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe attach-filter)" ENOPROTOOPT \
		"a socket's with --allow-userns"
}

@test "programs that filter their own calls go on without: man, sshd" {
	command -v man >/dev/null || cannot "man"
	run sandbox none -- sh -c 'printf ".TH A 1\n.SH NAME\nfound \\\\- it\n" >/tmp/a.1
		echo "MANDATORY_MANPATH /usr/share/man" >/tmp/m
		man -C /tmp/m -P cat -l /tmp/a.1'
	is "$status" 0 "man: $output"
	contains "$output" found
	[ -x /usr/sbin/sshd ] || return 0
	run sandbox none -- sh -c 'cd /tmp && ssh-keygen -q -t ed25519 -N "" -f k && cp k.pub auth
		printf "HostKey /tmp/k\nPort 2222\nAuthorizedKeysFile /tmp/auth\nStrictModes no\nPidFile none\nUsePAM no\n" >c
		/usr/sbin/sshd -D -e -f /tmp/c 2>log &
		for i in 1 2 3 4 5 6 7 8 9 10; do
			sleep 0.2
			ssh -p 2222 -i k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null localhost echo came in && exit 0
		done
		cat log; exit 1'
	contains "$output" "came in"
}

@test "huge pages, the thread that merges pages, and a spinning processor" {
	local pages

	refused merge-pages EINVAL
	[ "$(probe_out merge-all)" != OK ] || refused merge-all EINVAL
	[ "$(probe_out busy-poll)" != OK ] || refused busy-poll ENOPROTOOPT
	is "$(probe_in memfd-huge)" EINVAL "MFD_HUGETLB"
	is "$(probe_in shm-huge)" ENOMEM "SHM_HUGETLB"
	is "$(probe_in map-huge)" ENOMEM "MAP_HUGETLB"
	[ "$(probe_out map-huge)" = OK ] || cannot "huge pages"
	refused map-huge ENOMEM
}

@test "leases and signals on directories; a watch queue" {
	refused lease EINVAL
	refused directory-notify EINVAL
	is "$(probe_in notification-pipe)" ENOPKG "O_NOTIFICATION_PIPE"
}

@test "flow labels: one table for all network namespaces" {
	refused flow-label ENOPROTOOPT
}

@test "the pages of a file of the host stay in memory, and are not counted from inside" {
	need_root
	head -c 1048576 /dev/urandom >"$CASE/data"
	chmod 0644 "$CASE/data"
	sync "$CASE/data"
	resident() { fincore -n -b -o RES "$CASE/data" | tr -d ' '; }
	[ "$(resident)" = 1048576 ] || cannot "see pages in memory"
	is "$(sandbox --ro-bind "$PROBES:/opt/probe" --ro-bind "$CASE/data:/opt/data" none -- /opt/probe/probe evict /opt/data)" OK \
		"the advice"
	# The kernel may take a page of its own accord, the advice takes all but the last few.
	[ "$(resident)" -gt 524288 ] || fail "after the advice from inside $(resident) of 1048576 bytes are in memory"
	is "$(probe_out evict "$CASE/data")" OK "the advice outside"
	[ "$(resident)" -lt 524288 ] || cannot "evict on this file system"
	is "$(probe_in page-cache)" ENOSYS cachestat
}

@test "PID 1 is not made slow, also where it has the builder's id" {
	local name

	for name in schedule-first nice-first affinity-first ioprio-first limit-first; do
		is "$(probe_bare "$name")" OK "$name without the wall"
		is "$(coff_or_one "$name")" EPERM "$name inside"
	done
	is "$(coff_or_one nice-group)" EPERM "the group of PID 1"
	is "$(coff_or_one nice-user)" EPERM "all processes of a user"
}

@test "nobody joins the group of PID 1, which leads the session of a terminal" {
	local all=$CASE/all.json as=as_user

	[ "$(id -u)" != 0 ] || as=as_one
	echo '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$all"
	chmod 0644 "$all"
	# Without the filter who has its id makes it slow by a word about himself.
	run $as script -qec "'$COFFERDAM' run -q --seccomp '$all' --ro-bind '$PROBES:/opt/probe' none -- /opt/probe/probe nice-joined" /dev/null </dev/null
	if [ "$as" = as_one ]; then contains "$output" OK; fi
	run $as script -qec "'$COFFERDAM' run -q --ro-bind '$PROBES:/opt/probe' none -- /opt/probe/probe nice-joined" /dev/null </dev/null
	contains "$output" EPERM
}

# With one id, if root has made such a user: else whatever the user has.
coff_or_one() {
	local as=coff

	[ "$(id -u)" != 0 ] || as=coff_one
	$as run -q --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@" 2>&1
}

# The owner of the user namespace pays: on the host that is the caller.
@test "inotify: a quarter of what the caller has, and the caller's own goes on" {
	local all

	all=$(cat /proc/sys/user/max_inotify_instances)
	[ "$all" -le 1024 ] || cannot "use up $all inotify instances"
	taking probe_out take-inotify 2000
	is "$(cat "$CASE/taken")" "$all EMFILE" "instances without the wall"
	is "$(probe_out take-inotify 1)" "0 EMFILE" "the caller's next, meanwhile"
	let_go
	taking probe_in take-inotify 2000
	is "$(cat "$CASE/taken")" "$((all / 4)) EMFILE" "instances inside"
	is "$(probe_out take-inotify 1)" 1 "the caller's next, meanwhile"
	let_go
	is "$(sandbox none -- cat /proc/sys/user/max_inotify_watches)" \
		"$(($(cat /proc/sys/user/max_inotify_watches) / 4))" "watches inside"
}

@test "terminals: 64, and others still get one" {
	is "$(probe_bare take-terminals 100)" 100 "terminals without the wall"
	taking probe_in take-terminals 100
	is "$(cat "$CASE/taken")" "64 ENOSPC" "terminals inside"
	is "$(probe_bare take-terminals 1)" 1 "another's, meanwhile"
	let_go
}

@test "System V: memory is bounded by --memory, or the report says that it is not" {
	is "$(probe_bare take-segments 70)" 70 "mebibytes without the wall"
	[ "$(probe_in take-queues 1)" = 1 ] || fail "no queue at all"
	if [[ "$(report walls.ipc.detail)" == *"not ours to bound"*kernel/shmall* ]]; then
		contains "$(coff explain --full none -- true)" "from Linux 6.9 with a range of ids"
		cannot "bound System V memory"
	fi
	is "$(sandbox none -- cat /proc/sys/kernel/shmall)" 524288 "pages of 2 GiB"
	is "$(probe_in take-queues 2000)" "1024 ENOSPC" "queues inside"
	is "$(probe_in take-semaphores 100)" "32 ENOSPC" "sets of 1000 semaphores inside"
}

@test "the OOM killer looks here first, and nobody inside says otherwise" {
	local own

	own=$(as_user cat /proc/self/oom_score_adj)
	is "$(sandbox none -- cat /proc/self/oom_score_adj)" "$((own + 500 < 1000 ? own + 500 : 1000))" "score inside"
	is "$(as_user sh -c 'echo 700 >/proc/self/oom_score_adj; exec "$0" run -q none -- cat /proc/self/oom_score_adj' "$COFFERDAM")" 1000 \
		"score where the caller has 700"
	is "$(as_user sh -c 'echo 700 >/proc/self/oom_score_adj; echo 650 >/proc/self/oom_score_adj && echo lowered' 2>/dev/null)" lowered \
		"without the wall a process takes it back"
	sandbox none -- true
	[ "$(report walls.landlock.state)" = enforced ] || cannot "Landlock"
	run sandbox none -- sh -c 'echo 0 >/proc/self/oom_score_adj'
	[ "$status" != 0 ] || fail "the score was lowered"
	is "$(sandbox none -- sh -c 'exec 3>/tmp/file; echo one >/proc/self/fd/3; cat /tmp/file')" one \
		"what is open already is written to as ever"
}

@test "TCP: a connection holds little, and with cgroup v1 all of them a quarter of the memory" {
	is "$(sandbox none -- cut -f3 /proc/sys/net/ipv4/tcp_rmem /proc/sys/net/ipv4/tcp_wmem)" "1048576
2097152" "the most that a socket may hold"
	need_root
	run as_root "$COFFERDAM" run -q --report "$CASE/report.json" --run-as "$TEST_USER" --memory 64M \
		--ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe take-tcp 60
	[ "$(report limits.driver)" = v1 ] || cannot "cgroup v1"
	taking tcp_limited take-tcp 60
	[ "$(awk '$1 == "TCP:" { print $NF }' /proc/net/sockstat)" -lt 8192 ] ||
		fail "60 connections hold $(grep TCP: /proc/net/sockstat) pages, and 4096 are permitted"
	let_go
}

@test "the cgroup wall says what it does not count" {
	sandbox none -- true
	case $(report walls.cgroup.state) in
	enforced) contains "$(report walls.cgroup.detail)" "not counted: netlink replies, file locks" ;;
	degraded) contains "$(report walls.cgroup.detail)" "shared memory (memfd, MAP_SHARED, System V) has no limit" ;;
	*) fail "the wall is $(report walls.cgroup.state)" ;;
	esac
}

@test "what stays: a netlink socket's replies, within the numbers of SECURITY.md" {
	local default

	default=$(cat /proc/sys/net/core/rmem_default)
	[ "$default" -le 212992 ] || cannot "another net.core.rmem_default"
	is "$(probe_in take-netlink 20)" 20 "netlink sockets"
	contains "$(coff explain --full none -- true)" "207 KiB a socket"
}

@test "explain: every resource has a bound, a number and a reason" {
	coff explain --json none -- true >"$CASE/explain.json"
	python3 - "$CASE/explain.json" <<'PY' || fail "explain"
import json, sys
plan = json.load(open(sys.argv[1]))
rows = plan["resources"]
assert len(rows) > 20, len(rows)
for row in rows:
    assert row["bound"] in ("refused", "namespace", "rlimit", "cgroup", "host", "none"), row
    assert row["name"] and row["most"] and row["reason"], row
    assert row["by"] or row["bound"] == "none", row
names = [row["name"] for row in plan["limits"]["settings"]]
assert "user.max_inotify_instances" in names and "net.ipv4.tcp_rmem" in names, names
PY
	contains "$(coff explain --full --allow-userns none -- true)" "user.max_net_namespaces"
}

# taking AS NAME COUNT: the probe holds what it took until let_go; how much is in $CASE/taken
taking() {
	local as=$1

	shift
	rm -f "$CASE/hold" "$CASE/taken"
	mkfifo "$CASE/hold"
	chmod 0666 "$CASE/hold"
	background TAKER taking_now "$as" "$@"
	exec 7>"$CASE/hold"
	wait_for 30 grep -qs . "$CASE/taken" || fail "$* took nothing"
}

taking_now() { "$@" hold <"$CASE/hold" >"$CASE/taken"; }

tcp_limited() {
	as_root "$COFFERDAM" run -q --run-as "$TEST_USER" --memory 64M --ro-bind "$PROBES:/opt/probe" none -- \
		/opt/probe/probe "$@"
}

let_go() {
	exec 7>&-
	wait "$TAKER" || true
}
