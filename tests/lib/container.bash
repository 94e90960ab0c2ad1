# tests/lib/container.bash: what a container of an engine's is made of. Load after run.bash.

# A root of a few names in $1: the programs are the host's, bound at /usr, and of its state there is
# nothing.
container_root() {
	local link

	mkdir -p "$1"/{usr,opt,etc,proc,sys,dev,tmp,run,root,var,home}
	chmod 1777 "$1/tmp"
	for link in bin lib lib64 sbin; do
		ln -sfn "usr/$link" "$1/$link"
	done
	echo "root:x:0:0:root:/root:/bin/sh" >"$1/etc/passwd"
	echo "root:x:0:" >"$1/etc/group"
	cp /etc/ld.so.cache "$1/etc"
}
