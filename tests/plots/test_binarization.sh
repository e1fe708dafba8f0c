#!/bin/sh
# test_binarization.sh SOURCE_ROOT: the binarization experiment's script with stand-ins for facet's
# programs: which of them run on synthetic faces and on LFW, with what; the comparison.
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
echo 'formats=svg' >settings
mkdir -p bin lfw/lfw-deepfunneled
"$python" "$root/tests/plots/fake_tables.py" made --images 200 --neurons 64 || exit 1

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
    stand_in facet-synth 'mkdir "$out" && printf "image\tidentity\na\tb\n" >"$out/manifest.tsv"'
    stand_in facet-model 'echo model >"$out"'
    stand_in facet-dump '[ -z "${out:-}" ] || echo activations >"$out"'
    stand_in facet-binarize "[ -z \"\${out:-}\" ] || cp -r '$work/made/binarize/.' \"\$out\""
    stand_in facet-info 'cat "$1" && echo "sha256 0"'
}

failures=0
complain() {
    echo "FAILED: $*"
    [ -s messages ] && sed 's/^/    /' messages
    failures=$((failures + 1))
}
runs() {
    : >calls
    "$root/experiments/binarization/run.sh" --bin bin --threads 1 --settings settings "$@" \
        >printed 2>messages
}
# called EXPECTED: the programs called, in order, but for facet-info and --version
called() {
    found=$(grep -v -e '--version' -e facet-info calls | cut -d ' ' -f 1 | sed 's/facet-//' | tr '\n' ' ')
    [ "$found" = "$1" ] || complain "called '$found', expected '$1'"
}
passed() {
    grep -q -- "$1" calls || complain "not passed on: $1"
}

mkdir -p "a run/tables"
runs --out "a run" --model random --layer fc4 --rule median || complain "first run"
called "synth synth model dump dump dump dump binarize "
passed '--pairs faces/pairs.txt --train-acts training.h5 .*--rule median'
passed 'images others/others.tsv --layers fc3,fc4 --mirror .*-o training.h5'
grep -q Other_b "a run/others/others.tsv" || complain "training people keep their names"
estimate=$(awk -F '\t' '$1 == "binary" && $2 == "hamming" && $3 == 1 && $4 == "fc4" { print $6 }' \
    made/binarize/table4.tsv)
grep -q "^binary	hamming	0.9645	$estimate	" "a run/comparison.tsv" || complain "comparison.tsv"
[ -s "a run/comparison.json" ] || complain "no sidecar"
grep -q '^binary   hamming  *96.45 ' printed || complain "the paper's number is not printed"
[ "$(awk '/^binary|^real/ && length($0) > 100' printed)" = "" ] || complain "wider than 100 columns"
[ -s "a run/figures/binarization.svg" ] || complain "no figure"
runs --out "a run" --model random --rule median || complain "second run"
called ""

echo 'training {"images": 290000}' >trained.h5
echo pairs >lfw/pairs.txt
echo image >people.tsv
mkdir -p other/tables third/tables
runs --out other --lfw lfw/lfw-deepfunneled --model trained.h5 || complain "run on LFW"
called "dump dump binarize "
passed "--pairs pairs.txt -o tables"
cmp -s lfw/pairs.txt other/pairs.txt || complain "no copy of the pairs"
grep -q untrained printed && complain "a trained network called untrained"
runs --out third --lfw lfw --model trained.h5 --train-images people.tsv --train-align resize ||
    complain "run on LFW with training faces"
called "dump dump dump dump binarize "
passed "images $work/people.tsv --align resize --layers"
passed "--train-acts training.h5"
runs --train-images people.tsv
[ $? -eq 2 ] || complain "--train-images without --lfw must be misuse"
runs --nonsense 1
[ $? -eq 2 ] || complain "misuse must end with 2"

[ $failures -eq 0 ] && echo "the experiment's stages work"
[ $failures -eq 0 ]
