#!/usr/bin/env bats
# What options open does what it says and no more; what is asked for is enforced or the run fails.

load ../lib/run

refused_bind() {
	run coff run -q --report "$CASE/report.json" --ro-bind "$1:/opt/x" none -- echo ran
	is "$status" 125 "exit code of --ro-bind $1 ($output)" || return
	lacks "$output" ran || return
	contains "$output" "${2:-may not be mounted}"
}

@test "--ro-bind refuses the roots of the host, and what contains one" {
	local path

	for path in / /home /root /etc /proc /sys /dev /run /var/run /boot /var /var/lib /usr/..; do
		[ -e "$path" ] || continue
		refused_bind "$path"
	done
	for path in /var/lib/docker /var/lib/containers /Users; do
		[ ! -e "$path" ] || refused_bind "$path" ""
	done
}

@test "--ro-bind refuses what lies in them: /etc/ssl, /proc/self, /dev/shm, /run/lock" {
	local path

	for path in /etc/ssl /etc/passwd /proc/self /proc/1 /dev/shm /dev/null /run/lock /sys/kernel; do
		[ -e "$path" ] || continue
		# Resolved by the user who asks, who may not see all of them.
		refused_bind "$path" ""
	done
}

@test "--ro-bind refuses the user's home itself, also spelled otherwise, and allows what is in it" {
	[ -d "$TEST_HOME" ] || fail "the test user has no home"
	refused_bind "$TEST_HOME" "home directory"
	refused_bind "$TEST_HOME/" "home directory"
	refused_bind "$TEST_HOME/../$(basename "$TEST_HOME")/." "home directory"
	as_user ln -s "$TEST_HOME" "$CASE/link"
	refused_bind "$CASE/link" "home directory"
	as_user mkdir -p "$TEST_HOME/cofferdam-bind"
	as_user sh -c 'echo from home >"$HOME/cofferdam-bind/f"'
	run sandbox --ro-bind "$TEST_HOME/cofferdam-bind:/opt/x" none -- cat /opt/x/f
	as_user rm -r "$TEST_HOME/cofferdam-bind"
	is "$output" "from home" "a directory beneath the home"
}

@test "--ro-bind looks through symlinks and .. before it decides" {
	as_user ln -s /etc "$CASE/etc"
	as_user ln -s "$CASE/etc" "$CASE/twice"
	as_user ln -s ../../../../../../../etc "$CASE/relative"
	as_user ln -s / "$CASE/slash"
	refused_bind "$CASE/etc"
	refused_bind "$CASE/twice"
	refused_bind "$CASE/relative"
	refused_bind "$CASE/slash"
	refused_bind "$CASE/slash/etc/ssl"
	refused_bind "$CASE/../../../etc"
	refused_bind "$CASE/../../../../.."
	as_user ln -s "$CASE/loop" "$CASE/loop"
	refused_bind "$CASE/loop" "loop"
	refused_bind "$CASE/absent" "No such file"
}

@test "--ro-bind refuses a socket, and a directory that holds a container engine's" {
	local listener name

	for name in docker.sock podman.sock containerd.sock; do
		mkdir -m 0777 "$CASE/d-$name"
		as_user python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$CASE/d-$name/$name"
		refused_bind "$CASE/d-$name" "socket"
		refused_bind "$CASE/d-$name/$name" "socket"
	done
	# However deep, and whatever its name: read-only does not stop connect(2).
	mkdir -p -m 0777 "$CASE/tree/a/b"
	chmod 0777 "$CASE/tree/a" "$CASE/tree/a/b"
	as_user python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$CASE/tree/a/b/s"
	refused_bind "$CASE/tree" "tree/a/b/s"
	mkdir -p "$CASE/pipes/a" && mkfifo "$CASE/pipes/a/f"
	refused_bind "$CASE/pipes" "FIFO"
	refused_bind "$CASE/pipes/a/f" "neither a file nor a directory"
	# Not the name alone: an empty file called so is no socket.
	mkdir "$CASE/plain"
	: >"$CASE/plain/docker.sock"
	is "$(sandbox --ro-bind "$CASE/plain:/opt/x" none -- ls /opt/x)" docker.sock "a plain file"
}

