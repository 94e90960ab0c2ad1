#!/usr/bin/env bats
# A clone of a local repository: what is in it, what is not, and what is refused.

load ../lib/fetch

@test "a path, file:// and a work tree give the same clone" {
	as_git clone -q "$REPOS/good.git" "$CASE/tree"
	for source in "$REPOS/good.git" "file://$REPOS/good.git" "$CASE/tree"; do
		fetched "$source" -- sh -c 'git status --porcelain; git rev-parse HEAD; git symbolic-ref HEAD
			git log --oneline | wc -l; git fsck --strict 2>&1'
		is "$OUT" "$(commit_at 5)
refs/heads/main
1" "$source"
		is "$(report source.commit)" "$(commit_at 5)" "commit of $source in the report"
	done
}

@test "only the objects that the commit needs come along" {
	# a commit, two trees, three blobs: README and its twins, the link, run.sh
	fetched "$REPOS/good.git" -- git count-objects -v
	contains "$OUT" "in-pack: 6"
	# five times that, but for the link, and the tag
	fetched --depth 0 "$REPOS/good.git" -- git count-objects -v
	contains "$OUT" "in-pack: 27"
}

@test "depth is generations, and 0 is all of them" {
	local depth

	for depth in 1 2 4 5 0 100; do
		fetched --depth $depth "$REPOS/good.git" -- sh -c 'git log --oneline | wc -l; git fsck 2>&1'
		is "$OUT" "$((depth == 0 || depth > 5 ? 5 : depth))" "commits at depth $depth"
	done
}

@test "branch, tag, full and short commit" {
	local row ref want

	for row in "main 5 refs/heads/main" "dev/topic 2 refs/heads/dev/topic" "refs/heads/dev/topic 2 refs/heads/dev/topic" \
		"light 3 HEAD" "v1 4 HEAD" "$(commit_at 1) 1 HEAD" "$(commit_at 2 | cut -c1-9) 2 HEAD"; do
		set -- $row
		fetched "$REPOS/good.git#$1" -- sh -c 'git rev-parse HEAD; git rev-parse --symbolic-full-name HEAD; cat README'
		is "$OUT" "$(commit_at "$2")
$3
generation $2" "#$1"
	done
}

@test "tags of what was cloned come along, so git describe works" {
	fetched "$REPOS/good.git#v1" -- git describe
	is "$OUT" v1
	fetched --depth 2 "$REPOS/good.git" -- git describe
	is "$OUT" "v1-1-g$(commit_at 5 | cut -c1-7)"
	fetched "$REPOS/good.git" -- git describe --always
	is "$OUT" "$(commit_at 5 | cut -c1-7)"
}

@test "names with newlines and invalid UTF-8, links and modes" {
	fetched "$REPOS/good.git" -- sh -c 'cat "$(printf "bad\377\376")" "$(printf "dir/new\nline")"
		readlink dir/link; ./run.sh; stat -c %a README run.sh'
	is "$OUT" "generation 5
generation 5
../README
generation 5
644
755"
}

@test "what cannot be cloned is named, with a remedy" {
	local find="fetch: find the commit" open="fetch: open the source"

	fetch_refused "$find" "$REPOS/good.git#nope"
	contains "$MESSAGE" nope
	contains "$REMEDY" "dev/topic, main"
	fetch_refused "$find" "$REPOS/good.git#abcdef0"
	contains "$MESSAGE" abcdef0
	fetch_refused "$find" "$REPOS/good.git#$(cat "$REPOS/good.git.ambiguous")"
	contains "$MESSAGE" ambiguous
	fetch_refused "$find" "$REPOS/empty.git"
	contains "$MESSAGE" "no commits"
	mkdir "$CASE/plain"
	fetch_refused "$open" "$CASE/plain"
	contains "$MESSAGE" "not a git repository"
	as_git init -q --object-format=sha256 "$CASE/sha256"
	fetch_refused "$open" "$CASE/sha256"
	contains "$MESSAGE" SHA-256
	as_git -C "$REPOS/good.git" config uploadpack.allowFilter true
	as_git clone -q --no-checkout --filter=blob:none "file://$REPOS/good.git" "$CASE/partial"
	fetch_refused "fetch: copy objects" "$CASE/partial"
	contains "$REMEDY" "partial clone"
}

@test "a shallow source is cloned as far as it reaches" {
	as_git clone -q --depth 2 "file://$REPOS/good.git" "$CASE/shallow"
	fetched --depth 0 "$CASE/shallow" -- sh -c 'git log --oneline | wc -l; git fsck 2>&1'
	is "$OUT" 2
}

