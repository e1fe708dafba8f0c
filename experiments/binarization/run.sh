#!/usr/bin/env bash
# run.sh: what is left of recognition when neurons become bits? From faces to tables and a figure,
# beside the paper's Table 4. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures what is left of recognition when each neuron becomes one bit, beside the paper's
Table 4.

Usage: experiments/binarization/run.sh [OPTION]...

Example:
  experiments/binarization/run.sh
  experiments/binarization/run.sh --lfw ~/data/lfw --pairs ~/data/lfw/pairs.txt \
      --train-images ~/data/faces.tsv --train-align resize --out out/binarization-lfw

Without --lfw it draws synthetic faces, pairs of them in ten folds, and further people to train
on; without --model it runs the trained network that comes with facet. Stages (faces, model,
dump, train_dump, analysis, figures, report) that are done already, with the same settings, are
not done again; a dump that was cut off goes on where it stopped.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people, or the one
                        above it
  --landmarks FILE      five landmarks an image (default: landmarks.tsv in DIR or above it; where
                        there is none, a fixed rectangle is cut out)
  --pairs FILE          pairs of LFW's images in folds (default: pairs.txt in DIR or above it)
  --train-images FILE   manifest of other people to train Joint Bayesian on, and to choose bits and
                        thresholds; with --lfw only; without it there are no such rows
  --train-align HOW     how these images are aligned, as facet-dump --align has it
  --acts FILE           activations of these faces that are there already: no stages faces and dump;
                        needs --pairs, and --train-acts in place of --train-images
  --train-acts FILE     activations of other people that are there already
  --model NAME          network to run: a file, one that comes with facet (default deepid2plus; see
                        facet-model list), or random: the paper's with random weights
  --layers A,B,..       layers to binarize (default fc3,fc4)
  --layer NAME          layer to set beside the paper (default fc4)
  --rule RULE           value, median or trained (default value: above 0)
  --pca N               components before Joint Bayesian (default 160)
  --repeats N           random choices of bits for each length (default 20)
  --bootstrap N         replicates (default 1000)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/binarization/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' pairs='' train_images='' train_align='' acts='' train_acts='' out=$root/out/binarization
threads=$(nproc) bin=${FACET_BIN:-} again=no
given=("$@")
read_values "lfw landmarks pairs train-images train-align acts train-acts model layers layer rule pca repeats out \
    threads bootstrap images identities bin" "$@"
check_numbers threads pca repeats bootstrap images identities
check_lfw
make_absolute acts train_acts
check_others
if [ -z "$lfw$acts" ]; then
    [ -z "$pairs$train_images" ] || misuse "--pairs and --train-images belong to --lfw"
elif [ -z "$pairs" ]; then
    for pairs in "$lfw/pairs.txt" "$lfw/../pairs.txt" ''; do
        [ -r "$pairs" ] && break
    done
    [ -n "$pairs" ] || fail "$lfw: has no pairs.txt: say where it is (--pairs)"
fi
paper=$root/notebooks-data/paper

# ---- programs ----

facet_dump=$(program facet-dump)
facet_binarize=$(program facet-binarize)
facet_info=$(program facet-info)
[ -n "$lfw$acts" ] || facet_synth=$(program facet-synth)
[ "$model" != random ] || facet_model=$(program facet-model)

# ---- stages ----

enter_results lfw landmarks pairs train_images paper
[ -z "$pairs" ] || keep_copy pairs

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
    draw_others "$train_identities" "$train_images_count" "$train_face_seed"
}

dump() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    dump_to activations contact_sheet.png --layers "$layers" --mirror
}

dump_training() {
    [ -z "$train_acts" ] || { link_acts training "$train_acts" && return; }
    dump_to training training_sheet.png --layers "$layers" --mirror
}

analyse() {
    "$facet_binarize" activations.h5 --pairs "$pairs" "${trained[@]}" -o tables -t "$threads" \
        --rule "$rule" --pca "$pca" --repeats "$repeats" --bootstrap "$bootstrap" \
        --seed "$analysis_seed" --layers "$layers"
}

draw_figures() {
    local format
    for format in $formats; do
        "$root/plots/facet-plot" binarization tables --layer "$layer" --paper "$paper" \
            -o "figures/binarization.$format"
    done
}

report() {
    "$here/compare.sh" tables "$paper" "$layer" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
    sidecar comparison.tsv "Real and binary values beside the paper's Table 4" \
        "experiments/binarization/run.sh ${given[*]}" "$("$facet_binarize" --version | sed 's/^[^:]*: //')" \
        tables/table4.tsv "$paper/lfw_binarization.tsv" <<'END'
values|string|1|real: activations; binary: one bit a neuron
classifier|string|1|joint_bayesian, hamming, cosine, euclidean
paper|real|1|the paper's accuracy of one network on LFW, view 2; NA where it has none
ours|real|1|ours (table4): mean over folds
se|real|1|standard error over folds
ci_low|real|1|lower end of the 95 % interval over people
ci_high|real|1|upper end
END
}

requested=$again
faces="synthetic faces, drawn from the seeds $face_seed and $train_face_seed"
[ -z "$lfw" ] || faces="Labeled Faces in the Wild, deep-funneled"
if [ -z "$lfw$acts" ]; then
    stage faces draw_faces "$identities $images $face_seed $train_identities $train_images_count \
$train_face_seed"
    pairs=faces/pairs.txt train_images=others/others.tsv
fi
stage_model "$requested"
weights=$("$facet_info" "$model" | grep '^sha256')
set_source
key="${source[*]} $layers $(checksum "$acts")$weights"
stage dump dump "$key"
trained=()
if [ -n "$train_images$train_acts" ]; then
    source=(--model "$model" --images "$train_images" ${train_align:+--align "$train_align"})
    key="${source[*]} $layers $(checksum "$train_acts")$weights"
    stage train_dump dump_training "$key"
    trained=(--train-acts training.h5)
fi
stage analysis analyse "$(cksum "$pairs") $layers ${trained[*]} $rule $pca $repeats $bootstrap $analysis_seed"
stage figures draw_figures "$layer $formats"
stage report report "$layer"

# ---- what came out ----

echo
"$here/compare.sh" --print comparison.tsv
echo
echo "Faces: $faces. The paper's are of LFW, by a network of its own."
if [ "$(training)" = untrained ]; then
    echo "The network has random, untrained weights: its numbers say what the architecture alone does."
fi
echo
echo "figure       $out/figures/binarization.{${formats// /,}}"
echo "comparison   $out/comparison.tsv"
echo "tables       $out/tables"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
