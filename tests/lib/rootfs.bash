# tests/lib/rootfs.bash: small roots to build in. Load after run.bash; busybox is static.

# A tree with a shell in it, in $1, of the test user.
rootfs_tree() {
	local name

	as_user mkdir -p "$1"/{bin,etc,usr/bin,proc,dev,tmp,var}
	as_user cp "$(command -v busybox)" "$1/bin/busybox"
	for name in sh cat ls id rm mkdir touch stat find grep head dd readlink ln mv chown test; do
		as_user ln -s busybox "$1/bin/$name"
	done
	as_user sh -c 'printf "root:x:0:0:root:/root:/bin/sh\nnode:x:1001:1001::/:/bin/sh\n" >"$1/etc/passwd"
		echo "root:x:0:" >"$1/etc/group"; echo tree >"$1/etc/issue"' sh "$1"
}
