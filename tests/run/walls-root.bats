#!/usr/bin/env bats
# The wall mount: the root that the builder sees, name by name, and what it must not see.

load ../lib/run

# The same names as the table in design section 4, on this host's toolchain.
expected_root() {
	local name

	printf '%s\n' app dev etc home proc run sys tmp usr var
	for name in bin sbin lib lib32 lib64 libx32; do
		[ ! -e "/$name" ] || echo "$name"
	done
}

@test "the root has these names and no other" {
	is "$(sandbox none -- ls -A / | sort | tr '\n' ' ')" "$(expected_root | sort | tr '\n' ' ')" "ls /"
	is "$(sandbox none -- ls -A /home)" builder "ls /home"
	is "$(sandbox none -- sh -c 'ls -A /run /home/builder /app /tmp /var/tmp /dev/shm | grep -v ":$" | tr -d "\n"')" "" "empty directories"
	is "$(sandbox none -- sh -c 'ls -A /var | tr "\n" " "')" "lib run tmp " "ls /var"
	coff explain --json none -- true >"$CASE/explain.json"
	is "$(sandbox none -- ls /var/lib | grep -vxFf <(grep -o '/var/lib/[a-z-]*' "$CASE/explain.json" | cut -d/ -f4))" "" "names in /var/lib without a row"
	is "$(sandbox none -- readlink /var/run)" /run "/var/run"
}

@test "/etc holds what explain lists, and nothing else" {
	coff explain --json none -- true >"$CASE/explain.json"
	python3 - "$CASE/explain.json" >"$CASE/allowed" <<'PY'
import json, sys
for row in json.load(open(sys.argv[1]))["mounts"]:
    if row["path"].startswith("/etc/"):
        print(row["path"])
print("/etc/mtab")        # a link to /proc/self/mounts
print("/etc/os-release")  # a link into /usr
print("/etc/ssl")
PY
	sandbox none -- find /etc -maxdepth 1 -mindepth 1 >"$CASE/seen"
	is "$(grep -vxFf "$CASE/allowed" "$CASE/seen")" "" "entries of /etc without a row"
	is "$(sandbox none -- sh -c 'ls /etc/shadow /etc/gshadow /etc/ssh /etc/sudoers 2>/dev/null; :')" "" "secrets"
	is "$(sandbox none -- cut -d: -f1 /etc/passwd | tr '\n' ' ')" "root builder nobody " "names in /etc/passwd"
}

@test "canaries in the host's directories cannot be reached" {
	local place file token=canary-$$-$RANDOM
	local places=(/home /root /etc /var /var/lib /run /srv /opt /mnt /media /boot)

	need_root
	for place in "${places[@]}"; do
		[ -d "$place" ] || continue
		echo "$token" >"$place/$token" 2>/dev/null || continue
		chmod 0644 "$place/$token"
	done
	mkdir -p "$TEST_HOME/work"
	echo "$token" >"$TEST_HOME/$token"
	echo "$token" >"$CASE/$token"
	chmod 0644 "$TEST_HOME/$token"
	as_user cat "/etc/$token" >"$CASE/outside"
	# In one sandbox, so that what one look finds another cannot have removed.
	sandbox none -- sh -c '
		for place in "$@"; do cat "$place/$0" 2>/dev/null; done
		find / -name "$0" -print 2>/dev/null
		cat "/proc/1/root/etc/$0" "/proc/self/root/etc/$0" "/proc/1/cwd/$0" 2>/dev/null
		cd /; for up in .. ../.. ../../../..; do cat "$up/etc/$0" "$up/$0" 2>/dev/null; done
		:' "$token" "${places[@]}" "$TEST_HOME" "$CASE" >"$CASE/inside"
	for place in "${places[@]}" "$TEST_HOME"; do
		rm -f "$place/$token"
	done
	is "$(cat "$CASE/outside")" "$token" "the canary outside"
	is "$(cat "$CASE/inside")" "" "what was found inside"
}

