#!/bin/sh
# test_people.sh SOURCE_ROOT PROGRAMS: the verification experiment with a small network on drawn faces:
# stages, tables, figures, the comparison; the same on a folder in place of LFW.
set -u
root=$1 programs=$2
for need in gnuplot bash; do
    command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
export OMP_WAIT_POLICY=passive # others may need the processor

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cat >settings <<'END'
identities=40
images=240
train_identities=40
train_images_drawn=240
people=20
layers=fc3,fc4
formats=svg
pca=10
END

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}
runs() {
    "$root/experiments/verification/run.sh" --bin "$programs" --threads 1 --settings settings \
        --bootstrap 20 --model small.h5 "$@" >printed 2>messages
}
# number TABLE COLUMN METRIC: of fc4
number() {
    awk -F '\t' -v column="$2" -v metric="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["layer"] == "fc4" && $at["metric"] == metric { print $at[column] }' "$1"
}
# compared RUN QUANTITY METRIC FIELD
compared() {
    awk -F '\t' -v quantity="$2" -v metric="$3" -v field="$4" \
        '$1 == quantity && $2 == metric { print $field }' "$1/comparison.tsv"
}
is() {
    [ "$2" = "$3" ] || complain "$1: '$2', expected '$3'"
}

find "$programs" -name facet-model -type f -perm -u+x -exec {} create --maps 4 --width 16 --seed 1 -q \
    -o small.h5 \; || complain "a network"
runs --out "a run" || complain "first run"
is "accuracy" "$(compared "a run" accuracy cosine 4)" \
    "$(number "a run/verification/accuracy.tsv" estimate cosine)"
is "rank 1" "$(compared "a run" closed_set_rank1 hamming 4)" \
    "$(number "a run/identification_closed/identification.tsv" rank1 hamming)"
is "open set" "$(compared "a run" open_set_dir_at_1_far joint_bayesian 4)" \
    "$(number "a run/identification_open/identification.tsv" dir_at_far_0.01 joint_bayesian)"
is "the paper" "$(compared "a run" accuracy joint_bayesian 3) $(compared "a run" accuracy cosine 3) $(
    compared "a run" closed_set_rank1 joint_bayesian 3)" "0.987 NA 0.95"
is "layers and metrics" "$(wc -l <"a run/verification/accuracy.tsv")" 9
grep -q 'random, untrained' printed || complain "not said that the weights are random"
[ "$(awk 'length($0) > 100 && !/^(figures|comparison|tables|time) /' printed)" = "" ] ||
    complain "wider than 100 columns"
for figure in figure04 verification identification_closed identification_open; do
    [ -s "a run/figures/$figure.svg" ] || complain "$figure"
done
runs --out "a run" || complain "second run"
is "done before" "$(grep -c ': done before$' messages)" 7
grep -q 'nothing was left to do' printed || complain "closing line"

# Drawn heads in place of LFW, with a view of one fold and without Joint Bayesian.
find "$programs" -name facet-synth -type f -perm -u+x -exec {} --identities 40 --images 240 --folds 1 \
    --pairs-per-fold 40 -q -o heads \; || complain "heads"
awk -F '\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^image$|_[xy]$/) keep[++n] = i }
    { line = $keep[1]; for (k = 2; k <= n; k++) line = line OFS $keep[k]; print line }' \
    heads/manifest.tsv >landmarks.tsv
mv heads/pairs.txt heads/people.txt heads/manifest.tsv .
runs --out lfw --lfw heads --landmarks landmarks.tsv --pairs pairs.txt &&
    complain "LFW's sizes for 40 people"
grep -q '596 asked for' messages || complain "too few people not said"
is "verification" "$(number lfw/verification/accuracy.tsv estimate cosine)" NA
is "metrics" "$(cut -f 3 lfw/verification/accuracy.tsv | sort -u | tr '\n' ' ')" \
    "cosine euclidean hamming metric "
runs --lfw heads
is "status of misuse" $? 2
runs --nonsense
is "status of misuse" $? 2

[ $failures -eq 0 ] && echo "the experiment verifies, identifies, draws and compares"
[ $failures -eq 0 ]
