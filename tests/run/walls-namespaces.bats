#!/usr/bin/env bats
# The walls user, mount, pid, network, ipc, uts, cgroup-ns: none of them is the host's.

load ../lib/run

@test "every namespace is another one than the host's" {
	local kind outside inside

	sandbox none -- sh -c 'for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done' >"$CASE/inside"
	for kind in user mnt pid net ipc uts cgroup; do
		outside=$(as_user readlink "/proc/self/ns/$kind")
		contains "$outside" "$kind:["
		inside=$(grep "^$kind:" "$CASE/inside") || fail "no $kind namespace inside"
		[ "$inside" != "$outside" ] || fail "the $kind namespace is the host's, $inside"
	done
}

@test "two sandboxes that run at once share no namespace" {
	mkfifo "$CASE/wait"
	chmod 0666 "$CASE/wait"
	background first as_user sh -c '"$0" run -q none -- sh -c "readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts; cat" <"$1" >"$2"' "$COFFERDAM" "$CASE/wait" "$CASE/a"
	exec 7>"$CASE/wait"
	wait_for 10 grep -qs uts "$CASE/a"
	sandbox none -- readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts >"$CASE/b"
	exec 7>&-
	wait "$first"
	is "$(wc -l <"$CASE/a") $(wc -l <"$CASE/b")" "6 6" "namespaces"
	is "$(sort "$CASE/a" "$CASE/b" | uniq -d)" "" "namespaces of both"
}

@test "the builder is uid 1000, gid 1000, in no other group" {
	is "$(sandbox none -- id -u)" 1000 uid
	is "$(sandbox none -- id -g)" 1000 gid
	is "$(sandbox none -- id -un)" builder name
}

@test "id -G: supplementary groups do not come along (Buildah CVE-2022-2990)" {
	need_root
	# Outside the user is in a group of the host's, and inside that is not to be seen.
	run as_named root setpriv --reuid=cofferdam-test --regid=cofferdam-test --groups "$(id -g cofferdam-test),4" id -G
	contains "$output" 4
	run as_named root setpriv --reuid=cofferdam-test --regid=cofferdam-test --groups 4 --inh-caps=-all \
		env XDG_RUNTIME_DIR="$SUITE/runtime-cofferdam-test" "$COFFERDAM" run -q --report "$CASE/report.json" none -- id -G
	is "$status" 0 "exit code ($output)"
	[[ " $output " != *" 4 "* ]] || fail "group 4 inside: $output"
}

@test "a user without a range: one id, and the report says which wall that costs" {
	need_root
	is "$(coff_one run -q --report "$CASE/report.json" none -- id -u)" 1000 uid
	is "$(report walls.ids.state)" degraded "walls.ids.state"
	contains "$(report walls.ids.detail)" "/etc/subuid grants uid $(id -u cofferdam-one) no range"
}

@test "with a range, keeper and builder have different host ids, and the builder's is nobody's else" {
	need_root
	background pid coff run -q none -- sh -c 'echo up; exec sleep 60.2718' >"$CASE/out"
	wait_for 10 grep -qs up "$CASE/out"
	local uid first
	first=$(sed -n 's/^cofferdam-test:\([0-9]*\):.*/\1/p' /etc/subuid)
	uid=$(ps -eo uid=,args= | awk '$2 == "sleep" && $3 == "60.2718" { print $1 }')
	[ "$uid" -ge "$first" ] && [ "$uid" -lt $((first + 65536)) ] || fail "host uid of the builder: $uid, range from $first"
	[ "$uid" != "$TEST_UID" ] || fail "the builder has the user's own id"
}

@test "hostname and domain are not the host's" {
	is "$(sandbox none -- uname -n)" cofferdam "uname -n"
	is "$(sandbox none -- cat /proc/sys/kernel/hostname)" cofferdam "/proc/sys/kernel/hostname"
	is "$(sandbox none -- cat /etc/hostname)" cofferdam "/etc/hostname"
}

@test "processes of the host are not there, and PID 1 is the sandbox's own" {
	# Outside the same look finds more than the shell itself.
	[ "$(as_user sh -c 'ls -d /proc/[0-9]* | wc -l')" -gt 3 ] || cannot "see processes"
	# hidepid: of what runs inside, only what is the builder's own; the keeper is not.
	is "$(sandbox none -- sh -c 'echo /proc/[0-9]*; :' | tr ' ' '\n' | wc -l)" 1 "processes seen"
	contains "$(sandbox none -- grep /proc /proc/mounts)" hidepid=invisible
}

@test "the keeper cannot be looked into: its links, memory, environment are shut" {
	local name

	need_root
	for name in environ mem maps stat cmdline exe cwd root fd ns/user; do
		is "$(probe_in stat "/proc/1/$name")" ENOENT "/proc/1/$name"
	done
}

@test "without a range the keeper has the builder's id, and cannot be looked into either" {
	local name got

	need_root
	for name in environ mem; do
		got=$(coff_one run -q --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe read "/proc/1/$name")
		[[ $got = EACCES || $got = EPERM || $got = ENOENT ]] || fail "/proc/1/$name: $got"
	done
	for name in exe cwd root fd/0 ns/user; do
		got=$(coff_one run -q none -- sh -c "readlink /proc/1/$name || echo shut")
		is "$got" shut "/proc/1/$name"
	done
}

@test "signals: PID 1 does not take the builder's" {
	sandbox none -- sh -c 'kill -KILL 1; kill -TERM 1; kill -INT 1; sleep 0.1; echo alive' >"$CASE/out" 2>&1 || true
	contains "$(cat "$CASE/out")" alive
	is "$(report result.cause)" exited "result.cause"
}

@test "the cgroup path is the root of an own namespace, and no group of another is there" {
	is "$(sandbox none -- sh -c "$(group_program)")" / "groups"
}

@test "the NIS domain name of the host is not there" {
	need_root
	cat >"$CASE/run" <<-EOF
		domainname secret.example || echo secret.example >/proc/sys/kernel/domainname
		cat /proc/sys/kernel/domainname
		exec setpriv --reuid=$TEST_UID --regid=$(id -g "$TEST_USER") --init-groups env -i HOME="$TEST_HOME" \
			PATH="$PATH" "$COFFERDAM" run -q none -- cat /proc/sys/kernel/domainname
	EOF
	is "$(as_root unshare --uts sh "$CASE/run" 2>/dev/null | tr '\n' ' ')" "secret.example (none) " "outside and inside"
}

@test "System V memory and message queues of the host are not there" {
	local key=$((RANDOM * 32768 + RANDOM + 1))

	is "$(probe_out shm-make $key)" OK "outside"
	is "$(probe_out shm-find $key)" OK "outside"
	is "$(probe_in shm-find $key)" ENOENT "inside"
	is "$(probe_out shm-remove $key)" OK "removal"
	is "$(probe_out queue-make /cofferdam-$key)" OK "outside"
	is "$(probe_in queue-find /cofferdam-$key)" ENOENT "inside"
	is "$(probe_out queue-remove /cofferdam-$key)" OK "removal"
}

@test "System V memory made inside is not there outside" {
	local key=$((RANDOM * 32768 + RANDOM + 1))

	is "$(probe_in shm-make $key)" OK "inside"
	is "$(probe_out shm-find $key)" ENOENT "outside"
}

@test "the user's keyrings are not searched: a key of the session is not found" {
	refused keyctl ENOSYS
	refused add-key ENOSYS
	refused request-key ENOSYS
	is "$(probe_in read /proc/keys)" ENODATA "/proc/keys"
	is "$(probe_in read /proc/key-users)" ENODATA "/proc/key-users"
}