@test "directories of the host are absent: /root /srv /opt /mnt /media /boot and the user's home" {
	local path

	for path in /root /srv /opt /mnt /media /boot /sys/kernel /sys/class /var/log /var/lib/docker "$TEST_HOME" "$SUITE" "$SOURCES"; do
		is "$(sandbox none -- sh -c "test -e '$path' && echo there || echo absent")" absent "$path"
	done
	# Of a run that has a group: its own group, and nothing beside it (walls-namespaces says whose).
	is "$(sandbox none -- sh -c 'ls -A /sys/fs 2>/dev/null' | grep -vx cgroup)" "" "/sys/fs"
}

@test "no mount of the host: every one is of a kind that cofferdam makes" {
	sandbox none -- cat /proc/self/mountinfo >"$CASE/mounts"
	# Below /usr and /etc whatever the host has; the others by type.
	is "$(awk '$5 !~ /^\/(usr|etc|lib|lib32|lib64|libx32|bin|sbin|dev)(\/|$)/ { for (i = 7; $i != "-"; i++); print $5, $(i + 1) }' "$CASE/mounts" |
		grep -vE '^/(run|sys|)( )tmpfs$|^/(run/(etc|lib)|var/lib/[a-z-]+) overlay$|^/proc(/[a-z0-9_./-]+)? (proc|devtmpfs|tmpfs)$' |
		grep -vE '^/sys/fs/cgroup cgroup2$|^/sys/fs/cgroup/(memory|cpu|cpuacct|pids|cpuset) cgroup$|^/sys/fs/cgroup/cpuset tmpfs$')" "" "mounts"
	# Nothing that the host mounts later can appear, and nothing goes back.
	is "$(awk '{ for (i = 7; $i != "-"; i++) print $i }' "$CASE/mounts")" "" "propagation"
}

@test "writable is only the tmpfs of the work space" {
	sandbox none -- awk '$4 ~ /^rw/ { print $2, $3 }' /proc/mounts | sort >"$CASE/writable"
	is "$(grep -vE '^/(dev/shm)? tmpfs$' "$CASE/writable" |
		grep -vE '^/dev/pts devpts$|^/dev/mqueue mqueue$|^/proc proc$')" "" "writable mounts"
}

# Whoever the directories belong to, and whatever is given up: Landlock, or the id.
@test "in no directory but the five places and what is below them can anything be made or changed" {
	local how

	for how in "coff run -q" "coff_one run -q" "coff run -q --root-inside" "coff_one run -q --root-inside" \
		"coff run -q --allow-chown" "coff run -q --allow-userns" "coff run -q --allow-userns --allow-chown" \
		"coff_one run -q --allow-userns"; do
		[[ $how != coff_one* || $(id -u) = 0 ]] || continue
		$how --ro-bind "$PROBES:/opt/below/probe" none -- python3 -c '
import os
places = ("/proc", "/usr", "/app", "/tmp", "/var/tmp", "/home/builder", "/dev/shm", "/dev/mqueue")
open("/tmp/list", "w").close()
looked = 0
for top, names, files in os.walk("/"):
    names[:] = [n for n in names if os.path.join(top, n) not in places]
    looked += 1
    made = os.path.join(top, "made")
    for what, call in (("mkdir", os.mkdir), ("symlink", lambda at: os.symlink("x", at)), ("mkfifo", os.mkfifo),
                       ("create", lambda at: open(at, "w")), ("link", lambda at: os.link("/tmp/list", at)),
                       ("rename", lambda at: os.rename("/tmp/list", at))):
        try: call(made); print(what, made)
        except OSError: pass
    for name in names + files:
        for what, call in (("rename", lambda at: os.rename(at, at + "-")), ("unlink", os.unlink), ("rmdir", os.rmdir)):
            try: call(os.path.join(top, name)); print(what, top, name)
            except OSError: pass
print(looked >= 12)' >"$CASE/made" || fail "$how"
		is "$(cat "$CASE/made")" True "$how"
	done
}

