#!/bin/sh
# test_occlusion.sh SOURCE_ROOT: figures of hidden faces from made-up tables, in every format, and clear
# failures that leave nothing behind; the occlusion experiment's script with stand-ins for facet's
# programs, its comparison and its findings.
set -u
root=$1
plot=$root/plots/facet-plot
python=/usr/bin/python3
for need in gnuplot bash; do
    command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
made="it's a test"
"$python" "$root/tests/plots/fake_tables.py" "$made" --images 50 --neurons 64 --pairs 600 || exit 1

# shellcheck source=tests/plots/drawing.sh
. "$root/tests/plots/drawing.sh"

# ---- figures ----

tables="$made/occlusion"
for figure in figure15 figure16 figure17; do
    in_every_format "$figure"
    refuses 1 "has no rows of .*features 'both'" "$figure" "$tables" -o out/x.svg --features both
done
draws figure15 whole.svg
prints figure15 'The bottom of the face hidden' 'Joint Bayesian' FC-1 LBP 'paper: 25 networks' 'states kept'
draws figure16 whole.svg --paper none --metric cosine
prints figure16 'A square of the face hidden' cosine 'image alone'
grep -q '25 networks' whole.svg && complain "figure16: the paper, though left out"
refuses 1 "metric 'hamming'" figure15 "$tables" -o out/x.svg --metric hamming
refuses 1 "cannot be read" figure15 "$tables" -o out/x.svg --paper out
# LBP without mirror images beside a network with them: drawn, and said; not for features that are asked for
for table in accuracy drift; do
    cp "$tables/$table.tsv" "$table.kept"
    awk -F '\t' -v OFS='\t' '$1 != "lbp" && $2 == "original" { $2 = "mirror_concat" } 1' "$table.kept" \
        >"$tables/$table.tsv"
done
draws figure15 whole.svg --paper none
prints figure15 'image and mirror image' 'LBP: image alone' LBP FC-1
draws figure15 whole.svg --paper none --features mirror_concat
grep -q LBP whole.svg && complain "figure15: LBP of other features than those asked for"
for table in accuracy drift; do mv "$table.kept" "$tables/$table.tsv"; done
draws figure17 whole.svg --targets p_2
prints figure17 'p 2, mean of 530 images' 'the bottom hidden' 'a square hidden' 'excitatory tenth kept'
refuses 1 "identity 'nobody'; it has: George_W_Bush p_2" figure17 "$tables" -o out/x.svg --targets nobody
refuses 1 "has no rows of layer 'fc9'" figure17 "$tables" -o out/x.svg --layer fc9
mv "$tables/drift.tsv" kept.tsv
cut -f 1-7 kept.tsv >"$tables/drift.tsv"
refuses 1 "has no column 'estimate'" figure15 "$tables" -o out/x.svg
mv kept.tsv "$tables/drift.tsv"

tables="$made/map"
in_every_format occlusion_map
draws occlusion_map whole.svg --neurons 3,17
prints occlusion_map 'square of 20, step of 12, on a face of 94 x 110' 'neuron 17' FC-1 'Binary states'
refuses 2 "5 given, at most 4" occlusion_map "$tables" -o out/x.svg --neurons 1,2,3,4,5
refuses 1 "no squares at places" occlusion_map "$tables" -o out/x.svg --metric hamming
mv "$tables/face.tsv" kept.tsv
refuses 1 "face.tsv: cannot be read" occlusion_map "$tables" -o out/x.svg
mv kept.tsv "$tables/face.tsv"
"$plot" --list >words
grep -qE '^hidden$' words && complain "a part of figures is listed as one"

# ---- the comparison and the findings ----

compare=$root/experiments/occlusion/compare.sh shapes=$root/experiments/occlusion/shapes.sh
"$compare" "$made/occlusion" "$root/notebooks-data/paper" >comparison.tsv || complain "compare.sh"
[ "$(wc -l <comparison.tsv)" = 81 ] || complain "comparison.tsv has $(wc -l <comparison.tsv) lines"
grep -q '^bottom	30	fc4	joint_bayesian	0.9232	0\.[0-9]*	0.005	.*	-0.0639	' comparison.tsv ||
    complain "the paper's FC-4 at 30 %"
