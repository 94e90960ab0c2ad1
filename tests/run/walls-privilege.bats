#!/usr/bin/env bats
# The walls capabilities, no-new-privileges, nested-userns, rlimits: nothing is left, nothing comes back.

load ../lib/run
load ../lib/life

@test "all five capability sets are empty (Buildah CVE-2022-27651)" {
	sandbox none -- grep '^Cap' /proc/self/status >"$CASE/caps"
	is "$(wc -l <"$CASE/caps")" 5 "capability sets"
	is "$(cut -f2 "$CASE/caps" | sort -u)" 0000000000000000 "their values"
	# A bare user namespace has the bounding set full.
	contains "$(as_user unshare -Ur grep CapEff /proc/self/status)" ffffff
}

@test "and those of root inside, with and without a range" {
	is "$(sandbox --root-inside none -- sh -c 'id -u; grep ^Cap /proc/self/status | cut -f2 | sort -u')" "0
0000000000000000" "root inside"
	need_root
	is "$(coff_one run -q --root-inside none -- sh -c 'id -u; grep ^Cap /proc/self/status | cut -f2 | sort -u')" "0
0000000000000000" "root inside, one id"
}

# Bits 0, 3 and 4: CAP_CHOWN, CAP_FOWNER and CAP_FSETID, in every set but the bounding set, where they would
# be for who may add them.
@test "--allow-chown: the builder gives files to every id inside, and has no other power" {
	local inside

	need_root
	for inside in "" --root-inside; do
		# shellcheck disable=SC2086
		sandbox $inside --allow-chown none -- sh -c 'grep ^Cap /proc/self/status | cut -f2 | sort | uniq -c | tr -s " "
			touch a b && chown 1:1 a && chown 65534:65534 b && chmod 2640 a && stat -c %u:%g:%a a b' >"$CASE/out"
		is "$(cat "$CASE/out")" " 1 0000000000000000
 4 0000000000000019
1:1:2640
65534:65534:644" "with ${inside:-no other option}"
		is "$(report walls.capabilities.state)" enforced walls.capabilities.state
		contains "$(report walls.capabilities.detail)" "CAP_CHOWN, CAP_FOWNER, CAP_FSETID alone"
		is "$(report walls.ids.state)" enforced walls.ids
		for file in /usr/bin/env /etc/passwd /dev/null /proc/1/comm /proc/sys/kernel/hostname; do
			# shellcheck disable=SC2086
			run sandbox $inside --allow-chown none -- chown 1 "$file"
			is "$status" 1 "chown $file with ${inside:-no other option} ($output)"
		done
		# shellcheck disable=SC2086
		is "$(sandbox $inside --allow-chown none -- sh -c 'me=$(id -u); cp /usr/bin/id x && chown 65535 x && chmod 4755 x && [ "$(./x -u)" = "$me" ] && echo no; chown 0 x; chmod 4755 x; [ "$(./x -u)" = "$me" ] && echo no')" \
			$'no\nno' "programs with set-id bits of the keeper's and another id, with ${inside:-no other option}"
		# shellcheck disable=SC2086
		is "$(sandbox $inside --allow-chown none -- sh -c 'mount -t tmpfs x /tmp 2>/dev/null && echo mounted; kill -9 1 2>/dev/null; cat /proc/1/environ 2>/dev/null && echo read; touch k; chown 0 k; chown 65535 k; echo alive')" \
			alive "other powers with ${inside:-no other option}"
	done
}

@test "--allow-chown: nothing of the caller's changes hands, in what is bound and outside" {
	need_root
	as_user sh -c 'mkdir "$0/d" && echo private >"$0/d/f" && chmod 0600 "$0/d/f"' "$CASE"
	run sandbox --root-inside --allow-chown --ro-bind "$CASE/d:/opt/d" none -- sh -c 'chown 0 /opt/d/f; chmod 0644 /opt/d/f; cat /opt/d/f'
	is "$(grep -c "Read-only file system" <<<"$output")" 2 "refusals of a read-only mount in: $output"
	lacks "$output" private
	is "$(stat -c %u:%a "$CASE/d/f")" "$TEST_UID:600" "the file outside"
}

@test "--allow-chown: the fetcher has none of it, and the builder may change the clone" {
	local url fetcher

	need_root
	slow_source url
	background RUN sandbox --root-inside --allow-chown "$url" -- true 2>/dev/null
	wait_for 20 test -e "$CASE/port.came" || fail "the fetcher has not come to the server"
	fetcher=$(pgrep -u "$(awk -F: -v user="$TEST_USER" '$1 == user { print $2; exit }' /etc/subuid)" -f cofferdam-fetch)
	is "$(grep ^Cap "/proc/$fetcher/status" | cut -f2 | sort | uniq -c | xargs)" "5 0000000000000000" "its five sets"
	as_user sh -c 'git init -q "$0/r" && cd "$0/r" && echo x >f && git add f && git -c user.name=t -c user.email=t@example.org commit -q -m x' "$CASE"
	is "$(sandbox --root-inside --allow-chown "$CASE/r" -- sh -c 'chown 7 f && stat -c %u f')" 7 "a file of the clone"
}

