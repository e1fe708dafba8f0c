#!/bin/sh
# compare.sh: our numbers beside the paper's.
#
#   compare.sh OUT_DIR PAPER_DIR LAYER      writes comparison.tsv to stdout
#   compare.sh --print comparison.tsv       the same for people, at most 100 columns wide
#
# OUT_DIR holds verification/, identification_closed/ and identification_open/ as run.sh leaves them.
# The paper's verification is that of one network with mirror images, its identification that of 25
# networks, both by Joint Bayesian: they stand in its rows. Accuracy is NA where there is one fold.
# accuracy_fc1 .. are those of every layer by Joint Bayesian, beside the paper's figure of FC-1 to FC-4.
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        BEGIN { printf "\n%-22s %-15s %8s %22s %18s\n", "", "metric", "paper", "here",
                       "95 % interval" }
        function shown(x) { return x == "NA" ? "NA" : sprintf("%.2f %%", 100 * x) }
        NR > 1 {
            here = shown($4)
            if ($5 != "NA") here = sprintf("%.2f +- %.2f %%", 100 * $4, 100 * $5)
            interval = $6 == "NA" ? "NA" : sprintf("%.2f to %.2f", 100 * $6, 100 * $7)
            printf "%-22s %-15s %8s %22s %18s\n", $1 == last ? "" : $1, $2, shown($3), here, interval
            last = $1
        }
        END { print "" }' "$2"
fi

[ $# -eq 3 ] || { echo "usage: compare.sh OUT_DIR PAPER_DIR LAYER" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' -v layer="$3" '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /results\.tsv$/ {
        value[$at["task"], $at["method"]] = $at["value_pct"]
        next
    }
    FILENAME ~ /lfw_layers\.tsv$/ {
        name = tolower($at["layer"])
        sub(/-/, "", name)
        if ($at["variant"] == "deepid2plus") paper_layer[name] = $at["accuracy"]
        next
    }
    FILENAME ~ /verification\/accuracy\.tsv$/ && $at["metric"] == "joint_bayesian" {
        name = $at["layer"]
        each[++layers] = "accuracy_" name OFS $at["metric"] OFS \
            (name in paper_layer ? paper_layer[name] : "NA") OFS $at["estimate"] OFS $at["se"] OFS \
            $at["ci_low"] OFS $at["ci_high"]
    }
    $at["layer"] != layer { next }
    function row(quantity, task, method, estimate, se, low, high,    paper) {
        paper = $at["metric"] == "joint_bayesian" ? sprintf("%.9g", value[task, method] / 100) : "NA"
        print quantity, $at["metric"], paper, $at[estimate], se == "" ? "NA" : $at[se], $at[low],
            $at[high]
    }
    FILENAME ~ /verification\/accuracy\.tsv$/ {
        row("accuracy", "lfw_verification", "deepid2plus_single_net_with_mirror", "estimate", "se",
            "ci_low", "ci_high")
        best[++count] = "accuracy_at_best" OFS $at["metric"] OFS "NA" OFS $at["best_accuracy"] OFS \
            "NA" OFS "NA" OFS "NA"
        next
    }
    FILENAME ~ /closed/ {
        row("closed_set_rank1", "lfw_closed_set", "deepid2plus_25_nets", "rank1", "",
            "rank1_ci_low", "rank1_ci_high")
        next
    }
    {
        row("open_set_dir_at_1_far", "lfw_open_set", "deepid2plus_25_nets", "dir_at_far_0.01", "",
            "dir_ci_low", "dir_ci_high")
    }
    BEGIN { print "quantity", "metric", "paper", "estimate", "se", "ci_low", "ci_high" }
    END {
        for (i = 1; i <= count; i++) print best[i]
        for (i = 1; i <= layers; i++) print each[i]
    }
    ' "$2/results.tsv" "$2/lfw_layers.tsv" "$1/verification/accuracy.tsv" \
    "$1/identification_closed/identification.tsv" "$1/identification_open/identification.tsv"
