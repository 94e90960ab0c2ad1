#!/usr/bin/env bats
# The store of unpacked images: what is used again, by whom, what goes, and what no build and no
# accident makes of it.

load ../lib/run
load ../lib/kept

setup_file() {
	suite_join
	# Of this file alone, which may run beside others, and twice.
	export IMAGES
	IMAGES=$(mktemp -d "$SUITE/store-images.XXXXXX")
	chmod 0755 "$IMAGES"
	"$SOURCES/tests/lib/make-images" "$IMAGES" "$IMAGES"
}

setup() {
	case_begin
	# rootfs-image.bats has its store on the disk.
	kept_begin 400M
	ROOTS=$CASE/cache/cofferdam/roots
}

teardown() {
	kept_end
	case_end
}

# What a shell in the image says; cofferdam's own words are in $CASE/err.
image() {
	local tag=$1

	shift
	kept run --report "$CASE/report.json" "${STORE[@]}" --rootfs "oci:$IMAGES/kept:$tag" none -- sh -c "$@" 2>"$CASE/err"
}

# The image's root is used, and the report says how it came.
used() {
	local state=$1 tag=${2:-one}

	is "$(image "$tag" 'cat /opt/tag')" "$tag" "what is in the image ($(cat "$CASE/err"))" || return
	is "$(report image_store.state)" "$state" "where the root came from ($(cat "$CASE/err"))"
}

# Of one entry, as root, who sees all of it.
fingerprint() {
	(cd "$ROOTS/$1" && find . \( -type f -printf '%p %m %U %G %s %T@ %C@\n' -exec sha256sum {} + \) -o -printf '%p %m %U %G %l %C@\n') |
		grep -v '^./record ' | sort | sha256sum
}

entries() { find "$ROOTS" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort; }

@test "an image is unpacked once: the next run does not read its layers" {
	local copy=$CASE/image

	cp -R "$IMAGES/kept" "$copy" && chmod -R a+rX "$copy"
	used kept
	used found
	used kept two
	# All that the name and the digest need is still there.
	find "$copy/blobs" -type f -size +3k -delete
	is "$(kept run -q --report "$CASE/report.json" --rootfs "oci:$copy:one" none -- cat /opt/tag)" one "without layers"
	is "$(report image_store.state)" found "without layers"
	is "$(entries | wc -l)" 2 "entries of the store"
}

@test "whoever the builder is, nothing that it does reaches the store" {
	local before after id entry

	need_root
	used kept
	entry=$(entries)
	before=$(fingerprint "$entry")
	for id in "" --root-inside "--root-inside --allow-chown"; do
		# shellcheck disable=SC2086
		kept run -q --report "$CASE/report.json" $id --rootfs "oci:$IMAGES/kept:one" none -- sh -c '
			echo bad >/opt/tag; echo bad >>/bin/busybox; rm -rf /opt; mkdir /opt; ln -s /etc /bin/new
			busybox chmod 777 / /bin /bin/busybox; busybox chown 1000 /bin /bin/busybox; busybox touch / /bin /opt
			busybox mv /bin/sh /bin/was; busybox cat /bin/busybox >/dev/null; exit 0' >/dev/null 2>&1
		after=$(fingerprint "$entry")
		is "$after" "$before" "the store after a build ${id:-of an ordinary user}" || return
		[ "$id" = --root-inside ] || used found
	done
	is "$(image one "ls -d $ROOTS 2>/dev/null" || :)" ""
}

@test "with one id the files are the user's own, and a build reaches none of them" {
	local before

	need_root
	as_one mkdir -m 0700 "$CASE/one"
	ROOTS=$CASE/one/cofferdam/roots
	one() { as_one env XDG_CACHE_HOME="$CASE/one" "$COFFERDAM" "$@"; }
	is "$(one run -q --report "$CASE/report.json" --rootfs "oci:$IMAGES/kept:one" none -- cat /opt/tag)" one "first"
	is "$(report image_store.state)" kept first
	before=$(fingerprint "$(entries)")
	one run -q --rootfs "oci:$IMAGES/kept:one" none -- sh -c 'echo bad >/opt/tag; rm -r /opt/dir; busybox touch /bin; exit 0' >/dev/null 2>&1
	is "$(fingerprint "$(entries)")" "$before" "the store after a build"
	is "$(one run -q --report "$CASE/report.json" --rootfs "oci:$IMAGES/kept:one" none -- cat /opt/tag)" one "second"
	is "$(report image_store.state)" found second
	contains "$(entries)" ".one"
	one gc -q --store-size 0
	is "$(entries)" "" "after gc"
}