@test "--allow-chown without a range: 125, and what is missing by name; nothing runs" {
	need_root
	run coff_one run -q --report "$CASE/report.json" --allow-chown none -- echo ran
	is "$status" 125 "exit code"
	contains "$output" '"ids"'
	contains "$output" subuid
	lacks "$output" $'\nran'
	# Accepted without: then there is nobody to give to, and no capability.
	is "$(coff_one run -q --allow-chown --allow-degraded ids --report "$CASE/report.json" none -- sh -c 'grep ^Cap /proc/self/status | cut -f2 | sort -u')" \
		0000000000000000 "capabilities with one id"
	contains "$(report walls.capabilities.detail)" "five sets empty"
	echo '{"allow-chown": false}' >"$CASE/config.json"
	chmod a+r "$CASE/config.json"
	is "$(coff_one run -q --config "$CASE/config.json" none -- echo ran)" ran "a file that says no"
}

@test "started by root the builder has as little, and every wall stands with --strict where this host can" {
	need_root
	run coff_root run -q --run-as "$TEST_USER" --report "$CASE/report.json" none -- sh -c 'id -u; id -G; grep ^Cap /proc/self/status | cut -f2 | sort -u'
	is "$output" "1000
1000
0000000000000000" "started by root"
	[ "$(report walls.cgroup.state)" = enforced ] || cannot "make cgroups for root ($(report walls.cgroup.detail))"
	is "$(coff_root run -q --strict --allow-degraded lsm-label --run-as "$TEST_USER" none -- sh -c "$(group_program)")" / \
		"a strict run: its groups (CVE-2022-0492)"
}

@test "securebits are locked and cannot be cleared" {
	is "$(probe_bare securebits)" 0 "bare"
	is "$(probe_in securebits)" 0xef "inside"
	refused securebits-clear EPERM
	is "$(probe_in ambient-raise)" EPERM "ambient-raise"
}

@test "no_new_privs is set" {
	is "$(sandbox none -- grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	1" "inside"
	is "$(as_user grep NoNewPrivs /proc/self/status)" "NoNewPrivs:	0" "outside"
}

@test "a set-id program gains nothing: su, and a copy with the bits set" {
	local su

	su=$(command -v su)
	[ -u "$su" ] || cannot "show a set-id su"
	[[ $(sandbox none -- stat -c %A "$su") = *s* ]] || fail "su has no set-id bit inside"
	sandbox none -- su -c 'id -u' >"$CASE/out" 2>&1 </dev/null && fail "su worked: $(cat "$CASE/out")"
	is "$(grep -cx 0 "$CASE/out")" 0 "uid 0 by su"
	# An own set-id file of the builder's is the builder's: uid and sets stay.
	is "$(sandbox none -- sh -c 'cp /usr/bin/id /app/id && chmod 6755 /app/id && /app/id -u && cp /bin/grep /app/g && chmod 6755 /app/g && /app/g CapEff /proc/self/status | cut -f2')" "1000
0000000000000000" "a set-id copy"
}

@test "a set-id file of real root, bound in, runs with the builder's ids" {
	need_root
	set_id_place
	cp /usr/bin/id "$SET_ID/id"
	chmod 4755 "$SET_ID/id"
	is "$(as_user "$SET_ID/id" -u)" 0 "outside"
	is "$(sandbox --ro-bind "$SET_ID:/opt/bin" none -- /opt/bin/id -u)" 1000 "inside"
}

@test "ids cannot be changed to root's" {
	refused become-root EPERM
}

@test "a nested user namespace is refused, by limit and by filter" {
	refused unshare-user EPERM
	refused clone-user EPERM
	refused clone3-user ENOSYS
	is "$(sandbox none -- cat /proc/sys/user/max_user_namespaces)" 0 "max_user_namespaces"
	run sandbox none -- unshare -U true
	[ "$status" -ne 0 ] || fail "unshare -U worked"
	is "$(report walls.nested-userns.state)" enforced "walls.nested-userns"
}

@test "the limit alone refuses too, where a profile lets the call through" {
	echo '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$CASE/all.json"
	chmod 0644 "$CASE/all.json"
	is "$(sandbox --seccomp "$CASE/all.json" --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe unshare-user)" ENOSPC "unshare"
}

@test "rlimits: core files are off, and no hard limit can be raised" {
	is "$(sandbox none -- awk '/Max core file size/ { print $5, $6 }' /proc/self/limits)" "1 1" "core"
	is "$(sandbox none -- sh -c 'ulimit -c 0; prlimit --core=0:0 || exit; awk "/Max core file size/ { print \$5, \$6 }" /proc/self/limits')" "1 1" "core after setting it to 0"
	is "$(probe_in raise-core)" OK "raising it is answered, and not done"
	is "$(probe_in raise-files)" EPERM "raising the limit of files"
	is "$(sandbox none -- sh -c 'ulimit -n; ulimit -Hn')" "4096
$(ulimit -Hn | awk '$1 == "unlimited" || $1 > 65536 { print 65536; next } { print }')" "files"
	is "$(sandbox none -- awk '/Max msgqueue size|Max nice priority|Max realtime priority/ { print $4, $5 }' /proc/self/limits)" "204800 204800
0 0
0 0" "message queues, nice, realtime"
}

@test "a caller's own limits do not come along where builds would differ" {
	is "$(as_user sh -c 'ulimit -Ss 1024; ulimit -St 30; ulimit -Ss; ulimit -t' | tr '\n' ' ')" "1024 30 " "outside"
	is "$(as_user sh -c 'ulimit -Ss 1024; ulimit -St 30; exec "$0" run -q none -- sh -c "ulimit -Ss; ulimit -t"' "$COFFERDAM" | tr '\n' ' ')" \
		"8192 unlimited " "inside"
}
