#!/bin/sh
# test_figures.sh SOURCE_ROOT: every figure in every format from made-up tables: no messages, a
# file of the right kind, the same bytes twice; and clear failures that leave nothing behind.
set -u
root=$1
plot=$root/plots/facet-plot
python=/usr/bin/python3

command -v gnuplot >/dev/null || { echo "skipped: gnuplot is not installed"; exit 77; }
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
tables="it's a test"
"$python" "$root/tests/plots/fake_tables.py" "$tables" --images 200 --neurons 64 || exit 1

# shellcheck source=tests/plots/drawing.sh
. "$root/tests/plots/drawing.sh"

for figure in figure06 sparsity neuron_histograms training sparsity_origin layers; do
    in_every_format "$figure"
done
draws figure06 layer.svg --layer fc2 --view mirror --paper none
draws neuron_histograms some.svg --neurons=0,1,5
draws sparsity mirror.svg --view mirror
draws figure06 paper.svg
sed 's/<[^>]*>//g' paper.svg | tr -d '\n' | tr -s ' ' >words
for text in 'paper: 292 ± 34 of 512 (57 %)' 'paper: 26,565 ± 5,754 of 46,594 (57 %)'; do
    grep -q "$text" words || complain "figure06 does not print: $text"
done

refuses 2 "no figure given"
refuses 2 "no figure 'figure99'" figure99 "$tables" -o out/x.svg
refuses 2 "must end in" figure06 "$tables" -o out/x.jpg
refuses 2 "unknown option '--colour'" figure06 "$tables" -o out/x.svg --colour red
refuses 2 "expected key=value" sparsity "$tables" -o out/x.svg --neurons 1
refuses 2 "'1x' is not" neuron_histograms "$tables" -o out/x.svg --neurons 1x
refuses 1 "has no neuron 64" neuron_histograms "$tables" -o out/x.svg --neurons 1,64
refuses 1 "nowhere: no such folder" figure06 nowhere -o out/x.svg
refuses 1 "summary.tsv: has no rows of layer 'fc9'" figure06 "$tables" -o out/x.svg --layer fc9
refuses 1 "has no rows of view 'turned'" sparsity "$tables" -o out/x.svg --view turned
for figure in figure06 sparsity neuron_histograms; do
    mv "$tables/neurons.tsv" kept.tsv
    refuses 1 "neurons.tsv: cannot be read" "$figure" "$tables" -o out/x.svg
    : >"$tables/neurons.tsv"
    refuses 1 "neurons.tsv: is empty" "$figure" "$tables" -o out/x.svg
    head -n 1 kept.tsv >"$tables/neurons.tsv"
    refuses 1 "neurons.tsv: has no rows" "$figure" "$tables" -o out/x.svg
    cut -f 1-3 kept.tsv >"$tables/neurons.tsv"
    refuses 1 "neurons.tsv: has no column 'n'" "$figure" "$tables" -o out/x.svg
    mv kept.tsv "$tables/neurons.tsv"
done

# Trainings that differ: one factor alone, without the paper, nothing but divergence.
draws sparsity_origin whole.svg
sed 's/<[^>]*>//g' whole.svg | tr -d '\n' | tr -s ' ' >words
for text in 'First mean' 'Learning rate' 5e-3 diverged 'paper 57 %'; do
    grep -q "$text" words || complain "sparsity_origin does not print: $text"
done
draws sparsity_origin other.svg --layer fc2
grep -q "paper" other.svg && complain "sparsity_origin: the paper's share, though it has none"
refuses 1 "has no rows of layer 'fc9'" sparsity_origin "$tables" -o out/x.svg --layer fc9
for table in origin origin_final; do
    cp "$tables/$table.tsv" $table.tsv
    awk -F'\t' 'NR == 1 || $1 == "learning_rate"' $table.tsv >"$tables/$table.tsv"
done
draws sparsity_origin one.svg
awk -F'\t' -v OFS='\t' 'NR > 1 { $5 = "diverged"; for (i = 6; i <= NF; i++) $i = "NA" } { print }' \
    origin_final.tsv >"$tables/origin_final.tsv"
awk -F'\t' -v OFS='\t' 'NR > 1 { for (i = 5; i <= NF; i++) $i = "NA" } { print }' origin.tsv \
    >"$tables/origin.tsv"
draws sparsity_origin none.svg
head -n 1 origin.tsv >"$tables/origin.tsv"
refuses 1 "origin.tsv: has no rows" sparsity_origin "$tables" -o out/x.svg
rm "$tables/origin_final.tsv"
cp origin.tsv "$tables/origin.tsv"
refuses 1 "origin_final.tsv: cannot be read" sparsity_origin "$tables" -o out/x.svg

# Layers and ablations: without the paper, without dropout, one training that diverged, nothing else.
draws layers whole.svg
sed 's/<[^>]*>//g' whole.svg | tr -d '\n' | tr -s ' ' >words
for text in DeepID2+ 'no layerwise supervision' 'Here: LFW' 'Paper: LFW' 'high-dimensional LBP' 'paper: 57 ± 7 %'; do
    grep -q "$text" words || complain "layers does not print: $text"
