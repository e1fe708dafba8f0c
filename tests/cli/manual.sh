#!/bin/sh
# manual.sh BUILD: every program has a manual page with all options that its --help has; text with
# backslashes, dots and dashes comes through as it is.
set -u
build=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v mandoc >/dev/null || { echo "skipped: mandoc is not installed"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

failures=0
complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# shown PAGE: as man shows it, blanks and line ends made one blank
shown() {
    mandoc -T utf8 "$1" | sed 's/.\x08//g' | tr -s ' \t\n' ' '
}
check() {
    page=$1
    shift
    [ -s "$build/$page.1" ] || { complain "no page $page"; return; }
    mandoc -T lint -W warning "$build/$page.1" | grep -v 'missing date' >"$work/lint" && complain "$(cat "$work/lint")"
    shown "$build/$page.1" >"$work/page"
    "$@" --help >"$work/help" || complain "$page: --help"
    sed -n 's/^ \{2,6\}\(-[^ ]*\( --[^ ]*\)*\).*/\1/p' "$work/help" >"$work/options"
    [ -s "$work/options" ] || complain "$page: no options"
    while read -r option; do
        grep -q -- " $option " "$work/page" || complain "$page lacks $option"
    done <"$work/options"
    grep -q -- "NAME $* - \|NAME $page - \|NAME $(echo "$page" | sed 's/model-/model /') - " "$work/page" ||
        complain "$page: its name"
}

count=0
for program in "$build"/*/*/facet-* "$build"/*/facet-*; do
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
    check "$(basename "$program")" "$program"
    count=$((count + 1))
done
[ $count -ge 12 ] || complain "$count programs"
for command in $("$build/engine/programs/facet-model" --help | sed -n 's/^\([a-z]*\): .*/\1/p' | grep -v Commands); do
    check "facet-model-$command" "$build/engine/programs/facet-model" "$command"
done

cat >"$work/help" <<'END'
made-up: does it. And more.

Usage: made-up [OPTION]... FILE

Examples:
  made-up 'a\n' \
      --twice
  .made

What \fBit\fR says: C:\dir
.starts with a dot

Options:
  -a, --all-of-it FILE  what
                        --more there is
      --a-very-long-option-name NAME text
  -h, --help            this

One note - of two lines,
'quoted'.

See also: others
END
awk -v version=1.2 -f "$here/../../engine/programs/manual.awk" "$work/help" >"$work/made.1" || complain "made-up"
shown "$work/made.1" >"$work/page"
for text in "NAME made-up - does it. And more SYNOPSIS made-up \[OPTION\]... FILE EXAMPLE" \
    "made-up 'a\\\\n' \\\\ --twice .made DESCRIPTION" \
    'What \\fBit\\fR says: C:\\dir .starts with a dot' '-a, --all-of-it FILE what --more there is' \
    '--a-very-long-option-name NAME text' "NOTES One note - of two lines, 'quoted'. SEE ALSO others" 'facet 1.2'; do
    grep -q -- "$text" "$work/page" || complain "not in the page: $text
$(cat "$work/page")"
done
echo "no help" | awk -v version=1 -f "$here/../../engine/programs/manual.awk" >/dev/null 2>"$work/messages" &&
    complain "no help is taken"
grep -q 'this is no help' "$work/messages" || complain "nothing said of what is no help"

[ $failures -eq 0 ] && echo "$count programs have their manual page"
[ $failures -eq 0 ]