@test "--ro-bind is read-only for real, also beneath and for a file" {
	mkdir -m 0777 "$CASE/shared" "$CASE/shared/below"
	echo before >"$CASE/shared/f"
	chmod 0666 "$CASE/shared/f"
	# Outside the same user writes there.
	is "$(probe_out make "$CASE/shared/outside")" OK "outside"
	probe_bind() { sandbox --ro-bind "$PROBES:/opt/probe" --ro-bind "$CASE/shared:/opt/x" --ro-bind "$CASE/shared/f:/opt/f" none -- /opt/probe/probe "$@"; }
	is "$(probe_bind make /opt/x/new)" EROFS "a new file"
	is "$(probe_bind make /opt/x/below/new)" EROFS "a new file beneath"
	[[ $(probe_bind write /opt/x/f) =~ ^(EROFS|EACCES)$ ]] || fail "writing a file: $(probe_bind write /opt/x/f)"
	[[ $(probe_bind write /opt/f) =~ ^(EROFS|EACCES)$ ]] || fail "writing the file bound: $(probe_bind write /opt/f)"
	[[ $(probe_bind truncate /opt/f) =~ ^(EROFS|EACCES)$ ]] || fail "truncating"
	run sandbox --ro-bind "$CASE/shared:/opt/x" none -- sh -c 'chmod 777 /opt/x/f; touch /opt/x/f; rm -rf /opt/x/f /opt/x/below; mv /opt/x/f /opt/x/g; ln /opt/x/f /opt/x/h; ls /opt/x'
	is "$(cat "$CASE/shared/f")" before "the file afterwards"
	is "$(ls "$CASE/shared" | tr '\n' ' ')" "below f outside " "the directory afterwards"
}

@test "--ro-bind inside another is refused, and makes nothing on the host through its links" {
	mkdir "$CASE/evil" "$CASE/x" "$CASE/victim"
	chmod 0777 "$CASE/victim"
	ln -s "$CASE/victim" "$CASE/evil/link"
	run coff run -q --ro-bind "$CASE/evil:/opt/a" --ro-bind "$CASE/x:/opt/a/link/pwned" none -- echo ran
	is "$status" 125 "exit code ($output)"
	contains "$output" "/opt/a/link/pwned"
	is "$(ls -A "$CASE/victim")" "" "the directory of the host"
	is "$(sandbox --ro-bind "$CASE/x:/opt/a" --ro-bind "$CASE/x:/opt/ab" none -- ls /opt | tr '\n' ' ')" "a ab " "beside each other"
}

@test "--ro-bind to a place that is taken is refused" {
	local to

	mkdir "$CASE/d"
	for to in /app /usr/lib /etc /etc/passwd /proc /dev/x /run/x / /tmp /var /home/builder /bin /sys; do
		run coff run -q --ro-bind "$CASE/d:$to" none -- echo ran
		is "$status" 125 "exit code for $to ($output)"
		lacks "$output" ran
	done
	for to in relative ../x /opt/../etc /opt/./x; do
		run coff run -q --ro-bind "$CASE/d:$to" none -- echo ran
		is "$status" 125 "exit code for $to ($output)"
	done
}

@test "--root-inside: uid 0 inside, an ordinary user outside, no capability" {
	is "$(sandbox --root-inside none -- sh -c 'id -u; id -g; grep CapEff /proc/self/status | cut -f2; mount -t tmpfs none /tmp 2>/dev/null && echo mounted; chown 5 /app 2>/dev/null && echo chowned; :' | tr '\n' ' ')" "0 0 0000000000000000 " "root inside"
	# What it makes is nobody's outside: the keeper's own map has the user at another place.
	is "$(probe_in become-root)" EPERM "without the option"
}