@test "nothing of the source's configuration runs, and nothing in it changes" {
	as_git clone -q "$REPOS/good.git" "$CASE/tree"
	local git=$CASE/tree/.git canary=$CASE/canary

	printf '*.txt filter=evil\n' | as_user tee "$CASE/tree/.gitattributes" >/dev/null
	echo plain | as_user tee "$CASE/tree/a.txt" >/dev/null
	as_git -C "$CASE/tree" add -A
	as_git -C "$CASE/tree" commit -qm filtered
	printf '#!/bin/sh\ntouch %s\n' "$canary" | as_user tee "$git/hooks/post-checkout" >/dev/null
	chmod +x "$git/hooks/post-checkout"
	as_user mkdir -p "$CASE/template/hooks"
	as_user cp "$git/hooks/post-checkout" "$CASE/template/hooks/"
	for row in "filter.evil.smudge 'touch $canary; cat'" "core.fsmonitor 'touch $canary #'" \
		"core.hooksPath $git/hooks" "init.templateDir $CASE/template" "core.sshCommand 'touch $canary #'"; do
		eval "as_git -C '$CASE/tree' config $row"
	done
	# without the walls, git itself runs it
	as_git -C "$CASE/tree" checkout -qf HEAD -- a.txt
	[ -e "$canary" ] || fail "the canary does not sing even without cofferdam"
	rm "$canary"
	as_git -C "$CASE/tree" config core.worktree /etc
	(cd "$CASE/tree" && find . -printf '%p %s %T@ %m\n' | sort) >"$CASE/before"
	fetched "$CASE/tree" -- sh -c 'cat a.txt; ls .git/hooks; git config --get-regexp "filter|fsmonitor|hooksPath|worktree"; true'
	is "$OUT" "plain
README.sample"
	[ ! -e "$canary" ] || fail "something of the source ran"
	(cd "$CASE/tree" && find . -printf '%p %s %T@ %m\n' | sort) >"$CASE/after"
	cmp "$CASE/before" "$CASE/after"
}

@test "text is converted as .gitattributes says" {
	as_git clone -q "$REPOS/good.git" "$CASE/tree"
	printf '*.txt text eol=crlf\n' | as_user tee "$CASE/tree/.gitattributes" >/dev/null
	printf 'a\nb\n' | as_user tee "$CASE/tree/a.txt" >/dev/null
	as_git -C "$CASE/tree" add -A
	as_git -C "$CASE/tree" commit -qm crlf
	fetched "$CASE/tree" -- sh -c 'od -An -c a.txt | tr -d " "; git status --porcelain'
	is "$OUT" 'a\r\nb\r\n'
}

@test "a source whose object is not what its name says is refused" {
	fetch_refused "fetch: check out" "$REPOS/hostile.git#lie"
	contains "$MESSAGE" "hash mismatch"
}

@test "a tmpfs too small for the checkout: bytes, then inodes" {
	as_git init -q "$CASE/big"
	head -c 6000000 /dev/urandom | as_user tee "$CASE/big/blob" >/dev/null
	as_user mkdir "$CASE/big/many"
	as_user sh -c 'cd "$1" && seq 500 | split -l 1 -a 3 - f' - "$CASE/big/many"
	as_git -C "$CASE/big" add -A
	as_git -C "$CASE/big" commit -qm big
	# fits: both are tried, so that it is the limit that refuses below
	fetched --app-size 64M "$CASE/big" -- sh -c 'ls many | wc -l'
	is "$OUT" 500
	run sandbox --app-size 8M "$CASE/big" -- true
	is "$status" 125 "exit code"
	is "$(report result.cause)" fetch_failed cause
	contains "$(report error.remedy)" --app-size
	run sandbox --app-inodes 300 "$CASE/big" -- true
	is "$status" 125 "exit code"
	is "$(report result.cause)" fetch_failed cause
	contains "$(report error.remedy)" --app-inodes
}