@test "the fetcher writes to /app and what it keeps alone, and reads what it needs below /run" {
	local fetcher run

	need_root
	mkfifo "$CASE/port"
	background server python3 -c '
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1], "w").write(str(server.getsockname()[1]))
peer = server.accept()
time.sleep(60)' "$CASE/port"
	background run sandbox "git://127.0.0.1:$(cat "$CASE/port")/x" -- true
	fetching() { fetcher=$(pgrep -f "^cofferdam-fetch.*git://127.0.0.1:" | tail -n 1) && [ -n "$fetcher" ]; }
	wait_for 20 fetching || fail "no fetcher"
	is "$(awk '{ for (i = 7; $i != "-"; i++); if ($6 ~ /^rw/ && $(i + 1) != "proc" && $(i + 1) != "devpts") print $5 }' \
		"/proc/$fetcher/mountinfo" | sort | xargs)" "/app /run /run/fetch/mirror" "what it may write to"
}

@test "a file cannot be made outside of the work space" {
	local path

	# Outside the same attempt succeeds where the user may write.
	is "$(probe_out make "$CASE/made")" OK "outside"
	for path in /made /etc/made /usr/made /home/made /var/made /run/made /proc/made /dev/made /usr/bin/made; do
		[[ $(probe_in make "$path") =~ ^(EROFS|EACCES|ENOENT)$ ]] || fail "make $path: $(probe_in make "$path")"
	done
	for path in /app/made /tmp/made /var/tmp/made /home/builder/made /dev/shm/made; do
		is "$(probe_in make "$path")" OK "make $path"
	done
}

@test "a program of the toolchain cannot be written, replaced or renamed" {
	local path

	for path in /usr/bin/true /bin/sh /etc/passwd /etc/ld.so.cache; do
		[[ $(probe_in write "$path") =~ ^(EROFS|EACCES)$ ]] || fail "write $path: $(probe_in write "$path")"
		[[ $(probe_in truncate "$path") =~ ^(EROFS|EACCES)$ ]] || fail "truncate $path: $(probe_in truncate "$path")"
	done
	is "$(sandbox none -- sh -c 'mv /usr/bin/true /usr/bin/false 2>/dev/null; rm -f /usr/bin/env 2>/dev/null; ln -f /usr/bin/true /app/x 2>/dev/null; ls /app; /usr/bin/true && echo same')" same "after trying"
}

@test "the devices are these, and no other" {
	is "$(sandbox none -- sh -c 'ls -A /dev | tr "\n" " "')" \
		"fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero " "ls /dev"
	# stat, not find -type: a directory lists what lies beneath a bind.
	is "$(sandbox none -- sh -c 'stat -c "%F %n %t:%T" /dev/* | grep -E "^(block|character) " | cut -d" " -f4- | sort | tr "\n" " "')" \
		"/dev/full 1:7 /dev/null 1:3 /dev/random 1:8 /dev/tty 5:0 /dev/urandom 1:9 /dev/zero 1:5 " "devices"
}

@test "no device can be made or opened by number" {
	# A whiteout is the one device that an ordinary user may make outside.
	is "$(probe_out mknod "$CASE/node" c 0 0)" OK "a whiteout outside"
	is "$(probe_in mknod /app/node c 0 0)" EPERM "a whiteout inside"
	is "$(probe_in mknod /app/node c 1 3)" EPERM "null"
	is "$(probe_in mknod /app/node b 8 0)" EPERM "a disk"
	if [ "$(id -u)" = 0 ]; then
		is "$(as_root "$PROBE" mknod "$CASE/null" c 1 3)" OK "null by root outside"
	fi
}

@test "/dev/full, zero, null and urandom are what they are called" {
	is "$(sandbox none -- sh -c 'head -c 1 /dev/zero >/dev/full' 2>&1 | grep -o 'No space')" "No space" /dev/full
	is "$(sandbox none -- sh -c 'head -c 4 /dev/zero | od -An -tx1')" " 00 00 00 00" /dev/zero
	is "$(sandbox none -- sh -c 'cat /dev/null; echo x >/dev/null; head -c 16 /dev/urandom | wc -c')" 16 /dev/urandom
}

