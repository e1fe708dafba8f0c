#!/bin/sh
# compare.sh: the network beside DeepID2+, from the tables that run.sh leaves in the working folder.
#
#   compare.sh LAYER "BESIDE LAYER" MAPS      writes comparison.tsv to stdout; MAPS may be ''
#
# Columns: quantity, what of it, the network, the one beside it, and the layer of maps (NA where it
# isn't measured). Accuracies and shares are shares of one.
set -eu
export LC_ALL=C
[ $# -eq 3 ] || { echo "usage: compare.sh LAYER 'BESIDE LAYER' MAPS" >&2 && exit 2; }

# pick TABLE COLUMN NAME=VALUE...: that column of the first row with these values; NA without one.
pick() {
    table=$1 column=$2
    shift 2
    [ -r "$table" ] || { echo NA && return; }
    awk -F '\t' -v column="$column" -v wanted="$*" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(wanted, want, " "); next }
        {
            for (i = 1; i <= n; i++) { split(want[i], w, "="); if ($at[w[1]] != w[2]) next }
            print $at[column]; found = 1; exit
        }
        END { if (!found) print "NA" }' "$table"
}

printf 'quantity\tof\t%s\t%s\t%s\n' "$1" "$2" "${3:-maps}"
for features in original mirror_sum; do
    sum=$([ $features = original ] || echo _sum)
    for metric in cosine euclidean; do
        printf 'accuracy\t%s, %s\t%s\t%s\tNA\n' $features $metric \
            "$(pick "verification_embedding$sum/accuracy.tsv" estimate metric=$metric)" \
            "$(pick "verification_beside$sum/accuracy.tsv" estimate metric=$metric)"
    done
done
tail -n +2 occlusion_embedding/accuracy.tsv | cut -f 3-5 |
    while IFS="$(printf '\t')" read -r metric kind level; do
        which="kind=$kind level=$level metric=$metric"
        printf 'hidden\t%s %s, %s\t%s\t%s\tNA\n' "$kind" "$level" "$metric" \
            "$(pick occlusion_embedding/accuracy.tsv estimate "$which")" \
            "$(pick occlusion_beside/accuracy.tsv estimate "$which")"
    done
for measure in active_share treves_rolls gini; do
    printf 'sparsity\t%s\t%s\t%s\t%s\n' $measure \
        "$(pick sparsity_embedding/summary.tsv estimate measure=$measure view=original)" \
        "$(pick sparsity_beside/summary.tsv estimate measure=$measure view=original)" \
        "$(pick sparsity_maps/summary.tsv estimate measure=$measure view=original)"
done
tail -n +2 selectivity_embedding/targets.tsv | cut -f 1 | while IFS= read -r target; do
    for column in tested selective best_excitatory_accuracy best_inhibitory_accuracy; do
        printf 'selectivity\t%s, %s\t%s\t%s\tNA\n' "$target" $column \
            "$(pick selectivity_embedding/targets.tsv $column "target=$target")" \
            "$(pick selectivity_beside/targets.tsv $column "target=$target")"
    done
done
