# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Completion of blctl for bash: commands, their words, and the names that the instance has.
# Installed as /usr/share/bash-completion/completions/blctl; or: source app/blctl/completion.bash

# The first column of a table of the instance that the line names.
_blctl_names()
{
	"${COMP_WORDS[0]}" "${_blctl_instance[@]}" show "$1" 2>/dev/null |
		awk 'NR > 1 && NF > 1 { print $1 } NF == 0 { exit }'
}

_blctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i
	local -a said=() _blctl_instance=()
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n | -s | --name | --socket)
			_blctl_instance+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
			i=$((i + 1))
			;;
		-i | --interval | -c | --count | -w | --write | -r | --read | --at | --confirm)
			i=$((i + 1)) # its value is no word
			;;
		-*) ;;
		*) said+=("${COMP_WORDS[i]}") ;;
		esac
	done
	local words=
	case $before in
	--at)
		mapfile -t COMPREPLY < <(compgen -W "rx tx drop" -- "$word")
		return
		;;
	-s | --socket | -w | --write | -r | --read)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	-n | --name)
		for i in /run/burstline/*.sock; do
			i=${i##*/}
			words+=" ${i%.sock}"
		done
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		return
		;;
	esac
	case $word in
	-*)
		words="--name --socket --json --help --version"
		case ${said[0]-} in
		top) words+=" --interval --count" ;;
		events) words+=" --follow" ;;
		capture) words+=" --at --write --count" ;;
		explain) words+=" --read" ;;
		apply) words+=" --confirm" ;;
		save) words+=" --force" ;;
		esac
		;;
	*) case ${#said[@]},${said[*]} in
		0,*) words="show top ping clear events neighbour fdb port capture explain"
			words+=" check diff apply confirm rollback save" ;;
		1,show)
			words="ports workers handlers rings drops neighbours fdb bridges interfaces"
			words+=" config plan"
			;;
		2,show\ config | 2,show\ plan) ;;
		2,show\ *) words=$(_blctl_names "${said[1]}") ;;
		1,check | 1,diff | 1,apply | 1,save)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
			;;
		1,capture | 1,explain) words=$(_blctl_names ports) ;;
		1,neighbour) words="add del" ;;
		2,neighbour\ *) words=$(_blctl_names interfaces) ;;
		1,fdb) words="add del flush" ;;
		2,fdb\ *) words=$(_blctl_names bridges) ;;
		4,fdb\ add\ *) words=$(_blctl_names ports) ;;
		3,fdb\ flush\ *) words="port vlan" ;;
		4,fdb\ flush\ *\ port) words=$(_blctl_names ports) ;;
		5,fdb\ flush\ *\ port\ * | 5,fdb\ add\ * | 4,fdb\ del\ *) words=vlan ;;
		1,port) words="up down" ;;
		2,port\ *) words=$(_blctl_names ports) ;;
		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _blctl blctl
