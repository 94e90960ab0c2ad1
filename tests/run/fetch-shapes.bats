#!/usr/bin/env bats
# Repositories as people have them: whatever git itself clones, and what git clone gives.

load ../lib/fetch

tree() { # a clone of good.git with a work tree, in $TREE
	TREE=$CASE/tree
	as_git clone -q "$REPOS/good.git" "$TREE"
}

@test "extensions that say nothing of objects and references are no obstacle" {
	local row

	tree
	set -- as_git config -f "$TREE/.git/config" # git itself may not know the words
	"$@" core.repositoryFormatVersion 1
	for row in relativeWorktrees=true worktreeConfig=true partialClone=origin noop=true noop-v1=true \
		preciousObjects=true refStorage=files; do
		"$@" "extensions.${row%=*}" "${row#*=}"
		fetched "$TREE" -- git rev-parse HEAD
		is "$OUT" "$(commit_at 5)" "$row"
	done
	"$@" extensions.refStorage reftable
	fetch_refused "fetch: open the source" "$TREE"
	contains "$MESSAGE" reftable
	contains "$REMEDY" "git refs migrate"
	"$@" --unset extensions.refStorage
	"$@" extensions.ofTomorrow true
	fetch_refused "fetch: open the source" "$TREE"
	contains "$MESSAGE" oftomorrow
	contains "$REMEDY" "git clone --no-local"
}

@test "a partial clone whose objects are there, and SHA-256 by way of the remedy" {
	as_git -C "$REPOS/good.git" config uploadpack.allowFilter true
	as_git clone -q --filter=blob:none "file://$REPOS/good.git" "$CASE/partial"
	fetched "$CASE/partial" -- sh -c 'cat README; git fsck 2>&1; git status --porcelain'
	is "$OUT" "generation 5"
	as_git init -q --object-format=sha256 "$CASE/sha256"
	echo 256 | as_user tee "$CASE/sha256/a" >/dev/null
	as_git -C "$CASE/sha256" add a
	as_git -C "$CASE/sha256" commit -qm one
	fetch_refused "fetch: open the source" "$CASE/sha256"
	contains "$REMEDY" "git fast-export --all | git -C COPY fast-import"
	as_git init -q "$CASE/sha1"
	as_git -C "$CASE/sha256" fast-export --all | as_git -C "$CASE/sha1" fast-import --quiet
	fetched "$CASE/sha1" -- cat a
	is "$OUT" 256
}

@test "older commits by ~, ^ and ^{}, from a path and from a server" {
	local row source

	tree
	as_git -C "$TREE" checkout -q -b side HEAD~2
	as_git -C "$TREE" commit -q --allow-empty -m side
	as_git -C "$TREE" checkout -q main
	as_git -C "$TREE" merge -q --no-edit side
	for row in "HEAD 5" "main~1 4" "main^^ 3" "@~2 3" "v1^{} 4" "v1^{commit} 4" "v1~1 3" "v1^0~2 2" \
		"$(commit_at 4)~1 3" "$(commit_at 5 | cut -c1-9)^ 4" "refs/heads/main~4 1" "main~0 5"; do
		set -- $row
		for source in "$REPOS/good.git" "$GIT_URL/good.git"; do
			fetched "$source#$1" -- sh -c 'git rev-parse HEAD; cat README; git fsck 2>&1'
			is "$OUT" "$(commit_at "$2")
generation $2" "$source#$1"
		done
	done
	fetched "$TREE#main^2" -- git log -1 --format=%s
	is "$OUT" side
	fetched --depth 2 "$GIT_URL/good.git#main~1" -- sh -c 'git log --format=%H | head -2'
	is "$OUT" "$(commit_at 4)
$(commit_at 3)" "a depth behind it"
	for source in "$REPOS/good.git" "$GIT_URL/good.git"; do
		run sandbox "$source#main~5" -- true
		is "$status" 125 "before the first commit of $source"
		contains "$(report error.message)" "has no parent"
	done
	run sandbox "$REPOS/good.git#main@{1}" -- true
	is "$status" 125 "the reflog"
	contains "$(report error.remedy)" "~N"
}

