#!/bin/sh
# summary.sh: accuracy of each layer beside the paper's, and FC-4's activity by dropout, for people.
#
#   summary.sh layers.tsv
set -eu
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: summary.sh layers.tsv" >&2 && exit 2; }
awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    {
        variant = $at["variant"]
        layer = $at["layer"]
        if (!(variant in seen)) { seen[variant]; order[++variants] = variant }
        cosine[variant, layer] = $at["cosine_accuracy"]
        sd[variant, layer] = $at["cosine_sd"]
        lfw[variant, layer] = $at["lfw_accuracy"]
        lfw_sd[variant, layer] = $at["lfw_sd"]
        if ($at["lfw_accuracy"] != "NA") measured = 1
        paper[variant, layer] = $at["paper_accuracy"]
        active[variant, layer] = $at["active_share"]
        spread[variant, layer] = $at["active_sd"]
    }
    function percent(x) { return x == "NA" || x == "" ? "NA" : sprintf("%.1f", 100 * x) }
    function both(x, s) { return percent(x) == "NA" ? "NA" : percent(x) " +- " percent(s) }
    END {
        printf "\n%-27s%-7s%15s%15s%15s%15s\n", "accuracy, %", "", "FC-1", "FC-2", "FC-3", "FC-4"
        for (v = 1; v <= variants; v++) {
            name = order[v]
            if (name ~ /^dropout_/) { any = 1; continue }
            printf "%-27s%-7s", name, "here"
            for (k = 1; k <= 4; k++) printf "%15s", both(cosine[name, "fc" k], sd[name, "fc" k])
            if (measured) printf "\n%-27s%-7s", "", "LFW"
            for (k = 1; measured && k <= 4; k++)
                printf "%15s", both(lfw[name, "fc" k], lfw_sd[name, "fc" k])
            printf "\n%-27s%-7s", "", "paper"
            for (k = 1; k <= 4; k++) printf "%15s", percent(paper[name, "fc" k])
            print ""
        }
        print "here: held-out pairs by cosine distance" (measured ? "; LFW: ours by Joint Bayesian" : "") \
              "; paper: LFW by Joint Bayesian"
        if (any) printf "\n%-27s%22s\n", "dropout", "FC-4 active, %"
        for (v = 1; v <= variants; v++) {
            name = order[v]
            if (name ~ /^dropout_/)
                printf "%-27s%22s\n", substr(name, 9), both(active[name, "fc4"], spread[name, "fc4"])
        }
        print ""
    }' "$1"
