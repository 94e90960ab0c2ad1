#!/usr/bin/env bats
# The wall seccomp, in the kernel: the rows that tests/policy checks in a simulator, live.

load ../lib/run

@test "doors to more kernel: io_uring, bpf, perf, userfaultfd, fanotify, handles" {
	local name

	for name in io-uring bpf perf userfaultfd fanotify name-to-handle; do
		refused "$name" EPERM
	done
	# Linux 6.1 asks for a power of the host's root before all else: there it is not our doing.
	[ "$(probe_bare open-by-handle)" = EPERM ] || refused open-by-handle EPERM
}

@test "old doors: modify_ldt, personality, vmsplice, quotactl, swapon, reboot, memory policy" {
	refused modify-ldt ENOSYS
	refused personality EPERM
	refused vmsplice ENOSYS
	refused quotactl EPERM
	refused swapon EPERM
	refused reboot EPERM
	refused set-mempolicy EPERM
}

@test "the mount calls, old and new (Flatpak CVE-2021-41133)" {
	local name

	for name in mount umount remount pivot-root chroot fsopen fsconfig fsmount fspick open-tree move-mount mount-setattr; do
		refused "$name" EPERM
	done
}

@test "namespaces: unshare, setns, clone with a flag, clone3" {
	local name

	for name in unshare-user unshare-mount unshare-time setns clone-user; do
		refused "$name" EPERM
	done
	refused clone3 ENOSYS
	refused clone3-user ENOSYS
	refused sethostname EPERM
}

@test "other processes: pidfd_getfd, kcmp" {
	local name

	for name in pidfd-getfd kcmp; do
		refused "$name" EPERM
	done
}

@test "a tracer gains nothing: its tracee's calls are looked at after it, and no filter is suspended" {
	[ "$(probe_out trace-me)" = OK ] || cannot "ptrace"
	is "$(probe_in trace-me)" OK "tracing inside"
	is "$(probe_in process-vm-readv)" OK "one's own memory"
	is "$(probe_in suspend-filter)" EPERM "PTRACE_O_SUSPEND_SECCOMP"
	[ "$(uname -m)" = x86_64 ] || cannot "try the rest on $(uname -m)"
	refused rewrite-call EPERM
	[ "$(probe_out debug-register)" = OK ] || cannot "set hardware breakpoints"
	refused debug-register EIO
}

@test "terminals: TIOCSTI, TIOCLINUX, TIOCSETD, and with a 33rd bit (CVE-2017-5226, CVE-2019-7303, CVE-2023-28100)" {
	local name

	for name in tiocsti tiocsti-high tioclinux tioclinux-high tiocsetd; do
		refused "$name" EPERM
	done
}

@test "TIOCSTI on every descriptor of a builder with a terminal" {
	run as_user script -qec "'$COFFERDAM' run -q --ro-bind '$PROBES:/opt/probe' none -- /opt/probe/probe tiocsti-stdio" /dev/null </dev/null
	contains "$output" EPERM
	# Outside the same says how this kernel thinks of it, and that is something else.
	run as_user script -qec "'$PROBE' tiocsti-stdio" /dev/null </dev/null
	lacks "$output" EPERM
}

# AF_ALG, AF_KEY, RXRPC and TIPC are modules that a host may lack, and the x32 entry is often
# not built: what the filter says of them is in tests/policy, through the interpreter.
@test "of the families 0 to 45 there are UNIX, INET, INET6 and NETLINK" {
	# Bare there are more, or the filter would have nothing to take away.
	[ "$(probe_bare socket-families | wc -l)" -gt 4 ] || cannot "open another family"
	is "$(probe_in socket-families | tr '\n' ' ')" "1 2 10 16 " "families inside"
}

@test "sockets: packet, vsock, raw, netlink's audit, xfrm, generic and netfilter, MPTCP" {
	refused socket EAFNOSUPPORT 17 3
	refused socket EAFNOSUPPORT 16 3 9
	refused socket EAFNOSUPPORT 16 3 16
	refused socket EAFNOSUPPORT 16 3 6
	refused socket EPERM 2 3 1
	refused socket EPERM 10 3 58
	refused socket EPROTONOSUPPORT 2 1 262
	is "$(probe_in socket 16 3 0)" OK "NETLINK_ROUTE"
	[ "$(probe_out socket 40 1)" = OK ] || cannot "AF_VSOCK"
	refused socket EAFNOSUPPORT 40 1
}

@test "numbers that no kernel has yet are ENOSYS, so that a new C library falls back" {
	local n

	# Not 335 and 336: the kernel lets its own uretprobe and uprobe past every filter.
	for n in 337 400 423 480 500 511 547 600; do
		is "$(probe_in number $n)" ENOSYS "number $n"
	done
}

@test "the whole of 0 to 600, live: what the kernel has and no row permits is refused" {
	# The refusals of the explained policy by name; each is asked of the kernel with arguments
	# that nothing accepts. What answers something else has reached it.
	coff explain --json none -- true >"$CASE/explain.json"
	python3 - "$CASE/explain.json" >"$CASE/refused" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))["seccomp"]["rows"]