@test "a clone has an origin, as git's has, and no credential in it" {
	local look='git remote get-url origin; git rev-parse --abbrev-ref "@{u}" origin/HEAD; git status -sb'

	tree
	fetched "$TREE" -- sh -c "$look"
	is "$OUT" "$TREE
origin/main
origin/main
## main...origin/main"
	as_git -C "$TREE" remote set-url origin "https://me:$MARKER@git.example.org/x/y.git"
	fetched "$TREE" -- sh -c "$look; cat .git/config"
	contains "$OUT" "https://git.example.org/x/y.git"
	lacks "$OUT" "$MARKER"
	lacks "$OUT" "me"@
	fetched "$GIT_URL/good.git" -- sh -c "$look"
	contains "$OUT" "$GIT_URL/good.git
origin/main
origin/main"
	as_git -C "$TREE" submodule --quiet add "$REPOS/hostile.git" sub
	as_git -C "$TREE" commit -qm sub
	fetched --submodules "$TREE" -- git -C sub remote get-url origin
	is "$OUT" "$REPOS/hostile.git"
}

@test "a commit that no branch has, if the server gives it" {
	local commit bare=$REPOS/lonely.git

	as_git clone -q --bare "$REPOS/good.git" "$bare"
	commit=$(as_git -C "$bare" commit-tree -m lonely -p main 'main^{tree}')
	fetch_refused "fetch: transfer" "$GIT_URL/lonely.git#$commit"
	contains "$REMEDY" "no branch"
	as_git -C "$bare" config uploadpack.allowAnySHA1InWant true
	fetched "$GIT_URL/lonely.git#$commit" -- sh -c 'git rev-parse HEAD; cat README'
	is "$OUT" "$commit
generation 5"
	as_git clone -q "$GIT_URL/lonely.git" "$CASE/parent"
	as_git -C "$CASE/parent" submodule --quiet add "$GIT_URL/lonely.git" sub
	as_git -C "$CASE/parent" update-index --cacheinfo "160000,$commit,sub"
	as_git -C "$CASE/parent" commit -qm pinned
	as_git -C "$CASE/parent" push -q "$bare" HEAD:pinned
	fetched --submodules "$GIT_URL/lonely.git#pinned" -- git -C sub rev-parse HEAD
	is "$OUT" "$commit" "a submodule at it"
}

@test "a linked worktree keeps its HEAD, without a word on the command line" {
	local look='git rev-parse HEAD; git symbolic-ref -q HEAD; cat README; git log --oneline | wc -l; git fsck 2>&1'

	tree
	as_git -C "$TREE" worktree add -q -b side "$CASE/side" v1
	as_git -C "$TREE" worktree add -q --detach "$CASE/loose" light
	fetched "$CASE/side" -- sh -c "$look"
	is "$OUT" "$(commit_at 4)
refs/heads/side
generation 4
1"
	fetched --depth 0 "$CASE/loose" -- sh -c "$look"
	is "$OUT" "$(commit_at 3)
generation 3
3"
	fetched "$CASE/side#main" -- cat README
	is "$OUT" "generation 5" "another branch of its repository"
	# as extensions.relativeWorktrees has it
	echo "gitdir: ../tree/.git/worktrees/side" | as_user tee "$CASE/side/.git" >/dev/null
	echo "../../../../side/.git" | as_user tee "$TREE/.git/worktrees/side/gitdir" >/dev/null
	as_user git config -f "$TREE/.git/config" core.repositoryFormatVersion 1
	as_user git config -f "$TREE/.git/config" extensions.relativeWorktrees true
	fetched "$CASE/side" -- git rev-parse HEAD
	is "$OUT" "$(commit_at 4)" "with relative paths"
}

