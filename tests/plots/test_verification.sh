#!/bin/sh
# test_verification.sh SOURCE_ROOT: the figures of facet-verify's, facet-identify's and facet-binarize's tables, from
# made-up ones: every format, few rows, missing values, and clear failures that leave nothing behind.
# shellcheck disable=SC2016 # conditions are awk's
set -u
root=$1
plot=$root/plots/facet-plot
python=/usr/bin/python3

command -v gnuplot >/dev/null || { echo "skipped: gnuplot is not installed"; exit 77; }
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
made="it's a test"
"$python" "$root/tests/plots/fake_tables.py" "$made" --images 50 --neurons 16 || exit 1
for skill in 0.1 8; do
    "$python" "$root/tests/plots/fake_tables.py" $skill --images 50 --neurons 16 --pairs 600 \
        --skill $skill || exit 1
done

# shellcheck source=tests/plots/drawing.sh
. "$root/tests/plots/drawing.sh"

# no_data FIGURE FILE PANELS
no_data() {
    [ "$(grep -c "no data" "$2")" = "$3" ] || complain "$1: $3 panels have no data in $2"
}
# lacks FIGURE TABLE COLUMNS COLUMN: without the table, its rows, a column; COLUMNS hold all but that one
lacks() {
    mv "$tables/$2.tsv" kept.tsv
    refuses 1 "$2.tsv: cannot be read" "$1" "$tables" -o out/x.svg
    : >"$tables/$2.tsv"
    refuses 1 "$2.tsv: is empty" "$1" "$tables" -o out/x.svg
    head -n 1 kept.tsv >"$tables/$2.tsv"
    refuses 1 "$2.tsv: has no rows" "$1" "$tables" -o out/x.svg
    cut -f "$3" kept.tsv >"$tables/$2.tsv"
    refuses 1 "$2.tsv: has no column '$4'" "$1" "$tables" -o out/x.svg
    mv kept.tsv "$tables/$2.tsv"
}
# without_values TABLE COLUMN: NA from that column on
without_values() {
    awk -F'\t' -v OFS='\t' -v first="$2" 'NR > 1 { for (i = first; i <= NF; i++) $i = "NA" } { print }' \
        "$tables/$1.tsv" >rest && mv rest "$tables/$1.tsv"
}
# keep TABLE CONDITION: only the rows that awk finds so
keep() {
    awk -F'\t' "NR == 1 || ($2)" "$tables/$1.tsv" >rest && mv rest "$tables/$1.tsv"
}
afresh() {
    rm -rf now
    cp -r "$1" now
    tables=now
}

for figure in figure04 verification; do
    tables="$made/verify"
    in_every_format "$figure"
    draws "$figure" whole.svg
    no_data "$figure" whole.svg 0
    for skill in 0.1 8; do
        tables=$skill/verify
        draws "$figure" other.svg
        no_data "$figure" other.svg 0
        draws "$figure" ours.svg --paper none --features original
        grep -q "paper," ours.svg && complain "$figure: the paper, though left out"
    done
    tables="$made/verify"
    refuses 1 "accuracy.tsv: has no rows of .*features 'both'" "$figure" "$tables" -o out/x.svg --features both
    refuses 1 "results.tsv: cannot be read\|roc.tsv: cannot be read\|layers.tsv: cannot be read" \
        "$figure" "$tables" -o out/x.svg --paper out
    lacks "$figure" accuracy 1-5,7- estimate
    refuses 2 "expected key=value" "$figure" "$tables" -o out/x.svg --view mirror
done

draws figure04 whole.svg
prints figure04 'Verification by FC-4, image and mirror image' 'Joint Bayesian: 9[0-9.]* ± 0' 'Hamming: 9' \
    'paper, DeepID2+, 25 networks: 99.47 ± 0.12 %' 'paper, DeepID2, 25 networks: 99.15' DET chance
draws figure04 whole.svg --layer fc1+fc2+fc3+fc4 --features original
prints figure04 'FC-1+FC-2+FC-3+FC-4, image alone'
refuses 1 "has no rows of layer 'fc9'" figure04 "$tables" -o out/x.svg --layer fc9
lacks figure04 roc 1-4,6- true_positive_rate
afresh "$made/verify"
keep accuracy '$2 == "original" && $3 == "cosine"'
draws figure04 whole.svg
prints figure04 'image alone' 'cosine: 9'
grep -q "Hamming" whole.svg && complain "figure04: a metric that is not there"
sed -i 's/\tNA\t/\tinf\t/g' now/roc.tsv
draws figure04 infinite.svg
cmp -s whole.svg infinite.svg || complain "figure04: infinite deviates are not left out"
without_values roc 7
draws figure04 no_det.svg
no_data figure04 no_det.svg 0
grep -q "no curve" no_det.svg || complain "figure04: nothing said of the missing DET curve"
without_values roc 4
without_values accuracy 4
draws figure04 none.svg
no_data figure04 none.svg 3

