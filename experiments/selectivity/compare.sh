#!/bin/sh
# compare.sh: the best single neuron of each layer and of LBP, and all of them, beside the paper's.
#
#   compare.sh PAPER_DIR LAYER CLASSIFIERS.tsv TARGETS.tsv...    writes comparison.tsv to stdout
#   compare.sh --print comparison.tsv    the same for people, at most 100 columns wide
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        function percent(x) { return x == "NA" ? x : sprintf("%.1f", 100 * x) }
        NR == 1 || $3 != "single" { next }
        {
            if (!($1 in seen)) { seen[$1] = 1; targets[++count] = $1 }
            if (!($2 in known)) { known[$2] = 1; layers[++width] = $2 }
            ours[$1, $2] = percent($5)
            if ($4 != "NA") { paper[$1, $2] = percent($4); beside[$2] = 1 }
        }
        END {
            printf "%-22s", "best single neuron, %"
            for (l = 1; l <= width; l++)
                printf " %7s%s", layers[l], layers[l] in beside ? "  (paper)" : ""
            print ""
            for (t = 1; t <= count; t++) {
                printf "%-22.22s", targets[t]
                for (l = 1; l <= width; l++) {
                    key = targets[t] SUBSEP layers[l]
                    printf " %7s%s", key in ours ? ours[key] : "NA", layers[l] in beside ? \
                        sprintf(" %8s", key in paper ? "(" paper[key] ")" : "") : ""
                }
                print ""
            }
        }' "$2"
fi

[ $# -ge 4 ] || { echo "usage: compare.sh PAPER_DIR LAYER CLASSIFIERS TARGETS..." >&2 && exit 2; }
paper=$1 layer=$2 classifiers=$3
shift 3
awk -F '\t' -v OFS='\t' -v layer="$layer" '
    function plain(name) {
        name = tolower(name)
        gsub(/ /, "_", name)
        sub(/_score$/, "", name)
        return name
    }
    function theirs(measure, of, name,    key) {
        key = measure SUBSEP plain(name) SUBSEP (of == layer ? "deepid2plus" : \
            of == "lbp" && measure == "single" ? "high_dim_lbp" : "")
        return key in paper ? paper[key] : "NA"
    }
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /figure0[789]_/ {
        paper[FILENAME ~ /figure07/ ? "svm" : "single", plain($1), $at["features"]] = $at["accuracy"]
        next
    }
    !rows++ {
        print "target", "layer", "measure", "paper", "ours", "chosen", "neuron", "direction", "selective"
    }
    "classifier" in at {
        if ($at["classifier"] == "svm")
            print $1, $at["layer"], "svm", theirs("svm", $at["layer"], $1), $at["estimate"], "NA", \
                "NA", "NA", "NA"
        next
    }
    {
        best = $at["best_excitatory_accuracy"]
        other = $at["best_inhibitory_accuracy"]
        which = best == "NA" || (other != "NA" && other > best) ? "inhibitory" : "excitatory"
        print $1, $at["layer"], "single", theirs("single", $at["layer"], $1), \
            $at["best_" which "_accuracy"], $at["chosen_" which "_accuracy"], $at["best_" which], \
            which, ($at["tested"] > 0 ? sprintf("%.9g", $at["selective"] / $at["tested"]) : "NA")
    }
    END {
        if (!rows) {
            print "compare.sh: no targets" >"/dev/stderr"
            exit 1
        }
    }' "$paper"/figure07_attributes.tsv "$paper"/figure08_*.tsv "$paper"/figure09_*.tsv "$@" \
    "$classifiers"