# What a build did to them, another one of another user could read afterwards.
@test "the host's device nodes keep their times and modes, in /dev and as covers in /proc" {
	local devices=(/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty) path before

	for path in "${devices[@]}"; do
		[[ $path = /dev/tty ]] || is "$(probe_out touch "$path")" OK "touch $path outside"
	done
	before=$(stat -c '%n %a %x %y %z' "${devices[@]}")
	for path in "${devices[@]}" /proc/cmdline /proc/interrupts; do
		is "$(probe_in touch "$path")" EROFS "touch $path"
	done
	is "$(probe_in touch-opened /dev/null)" EROFS "touch what is open"
	sandbox --root-inside none -- sh -c 'touch -d 2001-01-01 /dev/null; chmod 600 /dev/null; chown 0 /dev/null; setfattr -n user.x -v y /dev/null
		head -c 9 /dev/zero >/dev/null; head -c 9 /dev/urandom >/dev/full; cat /proc/cmdline; :' 2>/dev/null
	is "$(stat -c '%n %a %x %y %z' "${devices[@]}")" "$before" "the host's inodes"
}

@test "terminals: a sandbox opens a few of the host's, not all" {
	is "$(sandbox none -- python3 -c '
import os, pty
n = 0
try:
    while n < 2000: pty.openpty(); n += 1
except OSError: pass
print(n)')" 64 "terminals"
	grep -q "max=64" <(sandbox none -- grep devpts /proc/self/mountinfo)
}

# What explain lists beneath /proc, and how.
proc_rows() {
	coff explain --json none -- true | python3 -c '
import json, sys
for row in json.load(sys.stdin)["mounts"]:
    if row["path"].startswith("/proc/") and row["what"].startswith(sys.argv[1]):
        print(row["path"])' "$1"
}

@test "every covered file of /proc reads empty and is null, though it has something outside" {
	local path shown=0

	proc_rows covered >"$CASE/rows"
	[ "$(wc -l <"$CASE/rows")" -ge 10 ] || fail "only $(wc -l <"$CASE/rows") rows"
	while read -r path <&8; do
		[ -e "$path" ] || continue
		shown=$((shown + 1))
		if [ -d "$path" ]; then
			is "$(sandbox none -- ls -A "$path")" "" "ls $path"
		else
			is "$(probe_in read "$path")" ENODATA "read $path"
			is "$(sandbox none -- stat -c %t:%T "$path")" 1:3 "$path"
		fi
	done 8<"$CASE/rows"
	[ "$shown" -ge 5 ] || cannot "show the files that are covered"
	is "$(probe_out read /proc/cmdline)" OK "/proc/cmdline outside"
}

