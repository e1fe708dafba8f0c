#!/bin/sh
# compare.sh: our numbers beside the paper's.
#
#   compare.sh TABLES_DIR PAPER_DIR LAYER VIEW    writes comparison.tsv to stdout
#   compare.sh --print comparison.tsv             the same for people, at most 100 columns wide
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        NR > 1 { paper[$1] = $2; ours[$1] = $3; low[$1] = $4; high[$1] = $5 }
        function grouped(x,    text, out) {
            text = sprintf("%.0f", x)
            while (length(text) > 3) {
                out = "," substr(text, length(text) - 2) out
                text = substr(text, 1, length(text) - 3)
            }
            return text out
        }
        function spread(from, name, all) {
            if (from[name] == "NA") return "NA"
            return sprintf("%s +- %s of %s (%.0f %%)", grouped(from[name]), \
                           grouped(from[name "_sd"]), grouped(from[all]), \
                           100 * from[name] / from[all])
        }
        function row(label, name, all, share) {
            printf "%-25s  %-33s  %s\n", label, spread(paper, name, all), spread(ours, name, all)
            if (low[share] != "NA")
                printf "%-25s  %-33s  95 %% interval of the mean: %.1f to %.1f %%\n", "", "", \
                       100 * low[share], 100 * high[share]
        }
        END {
            printf "\n%-25s  %-33s  %s\n", "", "paper (DeepID2+)", "here"
            row("active neurons per image", "active_neurons_per_image", "neurons", "active_share")
            row("images per neuron", "images_per_neuron", "images", "images_per_neuron_share")
            print ""
        }' "$2"
fi

[ $# -eq 4 ] || { echo "usage: compare.sh TABLES_DIR PAPER_DIR LAYER VIEW" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' -v layer="$3" -v view="$4" '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /figure06_summary/ {
        name = $at["quantity"]
        mean[name] = $at["mean"]; sd[name] = $at["sd"]; total[name] = $at["total"]
        next
    }
    $at["layer"] != layer || $at["view"] != view { next }
    FILENAME ~ /summary\.tsv$/ {
        name = $at["measure"]
        estimate[name] = $at["estimate"]; spread[name] = $at["sd"]
        low[name] = $at["ci_low"]; high[name] = $at["ci_high"]
        next
    }
    { neurons++; images = $at["n"] }
    function get(from, name) { return name in from && from[name] != "" ? from[name] : "NA" }
    function over(x, all) { return x == "NA" ? "NA" : sprintf("%.9g", x / all) }
    function row(quantity, paper, ours, from, to, note) { print quantity, paper, ours, from, to, note }
    END {
        a = "active_neurons_per_image"
        b = "images_per_neuron"
        if (!(a in estimate) || !(b in estimate) || neurons == 0) {
            print "compare.sh: no numbers of layer " layer ", view " view >"/dev/stderr"
            exit 1
        }
        print "quantity", "paper", "ours", "ci_low", "ci_high", "note"
        row("neurons", total[a], neurons, "NA", "NA", "in the layer " layer)
        row("images", total[b], images, "NA", "NA", "that were measured")
        row(a, mean[a], get(estimate, a), get(low, a), get(high, a), "mean over images")
        row(a "_sd", sd[a], get(spread, a), get(low, a "_sd"), get(high, a "_sd"), \
            "standard deviation over images")
        row("active_share", over(mean[a], total[a]), over(get(estimate, a), neurons), \
            over(get(low, a), neurons), over(get(high, a), neurons), "of the neurons; mean over images")
        row(b, mean[b], get(estimate, b), get(low, b), get(high, b), \
            "mean over neurons; compare the share, the numbers of images differ")
        row(b "_sd", sd[b], get(spread, b), get(low, b "_sd"), get(high, b "_sd"), \
            "standard deviation over neurons; compare the share")
        row(b "_share", over(mean[b], total[b]), over(get(estimate, b), images), \
            over(get(low, b), images), over(get(high, b), images), "of the images; mean over neurons")
        row(b "_share_sd", over(sd[b], total[b]), over(get(spread, b), images), \
            over(get(low, b "_sd"), images), over(get(high, b "_sd"), images), \
            "of the images; standard deviation over neurons")
    }' "$2/figure06_summary.tsv" "$1/summary.tsv" "$1/neurons.tsv"