afresh "$made/verify"
awk -F'\t' -v OFS='\t' 'NR > 1 { $4 = 1; $6 = $7 = $8 = $9 = $10 = "NA" } { print }' now/accuracy.tsv >rest &&
    mv rest now/accuracy.tsv
draws verification whole.svg
no_data verification whole.svg 0
prints verification 'One fold, at its own best threshold' 'an upper bound'
tables="$made/verify"
draws verification whole.svg
prints verification 'image and mirror image' 'FC-1+FC-2+FC-3+FC-4' 'paper: Joint Bayesian on LFW' \
    'paper, one network: 98.70 %' '95 % intervals over 10 folds'
lacks verification folds 1-6 accuracy
afresh "$made/verify"
keep accuracy '$1 == "fc4" && $2 == "original" && $3 == "euclidean"'
keep folds '$1 == "fc2"'
draws verification whole.svg
prints verification 'image alone' Euclidean FC-4
no_data verification whole.svg 1
without_values accuracy 4
draws verification none.svg
no_data verification none.svg 2

for set in closed open; do
    tables="$made/$set"
    in_every_format identification
    draws identification whole.svg
    no_data identification whole.svg 0
    prints identification 'Identification by FC-4, image and mirror image' 'Joint Bayesian: [0-9.]* %' CMC
    for skill in 0.1 8; do
        tables=$skill/$set
        draws identification ours.svg --paper none --features original --layer fc3
        no_data identification ours.svg 0
        grep -q "paper:" ours.svg && complain "identification: the paper, though left out"
    done
    tables="$made/$set"
    refuses 1 "identification.tsv: has no rows of .*features 'both'" identification "$tables" -o out/x.svg \
        --features both
    refuses 1 "identification.tsv: has no rows of layer 'fc9'" identification "$tables" -o out/x.svg --layer fc9
    refuses 1 "results.tsv: cannot be read" identification "$tables" -o out/x.svg --paper out
    lacks identification identification 1-8,10- rank1
    lacks identification cmc 1-5 share
done
lacks identification dir 1-6 rate
prints identification '80 people, 80 probes of them, 500 of others' 'paper: 80.7 %' DIR
afresh "$made/closed"
draws identification whole.svg
prints identification '300 people in the gallery, 300 probes' 'paper: 95.0 %'
without_values identification 9
draws identification none.svg
no_data identification none.svg 1
afresh "$made/open"
without_values identification 9
without_values dir 6
draws identification none.svg
no_data identification none.svg 2

tables="$made/binarize"
in_every_format binarization
draws binarization whole.svg
no_data binarization whole.svg 0
prints binarization 'Binary codes: FC-4' 'binary, Joint Bayesian' 'real, cosine' '25 networks' median trained \
    '1,024 bits' '523,776 pairs' 'float16: 2,048 bytes' 512
draws binarization ours.svg --paper none --layer fc1
no_data binarization ours.svg 1
grep -q "paper" ours.svg && complain "binarization: the paper, though left out"
tables=0.1/binarize
draws binarization chance.svg
tables=8/binarize
draws binarization perfect.svg
tables="$made/binarize"
refuses 1 "bits.tsv: has no rows of layer 'fc9'" binarization "$tables" -o out/x.svg --layer fc9
refuses 1 "lfw_binarization.tsv: cannot be read" binarization "$tables" -o out/x.svg --paper out
refuses 2 "expected key=value" binarization "$tables" -o out/x.svg --features original
lacks binarization bits 1-4 entropy_bits
lacks binarization table4 1-5,7- estimate
lacks binarization thresholds 1-6,8- estimate
lacks binarization lengths 1-2,4- bits
lacks binarization correlation 1-3 count
lacks binarization storage 1-4 accuracy
afresh "$made/binarize"
for table in table4 thresholds lengths; do
    keep $table '/hamming/'
done
keep thresholds '$2 != "value" || $3 == 0'
keep lengths '$2 == "all"'
draws binarization few.svg
no_data binarization few.svg 0
keep thresholds '$2 != "value"'
draws binarization rules.svg
no_data binarization rules.svg 0
without_values table4 6
without_values thresholds 7
without_values lengths 6
without_values bits 5
without_values correlation 4
without_values storage 5
draws binarization none.svg
no_data binarization none.svg 5 # the paper's Table 4 stays
draws binarization none.svg --paper none
no_data binarization none.svg 6

"$plot" --list >words
grep -A 12 '^figure04$' words | grep -q -- '--layer --features --paper' || complain "options are not listed"
"$plot" --help | grep -q -- '--features NAME' || complain "--features is not in the help"

[ $failures -eq 0 ] && echo "all figures drawn"
[ $failures -eq 0 ]
