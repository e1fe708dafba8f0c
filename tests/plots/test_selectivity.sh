#!/bin/sh
# test_selectivity.sh SOURCE_ROOT: the figures of facet-selectivity's tables, from made-up ones: every
# format, names with and without the paper's, and clear failures that leave nothing behind.
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
"$python" "$root/tests/plots/fake_tables.py" "$made" --images 50 --neurons 16 --pairs 600 || exit 1

# shellcheck source=tests/plots/drawing.sh
. "$root/tests/plots/drawing.sh"

tables="$made/selectivity"
for figure in figure07 figure08 figure09 figure10 figure12 figure13 population_curves \
    population_ablation; do
    in_every_format "$figure"
    refuses 1 "has no rows of layer 'fc9'" "$figure" "$tables" -o out/x.svg --layer fc9
    refuses 1 "has no rows of .*features 'both'" "$figure" "$tables" -o out/x.svg --features both
done

for figure in single_neurons population_overlap; do
    in_every_format "$figure"
done
refuses 1 "has no rows of layer 'fc9'" population_overlap "$tables" -o out/x.svg --layer fc9
draws single_neurons whole.svg
prints single_neurons FC-1 FC-4 LBP male 'George W Bush' 'chosen on the other half' paper
draws population_overlap whole.svg
prints population_overlap 'George W Bush and p 2' 'Jaccard index'
draws population_curves whole.svg --targets male,p_2
prints population_curves 'How many neurons are enough' male 'p 2' ': 2'
grep -q "Bush" whole.svg && complain "population_curves: a target that wasn't asked for"
draws population_ablation whole.svg
prints population_ablation 'classifier of all neurons' 'classifier trained without them' \
    'verification, cosine' 'all selective' 'George W Bush'
draws figure13 whole.svg
prints figure13 'Histograms over classes' all male 'bald score' 'excitatory neurons' '3, 80.0 %'
grep -q "Bush" whole.svg && complain "figure13: a person, who is in no group"

draws figure07 whole.svg
prints figure07 'All neurons together' Male 'Middle Aged' Bald 'paper, DeepID2+' here
grep -q "bald_score" whole.svg && complain "figure07: bald_score isn't the paper's Bald"
draws figure07 whole.svg --paper none
prints figure07 male George
grep -q "paper," whole.svg && complain "figure07: the paper, though left out"
draws figure08 whole.svg
prints figure08 'George W Bush' 'Gerhard Schroeder' 'chosen on the other half'
draws figure09 whole.svg
prints figure09 Male Indian
grep -q "Bush" whole.svg && complain "figure09: a person among the attributes"
refuses 1 "cannot be read" figure08 "$tables" -o out/x.svg --paper out

draws figure10 whole.svg --targets male,p_2
prints figure10 'Responses of all neurons' male 'p 2' excitatory inhibitory 'image and mirror image'
grep -q "Bush" whole.svg && complain "figure10: a target that wasn't asked for"
draws figure12 whole.svg --targets p_2
prints figure12 'Histograms of single neurons' 'excitatory neurons' 'inhibitory neurons' '3, 80.0 %'
for figure in figure10 figure12 population_curves population_ablation; do
    refuses 1 "has no target 'nobody'; it has: George_W_Bush p_2" "$figure" "$tables" -o out/x.svg \
        --targets nobody
done
for figure in figure10 figure12; do
    refuses 2 "9 given, at most 8" "$figure" "$tables" -o out/x.svg --targets a,b,c,d,e,f,g,h,i
done
mv "$tables/response.tsv" kept.tsv
cut -f 1-10 kept.tsv >"$tables/response.tsv"
refuses 1 "has no column 'balanced_accuracy'" figure10 "$tables" -o out/x.svg
: >"$tables/response.tsv"
refuses 1 "response.tsv: is empty" figure10 "$tables" -o out/x.svg

printf 'target\tlayer\tplace\n7\tfc 4\t1\r\n07\tfc 4\t2\r\n07\tfc4\t3\n' >names.tsv
where=$(printf 'layer=fc 4\ttarget=07')
awk -f "$root/plots/choose.awk" -v where="$where" names.tsv >words
printf 'target\tlayer\tplace\n07\tfc 4\t2\n' | cmp -s - words || complain "rows of a layer 'fc 4' and a target '07'"
[ "$(awk -f "$root/plots/choose.awk" -v where='layer=fc 4' -v show=place names.tsv)" = ' 1 2' ] ||
    complain "values of a column"

"$plot" --list >words
grep -A 9 '^figure10$' words | grep -q -- '--layer --features --targets' || complain "options are not listed"
grep -qE '^(bars|targets|style)$' words && complain "a part of figures is listed as one"

[ $failures -eq 0 ] && echo "all figures drawn"
[ $failures -eq 0 ]
