#!/usr/bin/env bats
# --rootfs oci: images as layouts and as docker's archives: which, whole, and what none can do.

load ../lib/run

setup_file() {
	suite_join
	export IMAGES=$SUITE/images
	mkdir -p "$IMAGES" "$SUITE/images-outside"
	echo untouched >"$SUITE/images-outside/canary"
	"$SOURCES/tests/lib/make-images" "$IMAGES" "$SUITE/images-outside"
	chmod -R a+rwX "$SUITE/images-outside"
}

teardown() {
	[ "$(cat "$SUITE/images-outside/canary")" = untouched ] || fail "something outside was changed" || return
	case_end
}

# What a shell in the root of the image says.
image() {
	local image=$1

	shift
	sandbox --rootfs "oci:$IMAGES/$image" none -- sh -c "$@" 2>&1
}

# An image that makes no root: cofferdam says WORD, and runs nothing.
no_image() {
	local image=$1 word=$2

	shift 2
	run sandbox "$@" --rootfs "oci:$IMAGES/$image" none -- sh -c 'echo ran'
	is "$status" 125 "exit code of $image ($output)"
	lacks "$output" $'\nran'
	contains "$output" "$word"
}

LOOK='cat /opt/both /opt/last /opt/dir/new 2>&1; ls /opt /opt/dir'
LAYERED=$'above\nlast\nnew\n/opt:\nboth\ndir\nlast\n\n/opt/dir:\nnew'

@test "a layout is the root, as a directory and as an archive, whatever its layers are packed in" {
	local image digest

	for image in plain plain.tar plain.tar.gz; do
		is "$(image "$image:1.0" "$LOOK")" "$LAYERED" "$image"
		digest=$(report image)
		[[ $digest = sha256:* ]] || fail "image in the report is '$digest'" || return
		is "$(image "$image@$digest" "$LOOK")" "$LAYERED" "$image by its digest"
	done
	is "$(image plain:app:1.0 'echo ran')" ran "a name without its host"
	is "$(image plain:base 'cat /opt/below')" below "another tag"
	is "$(image single 'cat /opt/below')" below "the only image, without a tag"
	is "$(report walls.mount.state)" enforced "walls.mount"
}

@test "what docker save writes is the root: layers plain, packed, and as links" {
	local look='cat /opt/both; ls /opt /opt/dir'

	is "$(image docker.tar "$look")" $'above\n/opt:\nboth\ndir\n\n/opt/dir:\nnew' docker.tar
	is "$(image docker.tar:other 'echo ran')" ran "a tag that is left out is latest"
	is "$(image docker-link.tar:1 "$look")" $'above\n/opt:\nboth\ndir\n\n/opt/dir:\nnew' docker-link.tar
	no_image "docker-two.tar@sha256:$(printf %063d1 0)" "no image is called"
	no_image docker-config.tar "has the digest sha256:"
	# Whole in another archive by the same digest, and unpacked from that by now.
	no_image docker-layer.tar "has the digest sha256:" --store-size 0
	no_image docker-up.tar '".."'
	no_image docker-few.tar "names 1 layers, the config 3"
	no_image docker-circle.tar "Too many levels"
	no_image docker-out.tar "leads out of the archive"
}

@test "of several images one is named, and what is there is told" {
	no_image plain "several images lie there: example.org/app:1.0, base"
	no_image plain:2.0 "no image is called '2.0'; there is: example.org/app:1.0, base"
	no_image docker.tar:2.0 "there is: example.org/app:1.0, other:latest"
	no_image "plain@sha256:$(printf %064d 0)" "lacks its blobs/sha256/0000"
	run sandbox --rootfs "oci:$IMAGES/plain:no@sha256:1234567" none -- true
	contains "$output" "plain:no@sha256:1234567"
	no_image "" "neither index.json nor manifest.json"
	no_image none "No such file"
}

@test "of several platforms ours is taken, and another is refused by name" {
	local ours=amd64 other=arm64

	[ "$(uname -m)" = x86_64 ] || ours=arm64 other=amd64
	is "$(image platforms 'cat /opt/ours')" ours "our platform"
	no_image foreign:config "the image is for linux/$other; this machine is linux/$ours"
	no_image foreign:index "the image is for $other; this machine is $ours"
}

@test "a layer takes away what lies below it, in any order, and nothing else" {
	is "$(image order 'ls /opt && cat /opt/top')" $'top\ntop' "an opaque directory"
	is "$(image root_gone 'ls / | grep -c old' || :)" 0 "an opaque root"
	is "$(image whiteouts:links 'readlink /link')" "$SUITE/images-outside" "a whiteout behind a link"
	is "$(image whiteouts:fine 'ls -d /opt /none 2>/dev/null; echo ran')" ran "a directory"
	no_image whiteouts:dots "aims at no name"
	no_image whiteouts:nothing "aims at no name"
	no_image whiteouts:above '".."'
}

