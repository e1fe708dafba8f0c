#!/bin/sh
# compare.sh: every experiment beside the paper, in one table.
#
#   compare.sh OUT_DIR drawn|photographs     writes paper_vs_ours.tsv to stdout
#   compare.sh --print paper_vs_ours.tsv     the same for people, at most 100 columns wide
#
# OUT_DIR holds STUDY/comparison.tsv as the experiments leave them, or some of them; rules.tsv says
# which numbers are compared, and by what rule (judge.awk).
set -eu
export LC_ALL=C

here=$(dirname "$0")
if [ "${1:-}" = --print ]; then
    exec awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function shown(x) { return x == "NA" ? "-" : sprintf("%.4g", x) }
        {
            verdict = $at["agrees"]
            count[verdict]++
            if (verdict == "not_comparable") next
            quantity = $at["quantity"]
            if (length(quantity) > 56) quantity = substr(quantity, 1, 54) ".."
            if (!shown_any++) printf "%-8s %-56s %9s %9s  %s\n", "", "", "paper", "here", "agrees"
            printf "%-8s %-56s %9s %9s  %s\n", $at["place"], quantity, shown($at["paper"]), \
                   shown($at["ours"]), verdict
        }
        END {
            printf "%d agree in shape, %d don'\''t, %d don'\''t compare (the table says why)\n", \
                   count["yes"], count["no"], count["not_comparable"]
        }' "$2"
fi

[ $# -eq 2 ] || { echo "usage: compare.sh OUT_DIR drawn|photographs" >&2 && exit 2; }
out=$1
drawn=0
[ "$2" = photographs ] || drawn=1
studies=$(awk -F '\t' 'NR > 1 && !($2 in seen) { seen[$2]; print $2 }' "$here/rules.tsv")
set --
for name in $studies; do
    [ ! -r "$out/$name/comparison.tsv" ] || set -- "$@" "of=$name" "$out/$name/comparison.tsv"
done
exec awk -F '\t' -v OFS='\t' -v drawn="$drawn" -f "$here/judge.awk" "$here/rules.tsv" "$@"
