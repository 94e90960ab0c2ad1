#!/usr/bin/env bats
# The wall disk: everything that can be written is one tmpfs with one limit for bytes and one for inodes.

load ../lib/run

@test "one budget of bytes for /app /tmp /var/tmp /home/builder /dev/shm" {
	# 16 MB in all: of five parts of 4 MB the last does not fit, and what one gives back another gets.
	sandbox --app-size 16M none -- sh -c '
		for d in /app /tmp /var/tmp /home/builder /dev/shm; do
			head -c 4194304 /dev/zero >$d/f 2>/dev/null && echo full || echo cut
		done
		rm /app/f /tmp/f
		head -c 4194304 /dev/zero >/dev/shm/again && echo again' >"$CASE/out"
	is "$(tail -n 1 "$CASE/out")" again "after making room"
	is "$(head -n 5 "$CASE/out" | tr '\n' ' ')" "full full full full cut " "the five parts"
	is "$(sandbox --app-size 16M none -- sh -c 'stat -f -c %b:%S /app /tmp /var/tmp /home/builder /dev/shm | sort -u')" 4096:4096 "size of each"
}

@test "one budget of inodes for all of them" {
	sandbox --app-inodes 100 none -- sh -c '
		for d in /app /tmp /var/tmp /home/builder /dev/shm; do
			n=0; while [ $n -lt 40 ] && true >$d/$n; do n=$((n + 1)); done 2>/dev/null; echo $n
		done' >"$CASE/out" 2>/dev/null
	local total
	total=$(awk '{ n += $1 } END { print n }' "$CASE/out")
	is "$total" 100 "files in all: $(tr '\n' ' ' <"$CASE/out")"
}

@test "the budget is what was asked for, to the byte and the file, whatever the root itself holds" {
	is "$(sandbox --app-size 5M --app-inodes 200 none -- stat -f -c '%S %a %d' /app | awk '{ print $1 * $2, $3 }')" "5242880 200" "bytes and files that are free"
	is "$(sandbox --app-inodes 200 --ro-bind "$PROBES:/opt/a/b/c" none -- stat -f -c %d /tmp)" 200 "with a bind below directories of its own"
	is "$(sandbox --app-inodes 200 none -- sh -c 'n=0; while mkdir $n 2>/dev/null; do n=$((n + 1)); done; echo $n')" 200 "directories that can be made"
}

# Tools stage in /tmp or below HOME and move or link from there: cargo, pnpm, uv, ccache.
@test "one tree: files and directories are linked and renamed from each place to each" {
	local how

	for how in coff coff_one; do
		[ "$how" = coff ] || [ "$(id -u)" = 0 ] || continue
		is "$("$how" run -q none -- python3 -c '
import os
places = ["/app", "/tmp", "/var/tmp", "/home/builder"]
for a in places:
    for b in places:
        os.mkdir(a + "/d"); open(a + "/d/f", "w").close()
        os.link(a + "/d/f", b + "/hard")
        os.rename(a + "/d", b + "/moved")
        os.rename(b + "/moved/f", a + "/f")
        os.unlink(a + "/f"); os.unlink(b + "/hard"); os.rmdir(b + "/moved")
print(len({os.stat(p).st_dev for p in places}))')" 1 "$how: file systems" || return
		is "$("$how" run -q none -- sh -c 'cp -al /usr/share/doc/bash/copyright /tmp/ 2>/dev/null; mkdir /tmp/x && echo a >/tmp/x/f &&
			mv -T /tmp/x /app/y && ln /app/y/f ~/f && ln ~/f /var/tmp/f && stat -c %h /app/y/f')" 3 "$how: mv and ln"
	done
}

@test "a build that fills the disk ends with the cause disk_full" {
	run sandbox --app-size 4M none -- sh -c 'head -c 8388608 /dev/zero >/app/big'
	[ "$status" -ne 0 ] || fail "8 MB fitted into 4"
	is "$(report result.cause)" disk_full result.cause
}

# Disk images, databases and the tests of runtimes: large_file in CPython and SQLite, truncate -s.
@test "sparse files may be of any size, and what is written to them counts" {
	is "$(sandbox --app-size 4M none -- sh -c '
		truncate -s 5G /tmp/a && truncate -s 1T /app/b && truncate -s 9223372036854775807 ~/c && stat -c %s /tmp/a /app/b ~/c
		dd if=/dev/urandom of=/app/b bs=64k count=1 seek=1000000 conv=notrunc status=none && cp --sparse=always /tmp/a /var/tmp/a &&
		cmp /tmp/a /var/tmp/a && du -k --total /app /tmp /var/tmp ~ | tail -n 1' | xargs)" \
		"5368709120 1099511627776 9223372036854775807 64 total" "sizes, and KiB in use"
	run sandbox --app-size 4M none -- python3 -c '
file = open("/app/sparse", "wb", buffering=0)
try:
    for i in range(2000): file.seek(i << 32); file.write(b"x")
except OSError as error: print(i, error.strerror)'
	is "$output" "1024 No space left on device" "pages in holes"
	is "$(sandbox none -- sh -c 'ulimit -f; ulimit -Hf' | xargs)" "unlimited unlimited" "ulimit -f"
}

# 8191 entries at the top cost 129 KiB of kernel memory for each directory below, which neither
# the tmpfs nor the cgroup counted.
@test "no access list: what each file would inherit of it, nobody counts" {
	refused access-list EOPNOTSUPP
	is "$(sandbox none -- python3 -c '
import os, errno
open("f", "w").close()
fd = os.open("f", os.O_RDONLY)
for target, follow in (("f", True), ("f", False), (fd, True)):
    for name in ("system.posix_acl_access", "user.x"):
        try:
            os.setxattr(target, name, bytes(2), 0, follow_symlinks=follow)
        except OSError as error:
            print(error.errno == errno.EOPNOTSUPP)' | sort | uniq -c | xargs)" "6 True" "setxattr, lsetxattr, fsetxattr"
	is "$(sandbox none -- sh -c 'touch f && cp -a f g && install -m 0700 f h && mkdir d && cp -a d e && echo well')" well "what asks for lists and needs none"
}

@test "files are gone with the run" {
	local token=gone-$$-$RANDOM

	is "$(sandbox none -- sh -c "echo $token >/app/$token; echo $token >/tmp/$token; echo $token >/dev/shm/$token; cat /tmp/$token")" "$token" "the first run"
	is "$(sandbox none -- find / -name "$token")" "" "the second run"
	is "$(find /tmp /var/tmp /dev/shm "$TEST_HOME" -name "$token" 2>/dev/null)" "" "outside"
}
