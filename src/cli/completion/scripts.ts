// SPDX-License-Identifier: Apache-2.0
/**
 * The completion script of each shell. It passes the words up to the cursor to `balancing __complete`, which prints one candidate a
 * line (value, tab, description) and at the end `:`, `:files` or `:directories`, which the shell completes itself.
 */
export const SCRIPTS = {
  bash: `# bash completion for balancing. In ~/.bashrc: source <(balancing completion bash)
_balancing() {
	local words line current directive=: left=\${COMP_LINE:0:COMP_POINT}
	# Not COMP_WORDS: that is cut at = too.
	read -ra words <<<"$left"
	[[ $left == *[[:space:]] ]] && words+=('')
	current=\${words[-1]}
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:*) directive=$line ;;
		*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
		esac
	done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
	if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
		COMPREPLY=("\${COMPREPLY[@]#"\${current%%=*}="}")
		current=\${current#*=}
	fi
	case $directive in
	:files) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	:directories) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	*) return ;;
	esac
	compopt -o filenames
}
complete -F _balancing balancing
`,
  zsh: `#compdef balancing
# zsh completion for balancing. In ~/.zshrc, after compinit: source <(balancing completion zsh)
_balancing() {
	local line directive=:
	local -a candidates
	for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
		case $line in
		:*) directive=$line ;;
		*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
		esac
	done
	(( \${#candidates} )) && _describe balancing candidates
	[[ $PREFIX == --*=* ]] && compset -P '*='
	case $directive in
	:files) _files ;;
	:directories) _files -/ ;;
	esac
}
compdef _balancing balancing
# From a folder of $fpath this file is the function itself.
[[ $funcstack[1] == _balancing ]] && _balancing "$@"
true
`,
  fish: `# fish completion for balancing: balancing completion fish > ~/.config/fish/completions/balancing.fish
function __balancing_complete
    set -l words (commandline -opc)
    set -l current "$(commandline -ct)"
    set -l directive
    for line in ($words[1] __complete -- $words[2..] $current 2>/dev/null)
        switch $line
            case ':*'
                set directive $line
            case '*'
                echo $line
        end
    end
    set -l prefix (string match -r -- '^--[^=]+=' $current)
    set -l begun (string replace -r -- '^--[^=]+=' '' $current)
    switch $directive
        case ':files'
            __fish_complete_path $begun | string replace -r '^' -- "$prefix"
        case ':directories'
            __fish_complete_directories $begun | string replace -r '^' -- "$prefix"
    end
end
complete -c balancing -f -a '(__balancing_complete)'
`,
} as const
