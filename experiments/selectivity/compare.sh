#!/bin/sh
# compare.sh: our numbers beside the paper's Fig. 7, 8 and 9.
#
#   compare.sh TABLES_DIR PAPER_DIR LAYER    writes comparison.tsv to stdout
#
# figure07: all neurons together, by a linear SVM; figure08, figure09: the best single neuron for a
# person, for an attribute. First the paper's targets in its order (ours is NA where they weren't
# measured), then our others. Names are compared without regard to case.
set -eu
export LC_ALL=C

[ $# -eq 3 ] || { echo "usage: compare.sh TABLES_DIR PAPER_DIR LAYER" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' -v layer="$3" '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; file = FILENAME; next }
    function known(figure, target) { # the number of that row
        key = figure OFS tolower(target)
        if (!(key in number)) { number[key] = ++rows; name[rows] = figure OFS target }
        return number[key]
    }
    file ~ /figure0[789]_/ {
        if ($at["features"] == "deepid2plus") {
            match(file, /figure0[789]/)
            label = "attribute" in at ? $at["attribute"] : $at["identity"]
            paper[known(substr(file, RSTART, RLENGTH), label)] = $at["accuracy"]
        }
        next
    }
    $at["layer"] != layer { next }
    file ~ /targets\.tsv$/ {
        kind[$at["target"]] = $at["kind"]
        best = $at["best_excitatory_accuracy"]
        other = $at["best_inhibitory_accuracy"]
        if (best == "NA" || other != "NA" && other + 0 > best + 0) best = other
        row = known($at["kind"] == "identity" ? "figure08" : "figure09", $at["target"])
        ours[row] = best
        next
    }
    $at["classifier"] == "svm" && kind[$at["target"]] == "attribute" {
        row = known("figure07", $at["target"])
        ours[row] = $at["estimate"]
        low[row] = $at["ci_low"]
        high[row] = $at["ci_high"]
    }
    function get(from, row) { return row in from ? from[row] : "NA" }
    END {
        print "figure", "target", "paper", "ours", "ci_low", "ci_high"
        for (row = 1; row <= rows; row++)
            print name[row], get(paper, row), get(ours, row), get(low, row), get(high, row)
    }' "$2"/figure0[789]_*.tsv "$1/targets.tsv" "$1/classifiers.tsv"