allowed, refused = set(), {}
for row in rows:
    if row["entry"] != "native":
        continue
    for name in row["calls"].split():
        if row["answer"] == "allow":
            allowed.add(name)
        elif not row["when"]:
            refused[name] = row["answer"]
for name, answer in sorted(refused.items()):
    if name not in allowed:
        print(name, answer)
PY
	[ "$(wc -l <"$CASE/refused")" -gt 60 ] || fail "only $(wc -l <"$CASE/refused") calls are refused by name"
	printf '#include <sys/syscall.h>\n' | cpp -dM | sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\1 \2/p' | sort >"$CASE/numbers"
	join "$CASE/numbers" <(sort "$CASE/refused") >"$CASE/rows"
	[ "$(wc -l <"$CASE/rows")" -gt 60 ] || fail "only $(wc -l <"$CASE/rows") have a number"
	cp "$CASE/rows" "$CASE/try"
	sandbox --ro-bind "$PROBES:/opt/probe" none -- sh -c 'while read name number answer; do echo "$name $answer $(/opt/probe/probe number $number)"; done' <"$CASE/try" >"$CASE/got"
	is "$(wc -l <"$CASE/got")" "$(wc -l <"$CASE/rows")" "calls tried"
	# The answer's spelling is policy_answer()'s: an errno name, or "ok" for a call that is feigned.
	is "$(awk '$2 != $3 && !($3 == "OK")' "$CASE/got")" "" "calls that answered otherwise"
}

@test "set-id bits in chmod and mknod of devices" {
	is "$(sandbox --ro-bind "$PROBES:/opt/probe" none -- sh -c 'cp /opt/probe/probe /app/p && /app/p set-id /app/p')" 6755 "the bits may be set, and do nothing"
	refused_mknod=$(probe_in mknod /app/n c 0 0)
	is "$refused_mknod" EPERM "mknod"
}

@test "threads, forks, pipes and a compiler still work" {
	cat >"$CASE/t.c" <<'C'
#include <pthread.h>
#include <stdio.h>
static void *one(void *p) { return p; }
int main(void) { pthread_t t; if (pthread_create(&t, 0, one, 0)) return 1; pthread_join(t, 0); puts("built"); return 0; }
C
	is "$(sandbox none -- sh -c 'cat >t.c && cc -pthread -o t t.c && ./t' <"$CASE/t.c")" built "a threaded program"
}

# ---- the options that open a door, and no other ----

@test "--allow-userns opens namespaces, and neither io_uring, bpf nor keyrings" {
	probe_ns() { sandbox --allow-userns --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@"; }
	is "$(probe_ns unshare-user)" OK "unshare"
	is "$(probe_ns clone3-user)" OK "clone3"
	is "$(sandbox --allow-userns none -- unshare -Ur id -u)" 0 "root of a nested namespace"
	is "$(probe_ns io-uring)" EPERM "io_uring"
	is "$(probe_ns bpf)" EPERM "bpf"
	is "$(probe_ns keyctl)" ENOSYS "keyctl"
	is "$(probe_ns mount)" EPERM "mount without a namespace"
	is "$(report walls.nested-userns.state)" absent "walls.nested-userns"
	is "$(sandbox none -- cat /proc/sys/user/max_user_namespaces)" 0 "the default"
}

@test "--allow-userns: root of a nested namespace gets no further than the builder" {
	is "$(sandbox --allow-userns none -- unshare -Urm sh -c 'umount /proc 2>/dev/null && echo bared; umount /usr 2>/dev/null && echo bared; mount -o remount,bind,rw /usr 2>/dev/null && echo rw; : >/usr/x 2>/dev/null && echo wrote; :')" "" "locked mounts"
}

@test "--seccomp FILE replaces the list" {
	cat >"$CASE/profile.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
JSON
	probe_file() { sandbox --seccomp "$CASE/profile.json" --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@"; }
	is "$(probe_file mkdir /app/d)" ENOSPC "a call that the file refuses"
	is "$(probe_file vmsplice)" OK "a call that only the built-in list refuses"
	contains "$(report walls.seccomp.detail)" "the user's profile"
	# Every other wall stands.
	[ "$(probe_file mount)" != OK ] || fail "mount works"
	[ "$(probe_file unshare-user)" != OK ] || fail "unshare works"
}

@test "--seccomp FILE: what is not a profile is refused, never a sandbox without a filter" {
	local text

	for text in '' '{}' '[]' '{"defaultAction":"SCMP_ACT_NOTIFY"}' '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["no_such_call_at_all"],"action":"SCMP_ACT_WHAT"}]}' '{"defaultAction": "SCMP_ACT_ALLOW"'; do
		echo "$text" >"$CASE/bad.json"
		run sandbox --seccomp "$CASE/bad.json" none -- echo ran
		is "$status" 125 "exit code with <$text>: $output"
		lacks "$output" ran
		contains "$output" bad.json
	done
	run sandbox --seccomp "$CASE/absent.json" none -- true
	is "$status" 125 "exit code without a file"
}
