#!/bin/sh
# test_origin.sh SOURCE_ROOT PROGRAM_FOLDER: the experiment on what sets the level of activity, with
# trainings of a second on synthetic faces: what it tabulates, draws and prints; that it does nothing
# twice and goes on where it was cut off.
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
identities=30
images=120
network="--maps 4 --width 8"
epochs=1
check_every=0.5
training="--rate 0.05 --batch-people 6 --batch-images 2 --validation 0.2 --validation-pairs 40 --log-every 3"
formats=svg
conditions='
# a row of no meaning
dropout         0       --dropout 0
dropout         0.5
learning_rate   0.05
learning_rate   1e3     --rate 1000 --clip 0 --warmup 0
people          15      --limit-people 15
'
END

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}
runs() {
    "$root/experiments/sparsity-origin/run.sh" --bin "$programs" -t 1 --settings settings "$@" \
        >printed 2>messages
}
# rows TABLE CONDITION: how many rows are so
rows() {
    awk -F '\t' "NR == 1 { for (i = 1; i <= NF; i++) at[\$i] = i; next }
        function of(name) { return \$at[name] }
        $2 { n++ } END { print n + 0 }" "a run/tables/$1.tsv"
}
is() {
    [ "$2" = "$3" ] || complain "$1: $2, expected $3"
}

runs -o "a run" --only dropout || complain "one factor"
is "factors of --only" "$(cut -f 1 "a run/tables/origin_final.tsv" | sort -u | tr '\n' ' ')" \
    "dropout factor learning_rate "
is "trained" "$(grep -c '^== training [a-z0-9_.]*$' messages)" 2
runs -o "a run" || complain "all factors"
is "trained" "$(grep -c '^== training [a-z0-9_.]*$' messages)" 2
grep -q 'training base: finished before' messages || complain "base trained twice"
grep -q '^trainings    3 finished, 1 diverged, 0 failed; 2 of them now$' printed || complain "closing line"
grep -q '1e3 .*NA .*diverged' printed || complain "divergence not printed"
grep -q 'paper: 57.0 %' printed || complain "paper not printed"
[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most > 100 }' printed)" = 0 ] ||
    grep -q "$work" printed || complain "wider than 100 columns"
is "rows of a training" "$(rows origin 'of("value") == "15" && of("layer") == "fc4"')" 2
is "rows of the base" "$(rows origin 'of("base") == 1')" 16
is "rows of NA" "$(rows origin 'of("epoch") == "NA" && of("active_share") == "NA"')" 4
is "final rows" "$(rows origin_final 1)" 20
is "diverged" "$(rows origin_final 'of("outcome") == "diverged" && of("cosine_accuracy") == "NA"')" 4
is "paper" "$(rows origin_final 'of("paper_active_share") == 0.5703125 && of("layer") == "fc4"')" 5
last=$(awk -F '\t' 'NR > 1 && $3 == "fc4" { share = $8 } END { print share }' \
    "a run/trainings/dropout_0/validation.tsv")
is "the last check" "$(rows origin_final "of(\"value\") == \"0\" && of(\"layer\") == \"fc4\" && of(\"active_share\") == \"$last\"")" 1
for table in origin origin_final; do
    [ "$(grep -c '"name"' "a run/tables/$table.json")" = \
        "$(head -n 1 "a run/tables/$table.tsv" | tr '\t' '\n' | wc -l)" ] || complain "$table.json"
    ! command -v python3 >/dev/null || python3 -m json.tool "a run/tables/$table.json" >/dev/null ||
        complain "$table.json is no JSON"
done
sed 's/<[^>]*>//g' "a run/figures/sparsity_origin.svg" | tr -d '\n' | tr -s ' ' >words
for text in 'Learning rate' Dropout diverged 'paper 57 %' FC-4; do
    grep -q "$text" words || complain "the figure does not print: $text"
done
[ -s "a run/trainings/base/training.svg" ] || complain "curves of the base"
[ -e "a run/trainings/base/checkpoint.h5" ] && complain "a checkpoint left"
cp "a run/tables/origin.tsv" before.tsv
runs -o "a run" || complain "once more"
grep -q 'finished, 1 diverged, 0 failed; 0 of them now' printed || complain "trained twice"
cmp -s before.tsv "a run/tables/origin.tsv" || complain "other rows the second time"

# Another training, cut off as soon as it writes its log; it goes on to the same weights.
echo 'epochs=40 conditions="dropout 0 --dropout 0"' >longer
runs -o whole --settings longer || complain "a longer one"
"$root/experiments/sparsity-origin/run.sh" --bin "$programs" -t 1 --settings settings -o cut \
    --settings longer >printed 2>messages &
run=$!
for _ in $(seq 300); do
    [ -s cut/trainings/dropout_0/log.tsv ] && break
    sleep 0.1
done
kill -TERM $run
wait $run
is "status when cut off" $? 130
grep -q 'interrupted; the same command goes on' messages || complain "not said that it goes on"
[ -s cut/trainings/dropout_0/checkpoint.h5 ] || complain "no checkpoint"
runs -o cut --settings longer || complain "going on"
grep -q '^== training dropout_0 goes on' messages || complain "begun afresh"
cmp -s whole/tables/origin.tsv cut/tables/origin.tsv || complain "other rows after going on"

# What fails is named, tried again, and no reason to leave the others.
echo 'conditions="
people 1000 --limit-people 1000
dropout 0.5"' >wrong
runs -o failing --settings wrong && complain "a failure was not noticed"
grep -q '^trainings    1 finished, 0 diverged, 1 failed' printed || complain "failure not counted"
grep -q 'people_1000 failed' messages || complain "failure not named"
runs --only mood
is "status of misuse" $? 2
grep -q "no factor 'mood'" messages || complain "unknown factor"
runs --images nowhere.tsv
grep -q 'nowhere.tsv: cannot be read' messages || complain "missing images"

[ $failures -eq 0 ] && echo "the experiment tabulates, draws and goes on"
[ $failures -eq 0 ]