grep -q '^block	40	lbp	joint_bayesian	0.7881	' comparison.tsv || complain "the paper's LBP at 40"
"$compare" --print comparison.tsv >printed
grep -q '^ 50  FC-1 72.7 / ' printed || complain "the paper's FC-1 at 50 % is not printed"
awk 'length($0) > 100' printed | grep . && complain "comparison: wider than 100 columns"

# statements of one number each: yes and no, with and without the interval
finding() {
    awk -F '\t' -v condition="$1" '$3 == condition { print $4, $5, $6, $7, $8 }' shapes.tsv
}
expect() {
    [ "$(finding "$1")" = "$2" ] || complain "$1: '$(finding "$1")', expected '$2'"
}
"$shapes" "$made/occlusion" >shapes.tsv || complain "shapes.sh"
expect 'FC-4 - FC-3 >= 0' '0.03 0.01 0.05 yes yes'
expect 'at 30 %: FC-3 - FC-4 >= 0' '-0.03 -0.05 -0.01 no yes'
expect 'at 30 %: LBP loses more than FC-1' '-0.02 -0.05 0.01 yes no'
expect 'at 20: LBP - FC-1 within 0.02' '0.03 0.01 0.05 no no'
awk -F '\t' '$3 ~ /^FC-4 at 50 %: correlation/ { found = $7 " " $8 } END { exit found != "no NA" }' shapes.tsv ||
    complain "a pattern of 0.36 stays in place"
# a step of -0.05 less (-0.36 - 0.03 * 3) lost over five steps, by the ends of both intervals
awk -F '\t' '$3 ~ /^FC-4: step to 60/ { d = $4 - (-0.05 + 0.45 * (50 / 75)^2.5 / 5)
    w = $6 - $5 - 0.02 - 0.02 / 5
    exit !(d < 1e-6 && d > -1e-6 && w < 1e-6 && w > -1e-6) }' shapes.tsv || complain "the step to 60 %"
"$shapes" --print shapes.tsv | awk 'length($0) > 100' | grep . && complain "findings: wider than 100 columns"
mkdir empty
for table in differences accuracy sets; do head -n 1 "$made/occlusion/$table.tsv" >empty/$table.tsv; done
"$shapes" empty >printed 2>messages && complain "findings of nothing"
grep -q 'none of the levels' messages || complain "no message for tables without rows"

# ---- the experiment ----

