# Offer words that begin with what stands there.
_cofferdam_offer()
{
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

_cofferdam_files()
{
	compopt -o filenames
	_cofferdam_offer -f
}

# What follows the # of a local repository: its branches and tags. A name may hold a $ or a quote,
# and compgen -W would expand it: it is quoted, and nothing of it is read by the shell.
_cofferdam_ref()
{
	local place=${cur%#*} begun=${cur##*#} ref

	while IFS= read -r ref; do
		[[ $ref != "$begun"* ]] || COMPREPLY+=("$place#$(printf %q "$ref")")
	done < <(git -C "${place/#\~\//$HOME/}" for-each-ref --format='%(refname:strip=2)' \
		refs/heads refs/tags 2>/dev/null)
}

# A local directory, or none; what else a SOURCE may be cannot be guessed.
_cofferdam_source()
{
	if [[ $cur == ?*#* ]]; then
		_cofferdam_ref
		return
	fi
	compopt -o filenames
	_cofferdam_offer -d -W "none $1"
}

# COMMAND and its arguments, from word number $1 on, as that command completes them itself
# where bash-completion knows it.
_cofferdam_command()
{
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		_cofferdam_offer -c
	else
		_cofferdam_files
	fi
}

_cofferdam_of_value()
{
	local done

	case $kind in
	words) _cofferdam_offer -W "$words" ;;
	perhaps) _cofferdam_source "$words" ;;
	file) _cofferdam_files ;;
	user) _cofferdam_offer -u ;;
	variable) _cofferdam_offer -e ;;
	list)
		done=${cur%"${cur##*,}"}
		cur=${cur##*,}
		_cofferdam_offer -P "$done" -W "$words"
		;;
	esac
}

# Readline takes the = of --NAME=VALUE for a word of its own.
_cofferdam()
{
	local cur=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} kind words i
	local verb=${COMP_WORDS[1]}

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_cofferdam_offer -W "$_cofferdam_verbs"
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			_cofferdam_command $((i + 1))
			return
		fi
	done
	if [[ $cur == = || $last == = ]]; then
		[[ $cur != = ]] || cur=
		[[ $last != = ]] || last=${COMP_WORDS[COMP_CWORD - 2]}
		_cofferdam_value "$last"
		[[ $kind != perhaps ]] || kind=words
		_cofferdam_of_value
		return
	fi
	_cofferdam_value "$last"
	if [[ -n $kind && ! ($kind == perhaps && $cur == -*) ]]; then
		_cofferdam_of_value
	elif [[ $cur == -* ]]; then
		_cofferdam_offer -W "$(_cofferdam_options "$verb")"
	elif [[ $verb == help ]]; then
		_cofferdam_offer -W "$_cofferdam_verbs"
	elif [[ $_cofferdam_builders == *" $verb "* ]]; then
		_cofferdam_source
	elif [[ $_cofferdam_shells == *" $verb "* ]]; then
		_cofferdam_files
	elif [[ $_cofferdam_readers == *" $verb "* ]]; then
		if ((COMP_CWORD == 2)); then
			_cofferdam_offer -W merge
		else
			_cofferdam_files
		fi
	fi
}

complete -F _cofferdam cofferdam
