#!/bin/sh
# test_selectivity_run.sh SOURCE_ROOT: the selectivity experiment's script with stand-ins for facet's
# programs: stages run once, again when their settings change, and without LBP; what is passed on; the
# comparison holds what the tables and the paper say.
set -u
root=$1
python=/usr/bin/python3
for need in gnuplot bash; do
    command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
printf 'formats=png\nsynth_group=male,bald_score\nlfw_group=male,bald_score\n' >settings
mkdir -p bin lfw
touch landmarks.tsv labels.tsv pairs.txt
"$python" "$root/tests/plots/fake_tables.py" made --images 50 --neurons 16 --pairs 600 || exit 1
sed 's/	fc4	/	lbp	/' made/selectivity/response.tsv >lbp_response.tsv

# shellcheck source=tests/plots/drawing.sh
. "$root/tests/plots/drawing.sh"

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
    stand_in facet-synth 'mkdir "$out" && echo image >"$out/manifest.tsv" && echo pairs >"$out/pairs.txt"'
    stand_in facet-dump '[ -z "${out:-}" ] || echo activations >"$out"'
    stand_in facet-lbp '[ -z "${out:-}" ] || echo lbp >"$out"'
    stand_in facet-selectivity "[ \"\$1\" = --version ] && echo 1 && exit
        rm -rf \"\$out\" && cp -r '$work/made/selectivity' \"\$out\"
        [ \"\$out\" != lbp ] || cp '$work/lbp_response.tsv' lbp/response.tsv"
    stand_in facet-population "rm -rf \"\$out\" && cp -r '$work/made/selectivity' \"\$out\""
    stand_in facet-info 'if [ -e "$1" ]; then cat "$1"; else echo "sha256  shipped"; fi'
}

runs() {
    : >calls
    "$root/experiments/selectivity/run.sh" --bin bin --threads 1 --settings settings "$@" >printed \
        2>messages
}
# called EXPECTED: the programs called, in order, but for questions
called() {
    found=$(grep -v -e info -e --version calls | cut -d ' ' -f 1 | sed 's/facet-//' | tr '\n' ' ')
    [ "$found" = "$1" ] || complain "called '$found', expected '$1'"
}

runs --out "a run" || complain "first run"
called "synth dump dump selectivity selectivity population lbp lbp selectivity "
grep -q 'selectivity .*--group male,bald_score .*-o tables' calls || complain "group not passed on"
grep -q 'population .*--pairs faces/pairs.txt' calls || complain "pairs not passed on"
grep -q 'lbp .*--points 21 --scales 5 --cells 4' calls || complain "options of LBP not passed on"
for figure in figure07 figure08 figure09 figure10 figure10_lbp figure11 figure12 figure13a figure13b \
    single_neurons population_curves population_overlap population_ablation; do
    [ -s "a run/figures/$figure.png" ] || complain "no $figure"
done
grep -q '^George_W_Bush	fc4	single	0.9429	0.9	0.88	' "a run/comparison.tsv" ||
    complain "comparison.tsv: a single neuron"
grep -q '^male	fc4	svm	0.9791	0.93	NA	' "a run/comparison.tsv" || complain "comparison.tsv: all neurons"
grep -q '"name": "selective"' "a run/comparison.json" || complain "comparison.json"
grep -q 'George_W_Bush .* 90.0 .*(94.3)' printed || complain "the paper's number is not printed"
[ "$(awk 'length($0) > 100' printed | grep -cv "$work")" = 0 ] || complain "wider than 100 columns"

runs --out "a run" || complain "second run"
called ""
runs --out "a run" --lbp "--points 5" || complain "other LBP"
called "lbp lbp selectivity "
runs --out "no lbp" --lbp none || complain "without LBP"
called "synth dump dump selectivity selectivity population "
runs --out real --lfw lfw --landmarks landmarks.tsv --labels labels.tsv --pairs pairs.txt --lbp none ||
    complain "run on LFW"
called "dump dump selectivity selectivity population "
grep -q 'dump .*--labels .*labels.tsv' calls || complain "labels not passed on"
grep -q 'selectivity .*--cut 0.5 .*bald_score.*-o tables' calls || complain "cut or attributes"
runs --lfw lfw --landmarks landmarks.tsv --labels labels.tsv
[ $? -eq 2 ] || complain "misuse must end with 2"
grep -q -- '--lfw needs --pairs' messages || complain "missing pairs"
runs --layer fc9
grep -q 'fc9 is not among' messages || complain "a layer that isn't measured"

[ $failures -eq 0 ] && echo "the experiment's stages work"
[ $failures -eq 0 ]
