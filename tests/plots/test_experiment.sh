#!/bin/sh
# test_experiment.sh SOURCE_ROOT: the sparsity experiment's script with stand-ins for facet's
# programs: stages run once, again when their settings change, and go on after a failure; the
# comparison and the page hold what the tables say.
set -u
root=$1
python=/usr/bin/python3
for need in gnuplot bash base64; do
    command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
echo 'formats=svg' >settings
mkdir -p bin/deep lfw/lfw-deepfunneled
"$python" "$root/tests/plots/fake_tables.py" made --images 200 --neurons 64 || exit 1

# A stand-in writes its command to `calls` and makes its output; a file `broken` makes it fail.
stand_in() {
    cat >"bin/deep/$1" <<END
#!/bin/sh
echo "$1 \$*" >>"$work/calls"
[ -e "$work/broken" ] && [ "\$(cat "$work/broken")" = "$1" ] && echo "$1: broken" >&2 && exit 1
for last; do
    [ "\${before:-}" = -o ] && out=\$last
    before=\$last
done
$2
END
    chmod +x "bin/deep/$1"
}
# shellcheck disable=SC2016
{
    stand_in facet-synth 'mkdir "$out" && echo image >"$out/manifest.tsv"'
    stand_in facet-model 'printf "training  none\nsha256  random\n" >"$out"'
    stand_in facet-dump '[ -z "${out:-}" ] || echo activations >"$out"'
    stand_in facet-sparsity "rm -rf \"\$out\" && cp -r '$work/made' \"\$out\""
    stand_in facet-info 'if [ -e "$1" ]; then cat "$1"; else echo "sha256  shipped"; fi'
}

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}
runs() {
    : >calls
    "$root/experiments/sparsity/run.sh" --bin bin --threads 1 --settings settings "$@" >printed 2>messages
}
# calls EXPECTED: the programs called, in order, but for questions to facet-info
called() {
    found=$(cut -d ' ' -f 1 calls | sed '/info/d;s/facet-//' | tr '\n' ' ')
    [ "$found" = "$1" ] || complain "called '$found', expected '$1'"
}

runs --out "a run" || complain "first run"
called "synth dump dump sparsity "
grep -q -- '--model deepid2plus ' calls || complain "the network that comes with facet isn't used"
[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most > 100 }' printed)" = 0 ] ||
    grep -q "$work" printed || complain "wider than 100 columns"
grep -q '292 +- 34 of 512 (57 %)' printed || complain "paper's neurons per image not printed"
grep -q '26,565 +- 5,754 of 46,594 (57 %)' printed || complain "paper's images per neuron missing"
grep -q 'untrained' printed && complain "a trained network called untrained"
mean=$(awk -F '\t' '$1 == "fc4" && $2 == "original" && $3 == "active_neurons_per_image" {
    print $5 }' made/summary.tsv)
grep -q "^active_neurons_per_image	292	$mean	" "a run/comparison.tsv" || complain "comparison.tsv"
share=$(awk "BEGIN { printf \"%.9g\", $mean / 64 }")
grep -q "^active_share	0.5703125	$share	" "a run/comparison.tsv" || complain "share of $share"
[ "$(grep -c 'data:image/svg+xml' "a run/summary.html")" = 3 ] || complain "figures in summary.html"
grep -q 'The faces are drawn' "a run/summary.html" || complain "summary.html: drawn faces not said"

runs --out random --model random || complain "random weights"
called "synth model dump dump sparsity "
grep -q 'untrained' printed || complain "not said that the weights are random"
grep -q 'never trained' random/summary.html || complain "summary.html: random weights not said"

runs --out "a run" || complain "second run"
called ""
runs --out "a run" --bootstrap 50 || complain "other bootstrap"
called "sparsity "
grep -q -- '--bootstrap 50' calls || complain "bootstrap not passed on"
echo facet-sparsity >broken
runs --out "a run" --images 100 && complain "a failing program was not noticed"
called "synth dump dump sparsity "
rm broken
runs --out "a run" --images 100 || complain "after the failure"
called "sparsity "

echo facet-dump >broken
runs --out other --lfw lfw && complain "a failing dump was not noticed"
rm broken
runs --out other --lfw lfw || complain "run on LFW"
called "dump dump sparsity "
grep -q -- '--crop 80.0,81.7,89.7,105.0 .*--resume' calls || complain "crop or resume missing"
echo 'image' >lfw/landmarks.tsv
printf 'training  290000 images\nsha256  trained\n' >trained.h5
runs --out other --lfw lfw/lfw-deepfunneled --model trained.h5 || complain "landmarks and model"
grep -q -- '--landmarks .*landmarks.tsv .*--force' calls || complain "landmarks or force missing"
grep -q info calls || complain "facet-info not asked"
grep -q untrained printed && complain "a trained network of the user called untrained"
runs --nonsense
[ $? -eq 2 ] || complain "misuse must end with 2"
runs --lfw nowhere
grep -q 'nowhere: no such folder' messages || complain "missing folder"

[ $failures -eq 0 ] && echo "the experiment's stages work"
[ $failures -eq 0 ]
