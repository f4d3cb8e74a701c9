# bash completion for precast(1)
_precast()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}
    local words=

    case $COMP_CWORD:$noun in
        1:*) words="scan run fn gen image device fabric doctor twin --help --version" ;;
        2:fn) words="list show trace bench" ;;
        2:gen) words="packets wifi lte mix" ;;
        2:image) words="list check" ;;
        2:device) words="list" ;;
        2:twin) words="compare watch replay history at diff whatif fmu describe campaign bisect" ;;
        *)
            case $prev in
                --body) words="c rtl" ;;
                --width) words="32 64" ;;
                --in | --out | --port | --socket | --history | --telemetry | --metrics | --slot-image | --fst) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                show | trace | bench | fmu | describe | campaign) words=$(precast fn list 2>/dev/null | cut -d' ' -f1) ;;
                check) words="$(precast image list 2>/dev/null | cut -d' ' -f1 | sort -u) --json --help" ;;
                *)
                    case $noun:$verb in
                        scan:*) words="--format --rate --pcap --json --help" ;;
                        run:*) words="--in --out --port --history --history-bytes --telemetry --metrics --json --help" ;;
                        twin:replay) words="--node --from --to --body --out --json --help" ;;
                        twin:watch) words="--follow --json --help" ;;
                        twin:history) words="--since --type --summary --json --help" ;;
                        twin:at) words="--node --json --help" ;;
                        twin:whatif) words="--set --node --last --json --help" ;;
                        fn:trace) words="--in --set --body --width --json --help" ;;
                        fabric:*) words="--socket --slots --width --help" ;;
                        twin:fmu) words="--out --help" ;;
                        twin:describe) words="--wot --base --help" ;;
                        twin:campaign) words="--faults --part --n --seed --window --settings --items --json --help" ;;
                        twin:bisect)
                            words="--slot-image --fst --budget --json --help"
                            [[ $cur == -* ]] || { COMPREPLY=($(compgen -f -- "$cur")); return; } ;;
                        gen:packets) words="--count --out --seed --flows --help" ;;
                        *) words="--json --help" ;;
                    esac
                    ;;
            esac
            ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ ${#COMPREPLY[@]} -eq 0 && ($noun == run || $noun == scan || $noun == twin) ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -F _precast precast