# The cgroup of who has none to use: nothing is delegated, and no systemd is asked yet.
poor() { as_stranger "$COFFERDAM" run --report "$CASE/report.json" "$@"; }

@test "a required wall that this host degrades fails the run with 125 and its name" {
	poor -q none -- true
	[ "$(report walls.cgroup.state)" = degraded ] || cannot "degrade the cgroup (it is $(report walls.cgroup.state))"
	run poor --memory 1G none -- echo ran
	is "$status" 125 "with --memory ($output)"
	lacks "$output" ran
	contains "$output" '"cgroup"'
	contains "$(report error.remedy)" "--allow-degraded cgroup"
	is "$(report result.cause)" setup_failed result.cause
	run poor --strict none -- echo ran
	is "$status" 125 "with --strict ($output)"
	contains "$output" "asked for and cannot be enforced"
	is "$(poor -q --memory 1G --allow-degraded cgroup none -- echo ran)" ran "accepted"
	is "$(report walls.cgroup.state)" degraded walls.cgroup
}

@test "what is degraded is one line of warning on stderr, and -q silences it" {
	poor none -- true 2>"$CASE/err"
	[ "$(report walls.cgroup.state)" = degraded ] || cannot "degrade the cgroup"
	is "$(grep -c 'degraded: ' "$CASE/err")" 1 "lines"
	contains "$(cat "$CASE/err")" cgroup
	is "$(poor -q none -- true 2>&1)" "" "with -q"
}

@test "--allow-degraded takes names of walls alone" {
	run coff run -q --allow-degraded nonsense none -- echo ran
	is "$status" 125 "exit code"
	contains "$output" nonsense
	lacks "$output" ran
}

@test "every wall is in the report, and none is absent but what was asked for" {
	sandbox none -- true
	python3 - "$CASE/report.json" <<'PY'
import json, sys
walls = json.load(open(sys.argv[1]))["walls"]
must = "user mount pid network ipc uts cgroup-ns no-new-privileges capabilities seccomp rlimits nested-userns tty descriptors environment proc-mask docker egress time-limit disk output-limit".split()
bad = [w for w in must if walls.get(w, {}).get("state") != "enforced"]
assert not bad, "not enforced: %s" % bad
PY
}

@test "--allow-userns permits a sandbox inside, says so, and gives up Landlock for it" {
	run sandbox none -- unshare --user --map-root-user --mount true
	[ "$status" -ne 0 ] || fail "a user namespace without --allow-userns"
	is "$(sandbox --allow-userns none -- unshare --user --map-root-user --mount sh -c 'mount -t tmpfs x /tmp && id -u')" 0 "a mount in a nested namespace"
	is "$(report walls.nested-userns.state)" absent "walls.nested-userns"
	is "$(report walls.landlock.state)" degraded "walls.landlock"
	contains "$(report walls.landlock.detail)" "--allow-userns"
	# A ramfs of a nested namespace has no size, and the disk's budget knows nothing of it.
	is "$(sandbox --allow-userns --app-size 1M none -- unshare --user --map-root-user --mount sh -c 'mount -t ramfs x /tmp && for i in 1 2 3 4 5; do head -c 800K /dev/zero >/tmp/$i; done && cat /tmp/* | wc -c')" 4096000 "bytes beyond --app-size"
	is "$(report walls.disk.state)" degraded "walls.disk"
	contains "$(report walls.disk.detail)" "--allow-userns"
	run coff run -q --strict --allow-degraded cgroup,landlock --allow-userns none -- echo ran
	is "$status" 125 "--strict wants the disk's budget"
	contains "$output" '"disk"'
	run coff run -q --strict --allow-degraded cgroup --allow-userns none -- echo ran
	is "$status" 125 "--strict wants Landlock"
	lacks "$output" ran
}
