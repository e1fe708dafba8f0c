#!/bin/sh
# summary.sh: one layer's activity at the start and the end of each training, for people.
#
#   summary.sh origin_final.tsv LAYER
set -eu
export LC_ALL=C

[ $# -eq 2 ] || { echo "usage: summary.sh origin_final.tsv LAYER" >&2 && exit 2; }
awk -F '\t' -v layer="$2" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["layer"] != layer { next }
    function percent(name) {
        return $at[name] == "NA" ? "NA" : sprintf("%.1f %%", 100 * $at[name])
    }
    !any++ {
        printf "\n%s           active share at the start   at the end   accuracy: cosine  Euclidean\n", \
            toupper(substr(layer, 1, 2)) "-" substr(layer, 3)
        paper = percent("paper_active_share")
    }
    {
        printf "%-14s %-8s %13s (epoch %-5s %12s %18s %10s%s\n", $at["factor"] == before ? "" : \
            $at["factor"], $at["value"], percent("first_active_share"), \
            ($at["first_epoch"] == "NA" ? "NA" : sprintf("%.3g", $at["first_epoch"])) ")", \
            percent("active_share"), percent("cosine_accuracy"), percent("euclidean_accuracy"), \
            $at["outcome"] == "diverged" ? "  diverged" : $at["base"] ? "  base" : ""
        before = $at["factor"]
    }
    END {
        if (!any) { print "summary.sh: no rows of layer " layer >"/dev/stderr"; exit 1 }
        if (paper != "NA") print "\npaper: " paper " of FC-4 active, of a network trained on 290,000 images"
        print ""
    }' "$1"