@test "a .git file leads nowhere that does not lead back, but where the user says" {
	local open="fetch: open the source" fake

	tree
	as_git -C "$TREE" worktree add -q -b side "$CASE/side" v1
	as_git -C "$TREE" update-ref refs/secret/x "$(commit_at 5)"
	as_user mkdir -p "$CASE/fake/evil/worktrees" "$CASE/thief/worktrees/x"
	# the file of the user's own worktree, in a stranger's directory
	as_user cp "$CASE/side/.git" "$CASE/fake/.git"
	fetch_refused "$open" "$CASE/fake"
	contains "$MESSAGE" "$TREE/.git/worktrees/side"
	contains "$REMEDY" "--borrow $TREE/.git"
	fetched --borrow "$TREE/.git" "$CASE/fake" -- git rev-parse HEAD
	is "$OUT" "$(commit_at 4)" "because it was named"
	# a private directory of the stranger's own, which leads back, and on to the user's
	fake=$CASE/thief/worktrees/x
	echo "gitdir: $fake" | as_user tee "$CASE/fake/.git" >/dev/null
	echo "$CASE/fake/.git" | as_user tee "$fake/gitdir" >/dev/null
	echo "$TREE/.git" | as_user tee "$fake/commondir" >/dev/null
	echo "ref: refs/heads/main" | as_user tee "$fake/HEAD" >/dev/null
	fetch_refused "$open" "$CASE/fake"
	contains "$MESSAGE" "$TREE/.git"
	# and one that is only a link to it
	rm -rf "$CASE/thief/worktrees"
	as_user ln -s "$TREE/.git/worktrees" "$CASE/thief/worktrees"
	echo "gitdir: $CASE/thief/worktrees/side" | as_user tee "$CASE/fake/.git" >/dev/null
	fetch_refused "$open" "$CASE/fake"
	for fake in "gitdir: $TREE/.git" "gitdir: /etc" "gitdir: ../tree/.git" "nothing" "gitdir: " ""; do
		echo "$fake" | as_user tee "$CASE/fake/.git" >/dev/null
		fetch_refused "$open" "$CASE/fake"
	done
	rm "$CASE/fake/.git"
	as_user mkfifo "$CASE/fake/.git"
	fetch_refused "$open" "$CASE/fake"
}

@test ".git as a link, a submodule's work tree, and the repo tool's links" {
	local git

	tree
	as_user mkdir -p "$CASE/top/.repo/projects" "$CASE/top/.repo/project-objects/a.git" "$CASE/top/a"
	git=$CASE/top/.repo/projects/a.git
	as_user cp -r "$TREE/.git" "$git"
	as_user mv "$git/objects" "$CASE/top/.repo/project-objects/a.git/objects"
	as_user ln -s ../../project-objects/a.git/objects "$git/objects"
	as_user ln -s ../.repo/projects/a.git "$CASE/top/a/.git"
	is "$(as_git -C "$CASE/top/a" rev-parse HEAD)" "$(commit_at 5)" "for git itself"
	fetch_refused "fetch: open the source" "$CASE/top/a"
	contains "$REMEDY" "--borrow $git"
	fetch_refused "fetch: open the source" --borrow "$git" "$CASE/top/a"
	contains "$REMEDY" "--borrow $CASE/top/.repo"
	fetched --borrow "$CASE/top/.repo" "$CASE/top/a" -- sh -c 'cat README; git fsck 2>&1'
	is "$OUT" "generation 5"
	# within the source nothing is elsewhere
	as_user mv "$TREE/.git" "$TREE/git"
	as_user ln -s git "$TREE/.git"
	fetched "$TREE" -- cat README
	is "$OUT" "generation 5" "a link within the source"
	as_git init -q "$CASE/super"
	as_git -C "$CASE/super" submodule --quiet add "$REPOS/good.git" sub
	as_git -C "$CASE/super/sub" checkout -q v1
	fetch_refused "fetch: open the source" "$CASE/super/sub"
	contains "$REMEDY" "--borrow $CASE/super/.git/modules/sub"
	fetched --borrow "$CASE/super" "$CASE/super/sub" -- cat README
	is "$OUT" "generation 4" "a submodule's work tree"
}

