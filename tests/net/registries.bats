#!/usr/bin/env bats
# The registries that everybody uses, by their own clients, behind the sets of names that ship. They
# are skipped where this machine cannot reach them.

load ../lib/run

setup() {
	case_begin
	need_root
	as_user mkdir "$CASE/repo"
	cd "$CASE/repo"
}

# HOST SET -> $ALLOW, what is to be permitted; a mirror of the site's own may have a private address.
permitted() {
	local address

	address=$(getent ahostsv4 "$1" | head -n 1 | cut -d' ' -f1)
	[ -n "$address" ] || skip "$1 has no address here"
	timeout 10 bash -c "exec 3<>/dev/tcp/$address/80" 2>/dev/null || skip "$1 is not reached from here"
	case $address in
	10.* | 192.168.* | 172.1[6-9].* | 172.2?.* | 172.3[01].* | 127.*) ALLOW="allow:$1@private" ;;
	*) ALLOW="allow:$2" ;;
	esac
}

# What was reached, and what was refused.
verdicts() {
	python3 -c '
import json, sys
for row in sorted({"%s %s" % (r["host"], r["verdict"]) for r in json.load(open(sys.argv[1]))["egress"]}):
    print(row)' "$CASE/report.json"
}

commit() {
	as_user git -c init.defaultBranch=main init -q
	as_user git add .
	as_user git -c user.name=t -c user.email=t@t commit -qm one
}

# How many packages a tree of npm's holds, and their digests.
installed() { python3 -c '
import json, sys
rows = json.load(sys.stdin)["packages"]
print(len(rows), *sorted("%s %s" % (k, v.get("integrity")) for k, v in rows.items()), sep="\n")'; }

NPM='npm --no-audit --no-fund --no-update-notifier --loglevel error'

@test "npm ci of a lockfile with more than 200 packages: what is installed inside is what is outside" {
	[ -e /usr/bin/npm ] || skip "/usr/bin/npm is not here"
	permitted registry.npmjs.org npm
	echo '{"name": "project", "version": "1.0.0", "dependencies": {"jest": "29.7.0"}}' |
		as_user tee package.json >/dev/null
	as_user env PATH=/usr/bin:/bin $NPM install --ignore-scripts || skip "npm does not reach its registry"
	installed <node_modules/.package-lock.json >"$CASE/outside"
	[ "$(head -n 1 "$CASE/outside")" -gt 200 ] || fail "a tree of only $(head -n 1 "$CASE/outside") packages"
	as_user sh -c 'rm -rf node_modules'
	commit
	as_user "$COFFERDAM" run -q --net "$ALLOW" --app-size 1G --report "$CASE/report.json" "$CASE/repo" -- sh -c "
		PATH=/usr/bin:/bin $NPM ci --ignore-scripts >&2 && node node_modules/.bin/jest --version >&2 &&
		cat node_modules/.package-lock.json" >"$CASE/lock"
	is "$(installed <"$CASE/lock")" "$(<"$CASE/outside")" "what was installed"
	is "$(verdicts)" "registry.npmjs.org allowed" "what was reached"
}

@test "apt-get update and download: what comes is signed, and whole" {
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || skip "/usr/share/keyrings/debian-archive-keyring.gpg is not here"
	permitted deb.debian.org debian
	as_user "$COFFERDAM" run -q --net "$ALLOW" --app-size 1G --report "$CASE/report.json" none -- sh -ec '
		mkdir -p apt/lists/partial apt/cache/archives/partial apt/etc
		: >apt/status
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian stable main" \
			>apt/etc/sources.list
		set -- -qq -o Dir::Etc=$PWD/apt/etc -o Dir::State=$PWD/apt -o Dir::State::status=$PWD/apt/status \
			-o Dir::Cache=$PWD/apt/cache -o APT::Sandbox::User= -o Debug::NoLocking=1
		apt-get "$@" update
		apt-get "$@" download hello
		dpkg-deb --field hello_*.deb Package' >"$CASE/out" 2>"$CASE/err" || fail "$(<"$CASE/err")"
	is "$(<"$CASE/out")" hello "the package"
	is "$(verdicts | grep -v ' refused$')" "deb.debian.org allowed" "what was reached"
}

@test "a package that is not permitted by its host does not come, and the end says why" {
	local status=0

	[ -e /usr/bin/npm ] || skip "/usr/bin/npm is not here"
	permitted registry.npmjs.org npm
	as_user "$COFFERDAM" run --net allow:debian --report "$CASE/report.json" none -- \
		$NPM view jest version 2>"$CASE/err" || status=$?
	[ "$status" != 0 ] || fail "it came all the same"
	contains "$(<"$CASE/err")" "allow:registry.npmjs.org"
}