@test "what is not as its digest says is not read" {
	no_image damaged:layer "has the digest sha256:"
	no_image damaged:config "has the digest sha256:"
	no_image damaged:manifest "has the digest sha256:"
	no_image damaged:absent "lacks its blobs/sha256/"
	no_image links:out "Invalid cross-device link"
	no_image links:fifo "is no file"
	no_image links:directory "blobs/sha256/" # by Landlock, or by what it is
}

@test "an archive that unpacks without end is read no longer than --timeout says" {
	local before=$SECONDS

	run sandbox --timeout 2 --rootfs "oci:$IMAGES/bomb.tar.gz" none -- sh -c 'echo ran'
	is "$status" 125 "exit code ($output)"
	contains "$output" "did not answer within 2 s"
	((SECONDS - before < 20)) || fail "it took $((SECONDS - before)) s"
}

@test "documents that mean nothing end it with their reason" {
	no_image shapes:list "is no digest"
	no_image shapes:empty "is no digest"
	no_image shapes:no-layers "has no layer"
	no_image shapes:text "line 1"
	no_image shapes:deep "line 1"
	no_image shapes:twice "line 1"
	no_image shapes:up "is no digest"
	no_image shapes:sha512 "is no digest"
	no_image shapes:encrypted "which is no tar"
	no_image shapes:both "an index and a manifest at once"
	no_image shapes:many "more than 256 layers"
	no_image shapes:large "more than 1048576 bytes"
	no_image shapes:layer-is-text "format"
	no_image shapes:nameless "no NAME=VALUE"
	no_image shapes:relative "no absolute path"
	no_image shapes:long "more than 32768 bytes"
	no_image shapes:nested "an index of an index"
}

@test "explain shows what an image asks for, and --image-env alone does it" {
	local told

	told=$(coff explain --json --rootfs "oci:$IMAGES/plain:1.0" none -- true | python3 -c '
import json, sys
image = json.load(sys.stdin)["image"]
print(image["user"], image["directory"], image["entrypoint"], image["command"], image["used"])')
	is "$told" "7:8 /work ['/bin/start', 'it'] ['-v'] False" "explain --json"
	contains "$(coff explain --rootfs "oci:$IMAGES/plain:1.0" none -- true)" "FROM=image"
	is "$(image plain:1.0 'pwd; echo "$PATH $FROM"')" \
		$'/app\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ' "without it"
	is "$(sandbox --image-env --env BOTH=user --rootfs "oci:$IMAGES/plain:1.0" none -- sh -c \
		'pwd; echo "$PWD $PATH $FROM $BOTH $HOME"; id -u' 2>&1)" \
		$'/work\n/work /bin image user /home/builder\n1000' "with it"
	run sandbox --image-env none -- true
	is "$status" 125 "--image-env without an image"
	contains "$output" "no image"
}

# Whose image it is may write to it at any time, and so may others whom he lets.
@test "a layer that is exchanged between its check and its use is not used" {
	local image=$CASE/single pid i out ran=0 refused=0

	cp -R "$IMAGES/single" "$image" && chmod -R a+rX "$image"
	python3 - "$image/blobs/sha256" "$CASE" 3>&- <<'PY' &
import gzip, os, random, sys, time
blobs, case = sys.argv[1:3]
for name in os.listdir(blobs):
    data = open(os.path.join(blobs, name), "rb").read()
    if data[:2] == b"\x1f\x8b":
        break
sides = [data, gzip.compress(gzip.decompress(data).replace(b"below\n", b"other\n"), 1)]
for i, side in enumerate(sides):
    with open("%s/side%d" % (case, i), "wb") as out:
        out.write(side)
    os.chmod("%s/side%d" % (case, i), 0o644)
while os.path.isdir(case):
    for i in (0, 1):
        os.link("%s/side%d" % (case, i), case + "/next")
        os.rename(case + "/next", os.path.join(blobs, name))
        time.sleep(random.random() / (200 if i else 50))
PY
	pid=$!
	BACKGROUND+=("$pid")
	wait_for 10 test -e "$CASE/side1"
	for ((i = 0; i < 25; i++)); do
		out=$(sandbox --store-size 0 --rootfs "oci:$image" none -- cat /opt/below 2>&1) || :
		case $out in
		below) ran=$((ran + 1)) ;;
		*"has the digest"* | *"changed while it was read"* | *"read the archive"*) refused=$((refused + 1)) ;;
		*) fail "another layer was used: $out" || return ;;
		esac
	done
	[ "$ran" -gt 0 ] && [ "$refused" -gt 0 ] || fail "$ran ran, $refused were refused: nothing was tried"
}
