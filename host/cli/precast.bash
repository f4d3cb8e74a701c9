# bash completion for precast(1): commands, options and their values come from
# what the program itself says with --help.
_precast()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}
    local help= words=

    case $COMP_CWORD:$noun in
        1:*) words="$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' | uniq) --help --version" ;;
        2:fn | 2:gen | 2:image | 2:device | 2:twin)
            words=$("$program" "$noun" --help 2>/dev/null | sed -n "s/^  $noun \([a-z]*\) .*/\1/p") ;;
        *)
            case $noun in
                fn | gen | image | device | twin) help=$("$program" "$noun" "$verb" --help 2>/dev/null) ;;
                *) help=$("$program" "$noun" --help 2>/dev/null) ;;
            esac
            if [[ $prev == --* && $help =~ $prev\ ([a-z0-9.]+([|,][a-z0-9.]+)+) ]]; then
                words=${BASH_REMATCH[1]//[|,]/ }
            elif [[ $prev == --device ]]; then
                words="sim socket: serial: board:"
            elif [[ $noun == scan && $prev == --fabric ]]; then
                words=$(sed -n '/to sample TO:/,/^--/{/^--/d;s/.*TO://;s/[,;]/ /g;p}' <<<"$help")
            elif [[ $noun == fn || $noun:$verb =~ ^twin:(fmu|describe|campaign)$ ]] && [[ $COMP_CWORD -eq 3 && $cur != -* ]]; then
                words=$("$program" fn list 2>/dev/null | cut -d' ' -f1)
            elif [[ $noun:$verb == image:check && $cur != -* ]]; then
                words=$("$program" image list 2>/dev/null | cut -d' ' -f1 | sort -u)
            elif [[ $cur == -* ]]; then
                words="$(grep -oE -- '--[a-z0-9-]+' <<<"$help" | sort -u) --help"
            fi
            ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ ${#COMPREPLY[@]} -eq 0 && $COMP_CWORD -ge 2 && $cur != -* ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -F _precast precast