done
grep -q "no data" whole.svg && complain "layers: no data, though all is there"
draws layers ours.svg --paper none
[ "$(grep -c "no data" ours.svg)" = 1 ] || complain "layers: one panel has no data without the paper"
cp "$tables/layers.tsv" layers.tsv
awk -F'\t' -v OFS='\t' 'NR > 1 { for (i = 9; i <= 12; i++) $i = "NA" } { print }' layers.tsv \
    >"$tables/layers.tsv"
draws layers people.svg
grep -q "Here: pairs of held-out people" people.svg || complain "layers: not said what is compared"
awk -F'\t' -v OFS='\t' '$1 ~ /^dropout/ { next } $1 == "less_data" { for (i = 3; i <= NF; i++) $i = "NA" }
    { print }' layers.tsv >"$tables/layers.tsv"
draws layers fewer.svg
[ "$(grep -c "no data" fewer.svg)" = 1 ] || complain "layers: one panel has no data without dropout"
awk -F'\t' -v OFS='\t' 'NR > 1 { for (i = 3; i <= NF; i++) $i = "NA" } { print }' layers.tsv \
    >"$tables/layers.tsv"
draws layers none.svg
head -n 1 layers.tsv >"$tables/layers.tsv"
refuses 1 "layers.tsv: has no rows" layers "$tables" -o out/x.svg
cp layers.tsv "$tables/layers.tsv"
refuses 1 "lfw_layers.tsv: cannot be read" layers "$tables" -o out/x.svg --paper out

# What a table need not have: pairs within an identity, a kurtosis.
awk -F'\t' '$3 != "within"' "$tables/overlap.tsv" >rest && mv rest "$tables/overlap.tsv"
awk -F'\t' -v OFS='\t' '$3 == "kurtosis" { $5 = $6 = $7 = $8 = "NA" } { print }' \
    "$tables/summary.tsv" >rest && mv rest "$tables/summary.tsv"
draws sparsity gaps.svg
grep -q "no data" gaps.svg || complain "sparsity: nothing said of the missing kurtosis"

# A training: its log alone, layers without supervision or left out, one row, nothing but zeros.
draws training whole.svg
sed 's/<[^>]*>//g' whole.svg | tr -d '\n' | tr -s ' ' >words
for text in 'Training: 12 epochs, 12,000 steps' FC-1 FC-4 'paper, FC-4: 57 %' Euclidean; do
    grep -q "$text" words || complain "training does not print: $text"
done
grep -q "no data" whole.svg && complain "training: no data, though all is there"
draws training ours.svg --paper none
grep -q "paper" ours.svg && complain "training: the paper's share, though left out"
refuses 2 "expected key=value" training "$tables" -o out/x.svg --layer fc1
mv "$tables/log.tsv" whole.tsv
mv "$tables/validation.tsv" checks.tsv
refuses 1 "log.tsv: cannot be read" training "$tables" -o out/x.svg
head -n 1 whole.tsv >"$tables/log.tsv"
refuses 1 "log.tsv: has no rows" training "$tables" -o out/x.svg
cut -f 1,3- whole.tsv >"$tables/log.tsv"
refuses 1 "log.tsv: has no column 'epoch'" training "$tables" -o out/x.svg
cut -f 1-7 whole.tsv >"$tables/log.tsv"
refuses 1 "log.tsv: has no column identification_LAYER" training "$tables" -o out/x.svg
head -n 2 whole.tsv >"$tables/log.tsv"
draws training begun.png
cp whole.tsv "$tables/log.tsv"
head -n 1 checks.tsv >"$tables/validation.tsv"
draws training unchecked.svg
grep -q "no data" unchecked.svg || complain "training: nothing said of the missing validation"
cut -f 1-3 checks.tsv >"$tables/validation.tsv"
refuses 1 "validation.tsv: has no column 'cosine_accuracy'" training "$tables" -o out/x.svg
grep -v 'fc[13]' checks.tsv >"$tables/validation.tsv"
awk -F'\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i !~ /fc[13]$/) keep[++n] = i }
    { line = $1; for (k = 2; k <= n; k++) line = line OFS $keep[k]; print line }' \
    whole.tsv >"$tables/log.tsv"
draws training fewer.svg
grep -q "FC-1" fewer.svg && complain "training: a layer that is not there"
grep -q "FC-2" fewer.svg || complain "training: FC-2 is missing"
awk -F'\t' -v OFS='\t' 'NR > 1 { for (i = 4; i <= NF; i++) $i = i < 12 || i > 15 ? 0 : "NA" }
    { print }' whole.tsv >"$tables/log.tsv"
awk -F'\t' -v OFS='\t' 'NR > 1 { $4 = $6 = 0.5; $8 = "NA"; $10 = $11 = 0 } { print }' checks.tsv \
    >"$tables/validation.tsv"
draws training flat.svg
[ "$(grep -c "no data" flat.svg)" = 4 ] || complain "training: four panels have no data"
"$python" "$root/tests/plots/fake_tables.py" "$tables" --images 50 --neurons 16 --rows 2000
draws training long.svg
grep -q "means over 0.04 epochs" long.svg || complain "training: averaging is not said"

[ $failures -eq 0 ] && echo "all figures drawn"
[ $failures -eq 0 ]
