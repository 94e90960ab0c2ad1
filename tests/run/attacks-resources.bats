#!/usr/bin/env bats
# What belongs to the whole host, or to the caller, and could be used up from inside: each
# works without the wall, and inside it is refused or bounded. Every probe is bounded itself.

load ../lib/run

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
	is "$(resident)" 1048576 "bytes in memory after the advice from inside"
	is "$(probe_out evict "$CASE/data")" OK "the advice outside"
	[ "$(resident)" -lt 1048576 ] || cannot "evict on this file system"
	is "$(probe_in page-cache)" ENOSYS cachestat
}

@test "PID 1 is not made slow, also where it has the builder's id" {
	local name

	for name in schedule-first nice-first affinity-first ioprio-first; do
		is "$(probe_bare "$name")" OK "$name without the wall"
		is "$(coff_or_one "$name")" EPERM "$name inside"
	done
	is "$(coff_or_one nice-group)" EPERM "the group of PID 1"
	is "$(coff_or_one nice-user)" EPERM "all processes of a user"
}

# With one id, if root has made such a user: else whatever the user has.
coff_or_one() {
	local as=coff

	[ "$(id -u)" != 0 ] || as=coff_one
	$as run -q --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@" 2>&1
}