# Each is done to the entry E of a whole store.
DAMAGES=(
	'rm $E/record'
	': >$E/record'
	'echo nonsense >$E/record'
	'sed -i s/cofferdam-root.1/cofferdam-root\ 2/ $E/record'
	'sed -i s/sha256:./sha256:x/ $E/record'
	'sed -i "s/\$/ /" $E/record'
	'echo more >>$E/record'
	'head -c 40 $E/record >$E/cut; mv $E/cut $E/record'
	'rm $E/record; mkfifo $E/record'
	'mv $E/record $E/r; ln -s r $E/record'
	'cp $OTHER/record $E/record'
	'rm -rf $E/tree/opt'
	'mv $E/tree $E/t; cp -a $E/t $E/tree'
	'mv $E/tree $E/t; ln -s t $E/tree'
	'mv $E/tree $E/t; mkdir $E/tree'
	'rm -rf $E/tree'
	'touch $E/tree/new'
	'chmod 700 $E/tree'
	'rm -rf $E; ln -s / $E'
	'rm -rf $E; touch $E'
	'rm -rf $E; mkfifo $E.new'
	'rm -rf $E; ln -s / $E.new'
	'rm -rf $E; cp -a $OTHER $E'
)

@test "what is not whole is not used: it is made anew" {
	local damage E OTHER

	need_root
	used kept two
	OTHER=$ROOTS/$(entries)
	used kept one
	E=$ROOTS/$(entries | grep -v "^${OTHER##*/}$")
	for damage in "${DAMAGES[@]}"; do
		eval "$damage"
		used kept || { echo "after: $damage"; return 1; }
		used found || { echo "after: $damage"; return 1; }
	done
	is "$(entries | wc -l)" 2 "entries of the store"
}

@test "a run that is killed while it unpacks leaves nothing that is used, and gc finds it" {
	local pid launcher i

	! mountpoint -q "$CASE/cache" || umount "$CASE/cache" # the disk takes longer
	for ((i = 0; i < 20; i++)); do
		background pid kept run -q --rootfs "oci:$IMAGES/kept:big" none -- true
		wait_for 20 compgen -G "$ROOTS/*.new/tree" >/dev/null
		launcher=$(pgrep -P "$pid" | head -1)
		[ -z "$launcher" ] || kill -KILL "$launcher" 2>/dev/null || :
		wait "$pid" || :
		! compgen -G "$ROOTS/*.new/tree" >/dev/null || break
		kept gc -q --store-size 0 # it was quicker
	done
	contains "$(entries)" ".new"
	contains "$(kept gc --dry-run)" "would remove unfinished image"
	contains "$(entries)" ".new"
	contains "$(kept gc)" "removed unfinished image"
	is "$(entries)" "" "after gc"
	is "$(kept gc)" "nothing to remove" "a second gc"
}

@test "what a dead run was making is no beginning for the next one" {
	local name

	used kept
	name=$(entries)
	as_user mv "$ROOTS/$name" "$ROOTS/$name.new"
	as_user rm "$ROOTS/$name.new/record"
	used kept
	is "$(entries)" "$name" "what is there"
}

@test "runs that begin together unpack once, and all have the image" {
	local i pids=() states=""

	for i in 1 2 3 4; do
		kept run -q --report "$CASE/report-$i.json" --rootfs "oci:$IMAGES/kept:big" none -- \
			sh -c 'busybox stat -c %s /opt/zeros' >"$CASE/out-$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4; do
		wait "${pids[i - 1]}" || fail "run $i: $(cat "$CASE/out-$i")" || return
		is "$(cat "$CASE/out-$i")" 100663296 "run $i"
		states+="$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["image_store"]["state"])' "$CASE/report-$i.json") "
	done
	is "$(tr ' ' '\n' <<<"$states" | sort | xargs)" "found found found kept" "how they came by it"
	is "$(entries | wc -l)" 1 "entries of the store"
}

