# shellcheck shell=sh disable=SC2154,SC2034
# drawing.sh: what tests of figures share. They set root, plot, python and tables, and source this
# file in a scratch folder.

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}

# draws FIGURE FILE [OPTION]...: succeeds without a word
draws() {
    figure=$1 file=$2
    shift 2
    if ! "$plot" "$figure" "$tables" -o "$file" "$@" >messages 2>&1; then
        complain "$figure to $file: exit status"
    elif [ -s messages ]; then
        complain "$figure to $file: messages"
    elif ! [ -s "$file" ]; then
        complain "$figure to $file: nothing written"
    fi
}

# refuses STATUS PATTERN ARGUMENT...: exits so, says so, writes nothing
refuses() {
    status=$1 pattern=$2
    shift 2
    rm -rf out && mkdir out
    "$plot" "$@" >messages 2>&1
    found=$?
    [ $found -eq "$status" ] || complain "facet-plot $*: status $found, expected $status"
    grep -q -- "$pattern" messages || complain "facet-plot $*: expected a message like: $pattern"
    [ -z "$(ls -A out)" ] || complain "facet-plot $*: left $(ls -A out)"
}

is_kind() {
    case $1 in
        *.svg) "$python" -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$1" ;;
        *.png) [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] ;;
        *.pdf) [ "$(head -c 5 "$1")" = %PDF- ] ;;
        *.tex) grep -q "includegraphics.*{${1%.tex}}" "$1" && [ -s "${1%.tex}.pdf" ] ;;
    esac
}

# in_every_format FIGURE: in each of them, with the same bytes twice; and it is installed
in_every_format() {
    for format in svg png pdf tex; do
        for run in first second; do
            draws "$1" "$run.$format"
            is_kind $run.$format 2>messages || complain "$1: not a $format file"
        done
        [ $format = tex ] && sed -i s/second/first/ second.tex
        cmp -s first.$format second.$format || complain "$1.$format: bytes differ"
    done
    grep -q "$1.gp" "$root/plots/meson.build" || complain "$1 is not installed"
}

# prints FIGURE TEXT...: whole.svg has these words
prints() {
    figure=$1
    shift
    sed 's/<[^>]*>//g' whole.svg | tr -d '\n' | tr -s ' ' >words
    for text; do
        grep -q -- "$text" words || complain "$figure does not print: $text"
    done
}
