#!/bin/sh
# compare.sh: our numbers beside the paper's Table 4, for one network.
#
#   compare.sh TABLES_DIR PAPER_DIR LAYER    writes comparison.tsv to stdout
#   compare.sh --print comparison.tsv        the same for people, at most 100 columns wide
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        function percent(x) { return x == "NA" ? "NA" : sprintf("%.2f", 100 * x) }
        NR == 1 {
            printf "%-8s %-15s %9s %18s   %s\n", "values", "classifier", "paper, %", "here, %", \
                   "95 % interval"
            next
        }
        {
            ours = percent($4)
            if ($5 != "NA") ours = ours " +- " percent($5)
            printf "%-8s %-15s %9s %18s   %s to %s\n", $1, $2, percent($3), ours, percent($6), \
                   percent($7)
        }' "$2"
fi

[ $# -eq 3 ] || { echo "usage: compare.sh TABLES_DIR PAPER_DIR LAYER" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' -v layer="$3" '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /lfw_binarization/ {
        if ($at["nets"] == "single")
            paper[$at["features"], $at["classifier"]] = $at["accuracy_pct"] / 100
        next
    }
    $at["layer"] == layer && $at["networks"] == 1 {
        if (!rows++) print "values", "classifier", "paper", "ours", "se", "ci_low", "ci_high"
        kind = $at["values"] SUBSEP $at["classifier"]
        print $at["values"], $at["classifier"], kind in paper ? paper[kind] : "NA", \
              $at["estimate"], $at["se"], $at["ci_low"], $at["ci_high"]
    }
    END {
        if (!rows) {
            print "compare.sh: no numbers of layer " layer >"/dev/stderr"
            exit 1
        }
    }' "$2/lfw_binarization.tsv" "$1/table4.tsv"