@test "objects that are borrowed, from where the user says" {
	local borrower=$CASE/borrower

	as_git clone -q -s "$REPOS/good.git" "$borrower"
	as_git -C "$borrower" commit -q --allow-empty -m own
	fetch_refused "fetch: open the source" "$borrower"
	contains "$MESSAGE" "borrows objects from $REPOS/good.git/objects"
	contains "$REMEDY" "--borrow $REPOS/good.git"
	fetched --depth 0 --borrow "$REPOS/good.git" "$borrower" -- sh -c \
		'cat README; git log --oneline | wc -l; git fsck 2>&1; ls .git/objects/info'
	is "$OUT" "generation 5
6"
	as_git clone -q -s "$borrower" "$CASE/second"
	fetch_refused "fetch: open the source" --borrow "$borrower" "$CASE/second"
	contains "$REMEDY" "--borrow $REPOS/good.git" "what it borrows in turn"
	fetched --borrow "$borrower" --borrow "$REPOS/good.git" "$CASE/second" -- git log -1 --format=%s
	is "$OUT" own
	# a loop, a comment, and one that lies within the source
	as_git clone -q "$REPOS/good.git" "$CASE/tree"
	as_user mv "$CASE/tree/.git/objects" "$CASE/tree/kept"
	as_user mkdir -p "$CASE/tree/.git/objects/info" "$CASE/tree/kept/info"
	printf '# mine\n../../kept\n' | as_user tee "$CASE/tree/.git/objects/info/alternates" >/dev/null
	echo ../.git/objects | as_user tee "$CASE/tree/kept/info/alternates" >/dev/null
	fetched "$CASE/tree" -- cat README
	is "$OUT" "generation 5"
	run sandbox --borrow "$REPOS/good.git" "$GIT_URL/good.git" -- true
	is "$status" 125 "--borrow for a server"
	run sandbox --borrow /etc "$CASE/tree" -- true
	is "$status" 125 "--borrow of what may not be mounted"
	contains "$(report error.message)" "may not be mounted"
}

@test "git describe says inside what it says outside, with --tags" {
	local want

	tree
	want=$(as_git -C "$TREE" describe)
	is "$want" "v1-1-g$(commit_at 5 | cut -c1-7)"
	run sandbox "$TREE" -- git describe
	[ "$status" != 0 ] || fail "one commit is enough to describe it: $output"
	for source in "$TREE" "$GIT_URL/good.git"; do
		fetched --tags "$source" -- sh -c 'git describe; git describe --tags; git fsck 2>&1'
		is "$OUT" "$want
$(as_git -C "$TREE" describe --tags)" "$source"
	done
	fetched --tags "$TREE" -- sh -c 'git log --oneline | wc -l'
	is "$OUT" 2 "as deep as the tag and no deeper"
	# a branch from behind the tag: what is cut off would be counted
	as_git -C "$TREE" checkout -q -b old HEAD~3
	for n in 1 2 3; do as_git -C "$TREE" commit -q --allow-empty -m "old $n"; done
	as_git -C "$TREE" checkout -q main
	as_git -C "$TREE" merge -q --no-edit old
	as_git -C "$TREE" tag near main~1
	as_git -C "$TREE" commit -q --allow-empty -m last
	fetched --tags "$TREE" -- sh -c 'git describe; git describe --tags'
	is "$OUT" "$(as_git -C "$TREE" describe)
$(as_git -C "$TREE" describe --tags)" "with a merge"
	as_git init -q "$CASE/plain"
	as_git -C "$CASE/plain" commit -q --allow-empty -m one
	fetched --tags "$CASE/plain" -- git describe --always
	is "$OUT" "$(as_git -C "$CASE/plain" rev-parse --short HEAD)" "without a tag"
}