@test "a repository of 100,000 files" {
	as_git init -q "$CASE/huge"
	python3 - <<-'PY' | as_git -C "$CASE/huge" fast-import --quiet
		import sys
		out = sys.stdout.buffer
		out.write(b"commit refs/heads/main\ncommitter a <a@b> 1600000000 +0000\ndata 1\nx\n")
		for n in range(100000):
		    text = b"file %d\n" % n
		    out.write(b"M 100644 inline d%d/e%d/f%d\ndata %d\n%s\n" % (n % 100, n // 100 % 20, n, len(text), text))
	PY
	fetched "$CASE/huge" -- sh -c 'find . -path ./.git -prune -o -type f -print | wc -l; cat d7/e3/f60307'
	is "$OUT" "100000
file 60307"
}

@test "submodules of a local source come from its own .git/modules, or not at all" {
	as_git clone -q "$REPOS/good.git" "$CASE/tree"
	as_git -C "$CASE/tree" submodule --quiet add "$REPOS/hostile.git" deep/sub
	as_git -C "$CASE/tree" commit -qm sub
	fetched "$CASE/tree" -- ls -A deep/sub
	is "$OUT" "" "without --submodules"
	fetched --submodules "$CASE/tree" -- sh -c 'cat deep/sub/README; git submodule status; git status --porcelain'
	is "$OUT" "owned
 $(as_git -C "$REPOS/hostile.git" rev-parse main) deep/sub (heads/main)" || contains "$OUT" "$(as_git -C "$REPOS/hostile.git" rev-parse main) deep/sub"
	rm -rf "$CASE/tree/.git/modules"
	fetch_refused "fetch: submodules" --submodules "$CASE/tree"
	contains "$MESSAGE" deep/sub
	contains "$REMEDY" "git submodule update --init"
}

@test ".cofferdam.json may name a command, and may not widen or surprise" {
	local step="fetch: read .cofferdam.json"

	run sandbox "$REPOS/hostile.git#wish"
	is "$status:$output" 0:wished "the command of the repository"
	fetched "$REPOS/hostile.git#wish" -- echo mine
	is "$OUT" mine "the command of the user"
	fetch_refused "$step" "$REPOS/hostile.git#wish-unknown"
	contains "$MESSAGE" docker
	fetch_refused "$step" "$REPOS/hostile.git#wish-broken"
	contains "$MESSAGE" ".cofferdam.json:2:1"
	fetch_refused "$step" "$REPOS/hostile.git#wish-link"
	contains "$MESSAGE" "regular file"
	fetch_refused "$step" "$REPOS/hostile.git#wish-long"
	run sandbox "$REPOS/hostile.git#wish-widens" -- true
	is "$status" 125 "a wish for 64G"
	contains "$(report error.message)" memory
}

@test "--workdir: where the command starts, in the clone or elsewhere" {
	as_user git init -q "$CASE/w"
	as_user mkdir -p "$CASE/w/sub/dir"
	as_user sh -c "echo content >$CASE/w/sub/dir/file"
	as_user git -C "$CASE/w" add .
	as_user git -C "$CASE/w" -c user.name=n -c user.email=a@b.example commit -qm one
	is "$(sandbox --workdir sub/dir "$CASE/w" -- sh -c 'pwd; echo $PWD; cat file')" $'/app/sub/dir\n/app/sub/dir\ncontent' "in the clone"
	is "$(sandbox --source-dir x --workdir sub "$CASE/w" -- pwd)" /app/x/sub "in a clone of its own directory"
	is "$(sandbox --workdir /tmp none -- pwd)" /tmp "elsewhere"
	is "$(sandbox --workdir sub --artifact "sub/dir/file:$CASE/" "$CASE/w" -- true && cat "$CASE/file")" content "an artifact's path"
	run coff run -q --workdir absent "$CASE/w" -- echo ran
	is "$status" 125 "exit code"
	contains "$output" "change to /app/absent"
	contains "$output" "--workdir names it"
	lacks "$output" ran
}

@test "--source-dir: a build that writes beside its tree, started there, artifacts beside it" {
	git init -q -b main "$CASE/r"
	(cd "$CASE/r" && echo here >file && mkdir d && echo deep >d/file && git add . &&
		git -c user.name=t -c user.email=t@t commit -q -m one)
	chmod -R a+rX "$CASE/r"
	install -d -m 0777 "$CASE/out"
	for who in coff coff_one; do
		run "$who" run -q --source-dir thing-1.0 --artifact "file:$CASE/out/" --artifact "../made*:$CASE/out/" "$CASE/r" -- true
		contains "$output" "'..' cannot be a part"
		run "$who" run -q --artifact-replace --report "$CASE/report.json" --source-dir thing-1.0 --artifact "file:$CASE/out/" \
			--artifact "/app/made*:$CASE/out/" "$CASE/r" -- \
			sh -ec 'pwd; git status --short; mkdir ../build; cp d/file ../build; echo made >../made.deb; cat ../build/file; echo changed >d/file; ls ..'
		is "$status" 0 "exit code: $output"
		is "$output" $'/app/thing-1.0\ndeep\nbuild\nmade.deb\nthing-1.0' "$who"
		is "$(cat "$CASE/out/file" "$CASE/out/made.deb")" $'here\nmade' artifacts
		rm -f "$CASE/out"/*
	done
	is "$(coff run -q --source-dir x none -- sh -c 'pwd; touch y; ls -A /app')" $'/app/x\nx' "without a source"
	for bad in a/b .. . .git -x '' 'a b' $'a\nb'; do
		run coff run -q "--source-dir=$bad" none -- true
		is "$status" 125 "'$bad': $output"
	done
}