@test "what was used least recently goes, and nothing that a run has" {
	local STORE=(--store-size 5M) pid

	used kept one
	used kept two
	used found one
	used found two # busybox twice
	STORE=(--store-size 3M)
	rm -f "$CASE/up"
	background pid kept run -q --rootfs "oci:$IMAGES/kept:one" none -- sh -c 'echo up; sleep 300' >"$CASE/up"
	wait_for 20 grep -q up "$CASE/up"
	contains "$(kept gc --store-size 3M)" "removed unpacked image"
	is "$(entries | wc -l)" 1 "one of two is left"
	is "$(kept gc --store-size 0)" "nothing to remove" "while a run has it"
	used kept two # and is too much together with one
	end_tree "$pid" || :
	used found one
	contains "$(kept gc --store-size 0)" "removed unpacked image"
	is "$(entries)" "" "after gc"
}

@test "an image as deep as no path can say can be kept, and removed by who may not read it" {
	is "$(image deep 'echo ran')" ran deep
	is "$(report image_store.state)" kept deep
	contains "$(kept gc --store-size 0)" "removed unpacked image"
	is "$(entries)" "" "after gc"
	is "$(find "$ROOTS" -mindepth 1)" "" "of it"
}

# The run goes on without a store, says so, and the report says why.
without() {
	local why=$1

	used absent || return
	contains "$(report image_store.detail)" "$why" || return
	[ "$why" = "--store-size is 0" ] ||
		contains "$(cat "$CASE/err")" "warning: the image was unpacked for this run alone: "
}

@test "without a store an image is unpacked for the run, which says why" {
	local STORE=(--store-size 0)

	without "--store-size is 0"
	is "$(find "$CASE/cache" -mindepth 1)" "" "what is made then"
	STORE=(--store-size 1M)
	without "more than 1048576 bytes"
	is "$(entries)" "" "what is left of it"
	STORE=()
	as_user chmod 0777 "$CASE/cache/cofferdam/roots"
	without "can be written by others"
	as_user chmod 0755 "$CASE/cache/cofferdam/roots"
	without "can be looked into by others"
	as_user chmod 0711 "$CASE/cache/cofferdam/roots"
	without "can be looked into by others"
	as_user rm -r "$CASE/cache/cofferdam" && as_user touch "$CASE/cache/cofferdam"
	without "Not a directory"
	as_user rm "$CASE/cache/cofferdam"
	as_user chmod 0500 "$CASE/cache"
	without "Permission denied"
	as_user chmod 0700 "$CASE/cache"
	used kept
	is "$(as_user env XDG_CACHE_HOME=relative HOME=/nonexistent "$COFFERDAM" run -q --report "$CASE/report.json" \
		--rootfs "oci:$IMAGES/kept:one" none -- cat /opt/tag)" one "without a home"
	is "$(report image_store.state)" absent "without a home"
}

@test "a disk that is full is no end: the image goes where it went before" {
	need_root
	mount -t tmpfs -o size=1M,mode=0700,uid="$TEST_UID" cofferdam-test-store "$CASE/cache"
	without "more than"
	is "$(entries)" "" "what is left of it"
	mount -o remount,size=64M,nr_inodes=20 "$CASE/cache"
	without "No space left"
	is "$(entries)" "" "what is left of it"
	mount -o remount,nr_inodes=1000 "$CASE/cache"
	used kept
	mount -o remount,ro "$CASE/cache"
	used found # it need not be written to
	umount "$CASE/cache"
}

@test "a range of ids and one id, and root inside, are trees of their own" {
	need_root
	is "$(image one 'busybox stat -c "%u %g" /bin/busybox')" "0 0" "with a range"
	is "$(kept run -q --root-inside --report "$CASE/report.json" --rootfs "oci:$IMAGES/kept:one" none -- \
		busybox stat -c '%u %g' /bin/busybox)" "0 0" "root inside"
	is "$(report image_store.state)" kept "root inside"
	is "$(entries | wc -l)" 2 "entries of the store"
	kept gc -q --store-size 0
	is "$(entries)" "" "after gc"
}