printf 'formats=svg\nmap_every=2\n' >settings
mkdir -p bin lfw/George_W_Bush lfw/Ann
touch lfw/George_W_Bush/George_W_Bush_0001.jpg lfw/George_W_Bush/George_W_Bush_0002.jpg
# A stand-in writes its command to `calls` and makes its output.
stand_in() {
    cat >"bin/$1" <<END
#!/bin/sh
echo "$1 \$*" >>"$work/calls"
for last; do
    [ "\${before:-}" = -o ] && out=\$last
    before=\$last
done
$2
END
    chmod +x "bin/$1"
}
# shellcheck disable=SC2016
{
    stand_in facet-synth 'mkdir "$out"; printf "image\tidentity\nAnn/Ann_0001.jpg\tAnn\n" >"$out/manifest.tsv"
printf "1\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\n" >"$out/pairs.txt"'
    stand_in facet-dump '[ -z "${out:-}" ] || echo activations >"$out"'
    stand_in facet-lbp '[ -z "${out:-}" ] || echo activations >"$out"'
    stand_in facet-occlusion "[ -z \"\${out:-}\" ] || { mkdir -p \"\$out\"
from=occlusion; [ \"\$out\" = tables ] || from=map; cp -r \"$work/$made/\$from/.\" \"\$out\"; }"
    stand_in facet-info '[ -e "$1" ] && cat "$1"; echo "sha256 0"'
}
runs() {
    : >calls
    "$root/experiments/occlusion/run.sh" --bin bin --threads 1 --settings settings "$@" >printed 2>messages
}
# called EXPECTED: the programs called, in order, but for facet-info and --version
called() {
    found=$(grep -v -e '--version' -e facet-info calls | cut -d ' ' -f 1 | sed 's/facet-//' | tr '\n' ' ')
    [ "$found" = "$1" ] || complain "called '$found', expected '$1'"
}
passed() {
    grep -q -- "$1" calls || complain "not passed on: $1"
}

runs --out "a run" || complain "first run"
called "synth synth dump dump dump dump lbp lbp lbp lbp dump dump dump occlusion occlusion "
passed 'facet-dump .*--occlude bottom:10-70/10,block:10-70/10 --occlude-seed 1 .*-o activations.h5'
passed 'facet-lbp --points 21 .*--images faces/manifest.tsv --occlude bottom.*-o lbp.h5'
passed 'facet-lbp .*--images lbp_training.tsv --root others'
passed 'facet-dump .*--images map_images.tsv .*--occlude slide:20/12 .*-o map.h5'
passed '--mean-face map/face.tsv'
passed 'occlusion activations.h5 --pairs pairs.tsv .*joint_bayesian .*--beside lbp.h5 --beside-train'
passed 'occlusion map.h5 --pairs map_pairs.tsv'
grep -q '^Ann/Ann_0001.jpg	Bob/Bob_0002.jpg	0	1$' "a run/pairs.tsv" || complain "pairs.tsv"
[ "$(wc -l <"a run/map_pairs.tsv")" = 2 ] || complain "the map takes every second pair"
grep -q Other_Ann "a run/others/others.tsv" || complain "training people keep their names"
for figure in figure15 figure16 figure17 occlusion_map; do
    [ -s "a run/figures/$figure.svg" ] || complain "no $figure"
done
cmp -s comparison.tsv "a run/comparison.tsv" || complain "comparison.tsv of the run"
for table in comparison shapes; do [ -s "a run/$table.json" ] || complain "$table has no sidecar"; done
grep -q 'The faces are drawn' printed || complain "not said that the faces are drawn"
runs --out "a run" || complain "second run"
called ""

printf '1\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\n' >pairs.txt
touch points.tsv people.tsv
runs --lfw lfw --landmarks points.tsv --pairs pairs.txt --out lfw_run || complain "on LFW"
passed "--images images.tsv --root $work/lfw --landmarks $work/points.tsv"
passed '--identities George_W_Bush'
grep -q 'joint_bayesian' calls && complain "Joint Bayesian without training images"
printf 'image\tidentity\n' >expected
printf '%s\n' Ann/Ann_0001.jpg Ann/Ann_0002.jpg Bob/Bob_0002.jpg George_W_Bush/George_W_Bush_0001.jpg \
    George_W_Bush/George_W_Bush_0002.jpg | sed 's|\([^/]*\)/.*|&	\1|' >>expected
cmp -s expected lfw_run/images.tsv || complain "images in the pairs, and of the person"
{
    printf 'same\timage_b\timage_a\n1\tAnn/Ann_0002.jpg\tAnn/Ann_0001.jpg\n'
    printf '0\tBob/Bob_0002.jpg\tAnn/Ann_0001.jpg\n'
} >table.tsv
runs --lfw lfw --landmarks points.tsv --pairs table.tsv --out table_run || complain "a table of pairs"
cmp -s expected table_run/images.tsv || complain "images in a table of pairs"
cmp -s lfw_run/pairs.tsv table_run/pairs.tsv || complain "a table of pairs is another list"
runs --lfw lfw --landmarks points.tsv --pairs pairs.txt --train-images people.tsv --train-align resize \
    --out lfw_run || complain "on LFW with training images"
passed "facet-dump .*--images $work/people.tsv --align resize .*-o training.h5"
passed "facet-lbp .*--images lbp_training.tsv --root $work --align resize"
echo 'lbp= slide=' >>settings
runs --out plain || complain "without LBP and map"
called "synth synth dump dump dump dump occlusion "
[ -e plain/figures/occlusion_map.svg ] && complain "a map, though there is none"

for misuse in "--lfw lfw" "--pairs pairs.txt" "--train-align resize" "--layer fc9" "--images 0" "--no-such"; do
    # shellcheck disable=SC2086
    runs $misuse --out misused && complain "misuse not refused: $misuse"
    grep -q "Try 'run.sh --help'" messages || complain "no hint after: $misuse"
done
rm -r lfw/George_W_Bush
runs --lfw lfw --landmarks points.tsv --pairs pairs.txt --out nobody && complain "a person without images"
grep -q 'has no folder George_W_Bush' messages || complain "the missing person is not named"

echo "$failures failures"
[ $failures -eq 0 ]
