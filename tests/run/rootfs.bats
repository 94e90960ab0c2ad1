#!/usr/bin/env bats
# --rootfs with a directory: its files and nothing of the host's.

load ../lib/run
load ../lib/rootfs

setup() {
	case_begin
	TREE=$CASE/tree
	rootfs_tree "$TREE"
}

in_tree() { sandbox --rootfs "$TREE" none -- "$@" 2>&1; }

# Not on kernels whose tmpfs has no user attributes; then the report has said so.
writable() {
	in_tree ls /
	[[ $(report walls.mount.detail) != *read-only* ]]
}

@test "nothing of the host is there but what is in every root" {
	local names

	names=$(in_tree ls -A / | sort | tr '\n' ' ')
	is "$names" "app bin dev etc home proc run sys tmp usr var " "names in /"
	is "$(in_tree ls -A /etc | tr '\n' ' ')" "group hostname hosts issue mtab passwd resolv.conf " "names in /etc"
	is "$(in_tree ls -A /usr)" bin "names in /usr"
	is "$(in_tree cat /etc/issue)" tree "a file of the tree"
	lacks "$(in_tree cat /proc/self/mountinfo)" "$TREE"
	lacks "$(in_tree cat /proc/self/mountinfo)" " /usr"
	is "$(in_tree sh -c 'ls /run /var/tmp /home/builder')" "$(printf '/home/builder:\n\n/run:\n\n/var/tmp:')" "own places"
	contains "$(report walls.mount.detail)" "the host's is gone"
	is "$(report walls.mount.state)" enforced "walls.mount"
}

@test "a tree's users are kept, and the builder is one of them" {
	is "$(in_tree id)" "uid=1000(builder) gid=1000(builder)" id
	is "$(in_tree cat /etc/passwd | head -3 | cut -d: -f1 | tr '\n' ' ')" "builder root node " "/etc/passwd"
	is "$(sandbox --root-inside --rootfs "$TREE" none -- id -u)" 0 "--root-inside"
	is "$(in_tree cat /etc/hostname)" cofferdam "/etc/hostname"
}

@test "links of a tree at the sandbox's own places lead nowhere" {
	local place

	as_user sh -c 'rm -r "$1/etc" "$1/proc" "$1/dev" "$1/tmp" "$1/var"
		for place in etc proc dev tmp var app run home; do ln -s "$2" "$1/$place"; done' sh "$TREE" "$CASE/outside"
	as_user mkdir -p "$CASE/outside/tmp"
	for place in app dev etc home proc run tmp var; do
		is "$(in_tree sh -c "[ -d /$place ] && [ ! -L /$place ] && echo own")" own "/$place"
	done
	is "$(in_tree cat /etc/hostname)" cofferdam "/etc/hostname"
	in_tree sh -c 'echo x >/tmp/x && echo x >/var/tmp/x && echo x >/app/x'
	is "$(find "$CASE/outside" -type f)" "" "files at the links' end"
	as_user rm "$TREE/etc"
	as_user sh -c 'mkdir "$1/etc"; ln -s /proc/1/environ "$1/etc/passwd"; mkfifo "$1/etc/group"; ln -s "$2/file" "$1/etc/hosts"' sh "$TREE" "$CASE/outside"
	echo secret >"$CASE/outside/file"
	is "$(in_tree cat /etc/passwd)" "builder:x:1000:1000:builder:/home/builder:/bin/sh" "/etc/passwd, a link"
	is "$(in_tree cat /etc/group)" "builder:x:1000:" "/etc/group, a FIFO"
	lacks "$(in_tree cat /etc/hosts)" secret
}

@test "a tree is written above, never to, and within the budget" {
	local before after

	writable || cannot "write above a tree"
	before=$(find "$TREE" -printf '%p %m %T@ %C@ %s\n' | sort)
	is "$(sandbox --root-inside --allow-degraded ids --rootfs "$TREE" none -- id -u)" 0 "root inside"
	if [ "$(id -u)" = 0 ]; then # one id inside: the tree is its own
		chown -R "cofferdam-one:$(id -g cofferdam-one)" "$TREE"
		before=$(find "$TREE" -printf '%p %m %T@ %C@ %s\n' | sort)
		is "$(coff_one run -q --rootfs "$TREE" none -- sh -c '
			echo x >/etc/issue && rm -r /usr/bin && mkdir /usr/bin && ls /usr/bin && echo y >/bin/new && cat /etc/issue /bin/new' 2>&1)" \
			"$(printf 'x\ny')" "written above"
		run coff_one run -q --app-size 4M --rootfs "$TREE" none -- dd if=/dev/zero of=/bin/big bs=1M count=16
		[ "$status" -ne 0 ] || fail "16M were written with --app-size 4M"
	fi
	after=$(find "$TREE" -printf '%p %m %T@ %C@ %s\n' | sort)
	is "$after" "$before" "the tree"
}

@test "a repository is fetched with the host's libraries, which are gone then" {
	as_user sh -c 'git init -q "$1" && cd "$1" && echo x >file && git add file &&
		git -c user.name=n -c user.email=m@x commit -q -m m' sh "$CASE/repository"
	is "$(sandbox --rootfs "$TREE" "$CASE/repository" -- sh -c 'cat /app/file; ls /usr')" "$(printf 'x\nbin')" "clone, then /usr"
}

@test "a terminal has its name in the tree, and artifacts leave it" {
	run as_user script -qec "'$COFFERDAM' run -q --rootfs '$TREE' none -- sh -c 'readlink /proc/self/fd/0; echo to >/dev/tty'" /dev/null </dev/null
	contains "$output" /dev/pts/
	contains "$output" to
	as_user mkdir "$CASE/out"
	sandbox --artifact "made:$CASE/out/" --rootfs "$TREE" none -- sh -c 'echo artifact >/app/made'
	is "$(cat "$CASE/out/made")" artifact "the artifact"
}

@test "what is bound lies in the tree, also through what it has as links" {
	as_user sh -c 'mkdir "$2"; echo bound >"$2/file"; ln -s /etc "$1/opt"' sh "$TREE" "$CASE/source"
	is "$(sandbox --ro-bind "$CASE/source:/opt/here" --rootfs "$TREE" none -- cat /opt/here/file)" bound "/opt/here"
	is "$(sandbox --ro-bind "$CASE/source:/home/builder/here" --rootfs "$TREE" none -- cat /home/builder/here/file)" bound "in the work space"
}

@test "roots of the host, files and what is not there are refused by name" {
	local source

	ln -s /etc "$CASE/link"
	for source in / /etc /proc "$TREE/../link" "$CASE/none" "oci:$TREE" /dev/null docker:image https://host/image; do
		run coff run -q --rootfs "$source" none -- sh -c 'echo ran'
		is "$status" 125 "exit code of $source"
		lacks "$output" ran
	done
}