@test "/proc/stat and boot_id are made up: processors are there, what the host does is not" {
	local boot=/proc/sys/kernel/random/boot_id one other

	[ "$(as_user awk '$1 == "intr" { print ($2 > 0) }' /proc/stat)" = 1 ] || cannot "count interrupts"
	is "$(sandbox none -- awk '/^(intr|ctxt|softirq) / { n += $2 } END { print n }' /proc/stat)" 0 "interrupts and switches"
	is "$(sandbox none -- grep -c '^cpu[0-9]' /proc/stat)" "$(as_user nproc --all)" "processors"
	one=$(sandbox none -- cat $boot)
	other=$(sandbox none -- cat $boot)
	[[ $one =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] || fail "boot_id: $one"
	[[ $one != "$other" && $one != "$(cat $boot)" ]] || fail "boot_id of one run: $one, of another: $other"
	[[ $(probe_in write $boot) =~ ^(EROFS|EACCES)$ ]] || fail "writing it: $(probe_in write $boot)"
}

@test "what the kernel shows to its own root alone stays shut, for root inside as well" {
	local path got flag shown=0

	need_root
	for path in /proc/kcore /proc/kmsg /proc/kpagecount /proc/kpageflags /proc/kpagecgroup /proc/slabinfo \
		/proc/vmallocinfo /proc/pagetypeinfo /proc/iomem /proc/ioports /proc/latency_stats; do
		# Root of the host reads it, or it opens for him; some block until there is something.
		[ -e "$path" ] && as_root test -r "$path" || continue
		shown=$((shown + 1))
		for flag in --quiet --root-inside; do
			got=$(sandbox "$flag" --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe read "$path")
			[[ $got = EACCES || $got = EPERM || $got = ENODATA ]] && continue
			is "$(sandbox "$flag" none -- grep -vcE '^ *(0+-0+|0000-0000)|^slabinfo|^#' "$path")" 0 "$path with $flag: $got, lines with something"
		done
	done
	[ "$shown" -ge 3 ] || cannot "show what only root may read"
}

@test "the dangerous files of /proc cannot be written" {
	local path

	for path in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/drop_caches \
		/proc/sys/kernel/modprobe /proc/sys/user/max_user_namespaces /proc/irq/default_smp_affinity; do
		[ -e "$path" ] || continue
		# What lies in a covered directory is not there at all.
		[[ $(probe_in write "$path") =~ ^(EROFS|EACCES|EPERM)$ || $path = /proc/sysrq-trigger ||
			($path = /proc/irq/* && $(probe_in write "$path") = ENOENT) ]] ||
			fail "write $path: $(probe_in write "$path")"
	done
	# A cover is null: it may be opened, and what is written to it goes nowhere.
	[ ! -e /proc/sysrq-trigger ] || is "$(sandbox none -- stat -c %t:%T /proc/sysrq-trigger)" 1:3 /proc/sysrq-trigger
}

@test "/proc/sys is read-only for a user who is root inside as well" {
	local path got

	for path in /proc/sys/user/max_user_namespaces /proc/sys/net/ipv4/ip_forward; do
		# Bare, root of the namespaces writes both: the wall is the mount.
		is "$(probe_bare write "$path")" OK "$path bare"
		got=$(sandbox --root-inside --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe write "$path")
		[[ $got = EROFS || $got = EACCES ]] || fail "$path inside: $got"
	done
}

@test "own entries of /proc that steer the kernel stay shut" {
	run sandbox none -- sh -c 'cat /proc/self/oom_score_adj; echo -1000 >/proc/self/oom_score_adj; cat /proc/self/oom_score_adj; cat /proc/self/uid_map >/tmp/map; echo 0 0 1 >/proc/self/uid_map; echo 0 0 1 >/proc/$$/gid_map; cmp /tmp/map /proc/self/uid_map && echo same'
	is "${lines[0]}" "$(printf '%s\n' "${lines[@]}" | grep -E '^-?[0-9]+$' | tail -n 1)" "oom_score_adj after lowering it"
	contains "$output" same
}

@test "no socket lies anywhere in the tree" {
	# The walk finds one that is there.
	is "$(sandbox none -- sh -c 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"/app/s\")"; find / -type s 2>/dev/null')" /app/s "a socket made inside"
	is "$(sandbox none -- find / -type s 2>/dev/null)" "" "sockets inside"
}

# A socket that a service listens at and a FIFO that it writes to, in $1. Root's. (To write to
# one, Landlock refuses as well.)
service() {
	background SERVICE as_root python3 -c '
import os, socket, sys, time
os.umask(0)
os.mkfifo(sys.argv[1] + "/fifo")
fifo = os.open(sys.argv[1] + "/fifo", os.O_RDWR)
os.write(fifo, b"secret")
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "/socket")
s.listen()
open(sys.argv[1] + "/up", "w").close()
time.sleep(600)' "$1"
	wait_for 20 test -e "$1/up"
}

@test "a service of the host below /usr is not reached, by its socket or its FIFO" {
	local place=/usr/local/lib/cofferdam-test-$$ got old

	need_root
	# A suite that was killed has left its own, and each later one would find a socket below /usr.
	for old in /usr/local/lib/cofferdam-test-*; do
		kill -0 "${old##*-}" 2>/dev/null || rm -rf "$old"
	done
	mkdir -p -m 0755 "$place"
	service "$place" || { rm -rf "$place"; fail "no service"; }
	got="$(probe_out connect-path "$place/socket") $(probe_out read "$place/fifo") "
	got+="$(probe_in connect-path "$place/socket") $(probe_in read "$place/fifo")"
	rm -rf "$place"
	is "$got" "OK OK ECONNREFUSED ENODATA" "socket and FIFO outside, and inside"
	is "$(report walls.mount.state)" enforced walls.mount
}

@test "nor is one that appears in a --ro-bind once the sandbox runs" {
	need_root
	mkdir -m 0777 "$CASE/bound"
	background RUN sandbox --ro-bind "$CASE/bound:/opt/bound" --ro-bind "$PROBES:/opt/probe" none -- sh -c '
		echo up
		until ls /opt/bound | grep -q up; do sleep 0.2; done
		/opt/probe/probe connect-path /opt/bound/socket; /opt/probe/probe read /opt/bound/fifo' >"$CASE/out"
	wait_for 30 grep -q up "$CASE/out"
	service "$CASE/bound"
	is "$(probe_out connect-path "$CASE/bound/socket") $(probe_out read "$CASE/bound/fifo")" "OK OK" "outside"
	wait "$RUN"
	is "$(tr '\n' ' ' <"$CASE/out")" "up ECONNREFUSED ENODATA " "inside"
}

flushes() { awk '{ n += $16 } END { print n + 0 }' /sys/block/*/stat; }

@test "fsync on files of the host makes no disk of the host flush" {
	local path before files=(/usr/bin/true)

	for path in /etc/ld.so.cache /etc/ssl/certs/ca-certificates.crt; do
		[ ! -e "$path" ] || files+=("$path")
	done
	cat >"$CASE/flush.py" <<-EOF
		import os, sys
		for i in range(3000):
		    fd = os.open(sys.argv[1 + i % (len(sys.argv) - 1)], os.O_RDONLY)
		    os.fsync(fd)
		    os.fdatasync(fd)
		    os.close(fd)
	EOF
	chmod 0644 "$CASE/flush.py"
	before=$(flushes)
	as_user python3 "$CASE/flush.py" "${files[@]}"
	[ $(($(flushes) - before)) -gt 2500 ] || cannot "count the flushes of the disk with /usr"
	before=$(flushes)
	sandbox --ro-bind "$CASE:/opt/case" none -- python3 /opt/case/flush.py "${files[@]}"
	[ $(($(flushes) - before)) -lt 1000 ] || fail "6000 calls inside: $(($(flushes) - before)) flushes"
}

@test "no UNIX socket with a name is open in the sandbox's network" {
	as_user awk 'NF > 7' /proc/net/unix >"$CASE/host"
	[ -s "$CASE/host" ] || cannot "show a named UNIX socket of the host"
	is "$(sandbox none -- awk 'NF > 7 && NR > 1' /proc/net/unix)" "" "inside"
}

@test "no fifo, device or set-id file of the host is of use: mounts are nosuid, nodev" {
	sandbox none -- cat /proc/mounts >"$CASE/mounts"
	is "$(awk '$4 !~ /nosuid/ { print $2 }' "$CASE/mounts")" "" "mounts without nosuid"
	is "$(awk '$4 !~ /nodev/ { print $2 }' "$CASE/mounts" | grep -vE '^/dev/(null|zero|full|random|urandom|tty|pts)$|^/proc/')" "" "mounts without nodev"
}

@test "Landlock stands behind the mounts: the work space may be run from, /dev/shm and /etc may not" {
	sandbox none -- true
	[ "$(report walls.landlock.state)" != degraded ] || cannot "Landlock"
	is "$(sandbox none -- sh -c 'cp /usr/bin/true /app/x && /app/x && echo ran')" ran "from /app"
	run sandbox none -- sh -c 'cp /usr/bin/true /dev/shm/x && chmod 755 /dev/shm/x && /dev/shm/x && echo ran'
	lacks "$output" ran
	is "$(report walls.landlock.state)" enforced "walls.landlock"
}