# Everything that .gitattributes may ask of a checkout, in $CASE/attr.
attributes() {
	as_git init -q "$CASE/attr"
	as_user sh -c 'cd "$1" && mkdir sub "+sub" && cat >.gitattributes' - "$CASE/attr" <<-'A'
			*.crlf text eol=crlf
			*.lf text eol=lf
			*.auto text=auto
			*.id ident
			*.idcrlf ident text eol=crlf
			*.u16 text working-tree-encoding=UTF-16
			*.u16le text working-tree-encoding=UTF-16LE eol=crlf
			*.u16bom text working-tree-encoding=UTF-16LE-BOM eol=crlf
			*.l1 text working-tree-encoding=ISO-8859-1
			*.cp working-tree-encoding=CP1252
			*.u8 working-tree-encoding=UTF-8
			*.bin binary
			*.old crlf
			*.noeol -text
			*.eolonly eol=crlf
			[attr]mine text eol=crlf
			*.mac mine
			sub/*.x eol=crlf
		A
	as_user sh -c 'cd "$1" && printf "*.txt text eol=crlf\n" >"+sub/.gitattributes"
		printf "deep.txt text eol=crlf\nn.id -ident\n" >sub/.gitattributes
		for f in x.crlf x.lf x.auto x.bin x.old x.noeol x.eolonly x.mac sub/y.x sub/deep.txt sub/other "+sub/t.txt" \
			"+a.crlf" "#b.crlf" "!c.crlf"; do printf "a\nb\n" >"$f"; done
		for f in x.id x.idcrlf sub/z.id sub/n.id; do printf "\$Id\$\nx\n" >"$f"; done
		printf "\$Id\$ \$Id: gone \$ \$Id: a b \$ \$Id:\$ \$Id \$Id: x\n\$\n" >y.id
		text="gr\303\274\303\237e\nzwei\n"
		printf "$text" | iconv -f UTF-8 -t UTF-16 >x.u16
		printf "$text" | sed "s/\$/\r/" | iconv -f UTF-8 -t UTF-16LE >x.u16le
		(printf "\377\376"; printf "$text" | sed "s/\$/\r/" | iconv -f UTF-8 -t UTF-16LE) >x.u16bom
		printf "$text" | iconv -f UTF-8 -t ISO-8859-1 >x.l1
		printf "\342\202\254\n" | iconv -f UTF-8 -t CP1252 >x.cp
		printf "$text" >x.u8
		: >empty.u16' - "$CASE/attr"
	as_git -C "$CASE/attr" add -A
	as_git -C "$CASE/attr" commit -qm attributes
}

@test "attributes: the files that git clone gives, and git status finds none changed" {
	local source want look='git status --porcelain; find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z |
		xargs -0 sha256sum'

	attributes
	as_git clone -q "$CASE/attr" "$CASE/clone"
	want=$(as_user sh -c 'cd "$1" && eval "$2"' - "$CASE/clone" "$look")
	contains "$want" x.u16bom
	as_git clone -q --bare "$CASE/attr" "$REPOS/attr.git"
	for source in "$CASE/attr" "$GIT_URL/attr.git"; do
		fetched "$source" -- sh -c "$look"
		is "$OUT" "$want" "$source"
	done
	# what is not converted is said, and is no reason not to build
	as_user sh -c 'cd "$1" && printf "a\n" >a.x && cp a.x a.y && git add .' - "$CASE/clone"
	printf '*.x working-tree-encoding=no/such\n*.y working-tree-encoding=NO-SUCH\n' |
		as_user tee -a "$CASE/clone/.gitattributes" >/dev/null
	as_git -C "$CASE/clone" add .gitattributes
	as_git -C "$CASE/clone" commit -qm odd
	is "$(coff run "$CASE/clone" -- cat a.x a.y 2>"$CASE/err")" "a
a"
	contains "$(cat "$CASE/err")" "1 file(s) are in UTF-8"
}

@test "pointers of Git LFS are counted, and said once" {
	tree
	as_user sh -c 'cd "$1" && echo "*.big filter=lfs diff=lfs merge=lfs -text" >.gitattributes
		for n in 1 2 3; do
			printf "version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12\n" $n >$n.big
		done
		echo "not a pointer" >4.big; cp 1.big 5.txt' - "$TREE"
	as_git -C "$TREE" add -A
	as_git -C "$TREE" commit -qm lfs
	coff run --events "$CASE/events.jsonl" "$TREE" -- true 2>"$CASE/err"
	is "$(grep -c 'Git LFS' "$CASE/err")" 1 "said once"
	contains "$(cat "$CASE/err")" "3 file(s) are pointers of Git LFS"
	contains "$(grep '"warning"' "$CASE/events.jsonl")" "3 file(s)"
	coff run "$REPOS/good.git" -- true 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" "file(s)"
	# what git lfs pull wrote there is what a build wants
	echo content | as_user tee "$TREE/1.big" >/dev/null
	as_git -C "$TREE" update-index --assume-unchanged 1.big
	fetched --worktree "$TREE" -- cat 1.big
	is "$OUT" content
}

@test "uncommitted changes of a source are said, and taken with --worktree" {
	local status='git status --porcelain | sort'

	tree
	fetched "$TREE" -- true
	coff run "$TREE" -- true 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" committed
	as_user sh -c 'cd "$1" && echo "*.o" >.gitignore && git add .gitignore && echo changed >README &&
		chmod -x run.sh && rm dir/link && mkdir -p new/deep && echo new >new/deep/file && ln -s /etc/passwd new/out &&
		echo object >x.o && mkfifo pipe' - "$TREE"
	coff run "$TREE" -- sh -c 'cat README; ls' >"$CASE/out" 2>"$CASE/err"
	is "$(head -1 "$CASE/out")" "generation 5"
	lacks "$(cat "$CASE/out")" new
	contains "$(cat "$CASE/err")" "4 changed file(s)"
	contains "$(cat "$CASE/err")" "new file(s) or directories"
	contains "$(cat "$CASE/err")" "--worktree"
	coff run "$TREE#main" -- true 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" --worktree
	fetched --worktree "$TREE" -- sh -c "cat README new/deep/file; readlink new/out; stat -c %a run.sh; ls *.o pipe 2>/dev/null
		$status"
	is "$OUT" "changed
new
/etc/passwd
644
$(as_git -C "$TREE" status --porcelain -uall | sed 's/^A /??/; s/^M /M /' | sort | grep -v pipe | sed 's|new/.*|new/|' | sort -u)"
	coff run --worktree "$TREE" -- true 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" "are as they were committed"
	run sandbox --worktree "$TREE#v1" -- true
	is "$status" 125 "with a #REF"
	run sandbox --worktree "$GIT_URL/good.git" -- true
	is "$status" 125 "of a server"
	fetch_refused "fetch: the work tree of the source" --worktree "$REPOS/good.git"
	contains "$MESSAGE" bare
}

@test "a sparse checkout has deleted nothing" {
	tree
	as_git -C "$TREE" sparse-checkout set --no-cone /README /run.sh
	[ ! -e "$TREE/dir" ] || fail "it is not sparse"
	coff run "$TREE" -- true 2>"$CASE/err"
	lacks "$(cat "$CASE/err")" --worktree
	echo changed | as_user tee "$TREE/README" >/dev/null
	fetched --worktree "$TREE" -- sh -c 'cat README; git status --porcelain'
	is "$OUT" "changed
 M README"
}

@test "--worktree: files and directories that changed places, and nothing out of the source" {
	tree
	as_user sh -c 'cd "$1" && rm README && mkdir README && echo in >README/file && rm -r dir && ln -s /etc dir &&
		echo secret >"$2" && ln -s "$2" leak && git init -q nested && echo n >nested/n' - "$TREE" "$CASE/outside"
	fetched --worktree "$TREE" -- sh -c 'cat README/file; readlink dir leak; cat leak 2>&1; ls nested 2>&1; ls -A'
	contains "$OUT" "in
/etc
$CASE/outside"
	lacks "$OUT" secret
	as_git -C "$TREE" worktree add -q "$CASE/linked" v1
	echo linked | as_user tee "$CASE/linked/README" >/dev/null
	fetched --worktree "$CASE/linked" -- cat README
	is "$OUT" linked
}
