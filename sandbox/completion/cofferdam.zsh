# A local directory with its branches and tags behind a #, or none; what else a SOURCE may be cannot be guessed.
_cofferdam_source() {
	if [[ $PREFIX == ?*\#* ]]; then
		local place=${(Q)${PREFIX%\#*}}
		local -a refs=(${(f)"$(git -C "${place/#\~\//$HOME/}" for-each-ref \
			--format='%(refname:strip=2)' refs/heads refs/tags 2>/dev/null)"})

		compset -P '*\#'
		compadd -a refs
		return
	fi
	_alternative 'empty:an empty directory:(none)' 'directories:a local repository:_directories'
}

# What stands behind the --, as that command completes it.
_cofferdam_command() {
	local -i dashes=$words[(i)--]

	(( dashes < CURRENT )) || return 1
	shift dashes words
	(( CURRENT -= dashes ))
	_normal
}

local curcontext=$curcontext state line
local -A opt_args

_arguments -C '1:verb:->verb' '*::word:->word' && return
case $state in
verb)
	_describe verb cofferdam_verbs
	;;
word)
	curcontext=${curcontext%:*}-$line[1]:
	case $line[1] in
	help) _describe verb cofferdam_verbs ;;
	*)
		local options=cofferdam_${line[1]//-/_}
		(( ! ${+parameters[$options]} )) || _arguments -S : "${(@P)options}"
		;;
	esac
	;;
esac
