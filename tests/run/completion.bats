#!/usr/bin/env bats
# Completion, in the shells that it is for, as `make install` puts it. That it knows every
# option follows from the table that it is made from, and is asked of --help all the same.

load ../lib/run

# What bash offers for the last of these words, one a line. An interactive bash sets compopt
# up; here there is nothing to set.
bash_offers() {
	bash --norc -c '
		compopt() { :; }
		. "$1/usr/share/bash-completion/completions/cofferdam"
		COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
		_cofferdam
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' - "$SUITE" "$@" | sort -u
}

offers() {
	local want=$1

	shift
	is "$(bash_offers "$@" | tr '\n' ' ')" "$want" "$*"
}

@test "bash: verbs, options, and values that are one of a few words" {
	offers 'disk doctor explain gc gitlab-executor help ps report run selftest sh shell version ' cofferdam ''
	offers 'disk doctor ' cofferdam help d
	offers '--docker-host --dry-run ' cofferdam gc --d
	offers '--docker --docker-auth --docker-base --docker-build-net --docker-host --docker-pull --docker-push --docker-tag ' \
		cofferdam run --docker
	offers 'build off raw run ' cofferdam run --docker = ''
	offers 'build ' cofferdam run --docker = b
	offers 'always auto ' cofferdam run --color a
	offers 'allow: full none ' cofferdam run --net ''
	offers 'none ' cofferdam run --docker-build-net ''
	offers 'cgroup,landlock ' cofferdam run --allow-degraded cgroup,land
}

@test "bash: files, directories for SOURCE, and the command's own words" {
	mkdir -p "$CASE/tree/one" && touch "$CASE/tree/two"
	cd "$CASE/tree"
	offers 'one two ' cofferdam run --seccomp ''
	offers 'none one ' cofferdam run ''
	offers 'build none off one raw run ' cofferdam run --docker ''
	offers '' cofferdam run --memory ''
	offers '' cofferdam doctor ''
	offers 'one two ' cofferdam sh ''
	offers 'merge ' cofferdam report ''
	offers 'one two ' cofferdam report merge ''
	git init -q -b main "$CASE/tree/repo"
	git -C "$CASE/tree/repo" -c user.name=n -c user.email=a@b.example commit -q --allow-empty -m one
	git -C "$CASE/tree/repo" tag v1.0
	git -C "$CASE/tree/repo" branch 'ma$(touch${IFS}ran)'
	offers 'repo#ma\$\(touch\$\{IFS\}ran\) repo#main ' cofferdam run 'repo#ma'
	offers 'repo#v1.0 ' cofferdam run 'repo#v'
	offers '' cofferdam run 'one#'
	[ ! -e ran ] && [ ! -e repo/ran ] || fail "the name of a branch was run"
	offers 'setpriv ' cofferdam run none -- setpri
	offers 'two ' cofferdam run none -- cat t
}

@test "bash: every option that --help has, of every verb" {
	local verb options checked=0

	for verb in run shell sh gitlab-executor explain doctor selftest gc ps report version; do
		options=$("$COFFERDAM" "$verb" --help | sed '/^Not built yet/,/^$/d' |
			grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' | grep -oE -- '--.*' | sort -u)
		for option in $options; do
			bash_offers cofferdam "$verb" "$option" | grep -qx -- "$option" ||
				fail "$verb: $option is not offered"
			checked=$((checked + 1))
		done
	done
	[ "$checked" -gt 40 ] || fail "only $checked options were found"
}

# What zsh makes of a line when Tab is pressed, on a terminal of its own.
zsh_completes() {
	timeout 20 zsh -f -c '
		zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "PS1= RPS1=; unsetopt zle_bracketed_paste; fpath=($1 \$fpath); autoload -U compinit; compinit -D -u; print -r rea\"\"dy"
		zpty -r shell text "*ready*"
		zpty -n -w shell "$2"$'"'\t'"'
		zpty -r shell text "*$3*" && print -r -- found' - "$SUITE/usr/share/zsh/site-functions" "$@"
}

@test "zsh: verbs, options, words, and the command's own" {
	is "$(zsh_completes 'cofferdam do' 'cofferdam doctor')" found "a verb"
	is "$(zsh_completes 'cofferdam gc --dry' 'cofferdam gc --dry-run')" found "an option"
	is "$(zsh_completes 'cofferdam run --docker=b' '--docker=build')" found "a word behind ="
	is "$(zsh_completes 'cofferdam run --color al' '--color always')" found "a word"
	is "$(zsh_completes 'cofferdam run --allow-degraded cgroup,land' 'cgroup,landlock')" found "a list"
	is "$(zsh_completes 'cofferdam run --seccomp /etc/os-rel' '/etc/os-release')" found "a file"
	is "$(zsh_completes 'cofferdam run no' 'cofferdam run none')" found "the empty source"
	git init -q -b main "$CASE/repo"
	git -C "$CASE/repo" -c user.name=n -c user.email=a@b.example commit -q --allow-empty -m one
	git -C "$CASE/repo" tag v1.0
	is "$(zsh_completes "cofferdam run $CASE/repo#v" 'repo#v1.0')" found "a tag"
	is "$(zsh_completes 'cofferdam run none -- setpri' '-- setpriv')" found "a command"
	is "$(zsh_completes 'cofferdam run none -- cofferdam do' '-- cofferdam doctor')" found "a command's word"
}
