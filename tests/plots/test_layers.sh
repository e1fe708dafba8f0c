#!/bin/sh
# test_layers.sh SOURCE_ROOT BUILD_ROOT: the experiment on layers and ablations, with trainings of
# a second on synthetic faces: variants, their table beside the paper's, the figure, activations.
set -u
root=$1 build=$2 programs=$2/engine/programs
for need in gnuplot bash; do
    command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
export OMP_WAIT_POLICY=passive # others may need the processor

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cat >settings <<'END'
identities=30
images=120
network_whole="--maps 4 --width 8"
network_smaller="--maps 2 --width 4"
epochs=1
check_every=0.5
training="--rate 0.05 --batch-people 6 --batch-images 2 --validation 0.2 --validation-pairs 40 --log-every 3"
formats=svg
END

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}
runs() {
    "$root/experiments/layers/run.sh" --bin "$build" -t 1 --settings settings "$@" \
        >printed 2>messages
}
is() {
    [ "$2" = "$3" ] || complain "$1: $2, expected $3"
}
# fields VARIANT LAYER COLUMNS
fields() {
    awk -F '\t' -v variant="$1" -v layer="$2" '$1 == variant && $2 == layer' "a run/tables/layers.tsv" |
        cut -f "$3" | tr '\t' ' '
}

runs -o "a run" --only less_data && complain "less data before all data"
grep -q "deepid2plus.*isn't trained yet" messages || complain "what less_data needs is not said"
runs -o "a run" --only deepid2plus,less_data || complain "two variants"
is "variants of --only" "$(cut -f 1 "a run/tables/layers.tsv" | sort -u | tr '\n' ' ')" \
    "deepid2plus dropout_0.5 less_data variant "
runs -o "a run" || complain "all variants"
is "trained" "$(grep -c '^== training [a-z0-9_.]*$' messages)" 5
grep -q '^trainings    7 finished, 0 diverged, 0 failed; 5 of them now$' printed || complain "closing line"
is "rows" "$(wc -l <"a run/tables/layers.tsv")" 33
last=$(awk -F '\t' '$3 == "fc3" { row = $4 " " $5 " " $6 " " $7 " " $8 } END { print row }' \
    "a run/trainings/deepid2plus/validation.tsv")
is "the last check" "$(fields deepid2plus fc3 3-7)" "$last"
is "the same training" "$(fields dropout_0.5 fc3 3-7)" "$last"
is "the paper" "$(fields deepid2plus fc4 13) $(fields less_data fc1 13) $(fields dropout_0 fc4 13)" \
    "0.9870 0.9327 NA"
is "below the paper's plot" "$(fields no_layerwise_supervision fc1 13)" NA
is "people of less data" \
    "$(grep -c '	train' "a run/trainings/less_data/split.tsv")" 16 # two thirds of 24
grep -q -- '--supervise fc4' "a run/trainings/no_layerwise_supervision/command" || complain "supervision"
grep -q -- '--maps 2 --width 4' "a run/trainings/smaller_network/command" || complain "smaller network"
is "columns that are defined" "$(grep -c '"name"' "a run/tables/layers.json")" 13
grep -q '"meaning": "the paper.s, on LFW by Joint Bayesian.*which compares with lfw_accuracy' "a run/tables/layers.json" ||
    complain "not said what the paper's accuracy is"
[ -e "a run/lfw" ] && complain "LFW without being asked"
for figure in figures/layers trainings/dropout_0.75/training; do
    [ -s "a run/$figure.svg" ] || complain "$figure"
done
runs -o "a run" || complain "once more"
grep -q '; 0 of them now' printed || complain "trained twice"

# Activations of other faces, in place of LFW: whole heads and their landmarks.
"$programs/facet-synth" --identities 4 --images 10 --framing head -q -o heads || complain "heads"
awk -F '\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^image$|_[xy]$/) keep[++n] = i }
    { line = $keep[1]; for (k = 2; k <= n; k++) line = line OFS $keep[k]; print line }' \
    heads/manifest.tsv >landmarks.tsv
rm heads/manifest.tsv
# other people, though facet-synth counts them alike
for person in heads/Synth_*; do mv "$person" "heads/Other_${person#*_}"; done
sed -i 's/^Synth_/Other_/' landmarks.tsv
runs -o "a run" --lfw heads && complain "LFW without landmarks"
is "misuse" "$(grep -c 'belong together' messages)" 1
lfw() {
    runs -o "a run" --only smaller_network --lfw heads --landmarks landmarks.tsv
}
lfw || complain "activations"
is "activations" "$(find "a run/lfw" -name '*.h5' | wc -l)" 7
"$programs/facet-info" "a run/lfw/smaller_network.h5" >info || complain "facet-info"
grep -q mirror info || complain "no mirror images"
rm "a run/lfw/smaller_network.h5"
lfw || complain "activations again"
is "done before" "$(grep -c '^== LFW through .*: done before$' messages)" 6
[ -s "a run/lfw/smaller_network.h5" ] || complain "activations that were lost"

# Verification on pairs of them; the 40 pairs fall into two folds.
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { image[NR - 1] = $at["image"] }
    END {
        print "image_a\timage_b\tsame\tfold"
        for (a = 1; a < NR; a++) for (b = a + 1; b < NR; b++) {
            split(image[a], p, "/"); split(image[b], q, "/")
            printf "%s\t%s\t%d\t%d\n", image[a], image[b], p[1] == q[1], 1 + pairs++ % 2
        }
    }' landmarks.tsv >pairs.tsv
runs -o "a run" --pairs pairs.tsv
is "pairs without LFW" $? 2
echo 'lfw_verify="--metric cosine,joint_bayesian --ridge 0.1 --bootstrap 20"' >>settings
verified() {
    runs -o "a run" --only deepid2plus --lfw heads --landmarks landmarks.tsv --pairs pairs.tsv
}
verified || complain "verification"
is "accuracy on LFW" "$(fields deepid2plus fc4 9-10)" "$(awk -F '\t' '$1 == "fc4" && $3 == "joint_bayesian" {
    print $6, $7 }' "a run/lfw/deepid2plus/accuracy.tsv")"
is "activations to fit to" "$(find "a run/lfw" -name '*others*')" ""
grep -q 'LFW: ours by Joint Bayesian' printed || complain "not said what ours is"
verified || complain "verification again"
is "verified before" "$(grep -c "^== verification by .*: done before\$" messages)" 7

echo 'variants="odd huge"' >wrong
runs -o odd --settings wrong && complain "a network without settings"
grep -q 'no setting network_huge' messages || complain "network not named"
runs --only mood
is "status of misuse" $? 2

[ $failures -eq 0 ] && echo "the experiment trains, tabulates, draws and writes activations"
[ $failures -eq 0 ]
