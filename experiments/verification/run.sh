#!/usr/bin/env bash
# run.sh: do the neurons know people? Verification and identification, beside the paper's. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures how well a face network tells people apart, beside the paper's Tables 1 and 3, Fig. 4.

Usage: experiments/verification/run.sh [OPTION]...

Example:
  experiments/verification/run.sh
  experiments/verification/run.sh --lfw lfw/lfw-deepfunneled --landmarks lfw/landmarks.tsv \
      --pairs lfw/pairs.txt --train-images people/train.tsv --train-align resize --out out/lfw

Verification of FC-1 to FC-4 by cosine, Euclidean and Hamming distance and by Joint Bayesian; then
identification, closed and open, by one layer. Without --lfw it draws synthetic faces, pairs of them,
and others for Joint Bayesian; without --model it runs the trained network that comes with facet.
Stages (faces, model, dumps, analyses, figures, report) that are done already, with the same settings,
are not done again; a dump that was cut off goes on where it stopped.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people
  --landmarks FILE      its five landmarks an image
  --pairs FILE          pairs of it: pairs.txt (view 2), or pairsDevTest.txt (view 1)
  --train-images PATH   folder or manifest of other people, for Joint Bayesian with --lfw; without
                        it there is none
  --train-align HOW     landmarks or resize (facet-dump --align)
  --acts FILE           activations of these faces that are there already: no stages faces and dump;
                        needs --pairs, and --train-acts in place of --train-images
  --train-acts FILE     activations of other people that are there already
  --model NAME          network to run: a file, one that comes with facet (default deepid2plus; see
                        facet-model list), or random: the paper's with random weights
  --layers A,B,..       layers to measure (default fc1,fc2,fc3,fc4)
  --layer NAME          layer to set beside the paper (default fc4)
  --bootstrap N         replicates (default 1000)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/verification/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' pairs='' train_images='' train_align='' acts='' train_acts='' out=$root/out/verification
threads=$(nproc) bin=${FACET_BIN:-} again=no
read_values "lfw landmarks pairs train-images train-align acts train-acts model layers layer out threads bootstrap \
images identities bin" "$@"
check_numbers threads bootstrap images identities
make_absolute acts train_acts
check_others
if [ -n "$lfw" ] && [ -z "$acts" ]; then
    if [ -z "$landmarks" ] || [ -z "$pairs" ]; then misuse "--lfw needs --landmarks and --pairs"; fi
elif [ -z "$acts" ]; then
    [ -z "$landmarks$pairs$train_images" ] ||
        misuse "--landmarks, --pairs and --train-images belong to --lfw"
fi
[[ ,$layers, = *,$layer,* ]] || misuse "--layer: '$layer' is not one of $layers"
paper=$root/notebooks-data/paper

# ---- programs ----

facet_dump=$(program facet-dump)
facet_info=$(program facet-info)
facet_verify=$(program facet-verify)
facet_identify=$(program facet-identify)
[ -n "$lfw$acts" ] || facet_synth=$(program facet-synth)
[ "$model" != random ] || facet_model=$(program facet-model)

# ---- stages ----

enter_results lfw landmarks pairs train_images paper
[ -z "$pairs" ] || keep_copy pairs

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
    draw_others "$train_identities" "$train_images_drawn" "$train_seed"
}

dump_faces() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    dump_once activations.h5 contact_sheet.png "$key" "${source[@]}" --mirror --layers "$layers" \
        -t "$threads"
}

dump_others() {
    [ -z "$train_acts" ] || { link_acts training "$train_acts" && return; }
    dump_once training.h5 contact_sheet_training.png "$key" "${training[@]}" --mirror \
        --layers "$layers" -t "$threads"
}

verify() {
    "$facet_verify" activations.h5 --pairs "$pairs" --layers "$layers" "${how[@]}" -o verification
}

identify() {
    local set
    for set in closed open; do
        "$facet_identify" activations.h5 --lfw $set "${sizes[@]}" --layers "$layer" "${how[@]}" \
            -o "identification_$set"
    done
}

draw_figures() {
    local format set
    for format in $formats; do
        "$root/plots/facet-plot" figure04 verification --layer "$layer" --paper "$paper" \
            -o "figures/figure04.$format"
        "$root/plots/facet-plot" verification verification --paper "$paper" \
            -o "figures/verification.$format"
        for set in closed open; do
            "$root/plots/facet-plot" identification identification_$set --layer "$layer" \
                --paper "$paper" -o "figures/identification_$set.$format"
        done
    done
}

report() {
    "$here/compare.sh" . "$paper" "$layer" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
}

requested=$again
if [ -z "$lfw$acts" ]; then
    stage faces draw_faces "$identities $images $face_seed $train_identities $train_images_drawn \
$train_seed"
    pairs=faces/pairs.txt train_images=others/others.tsv
fi
stage_model "$requested"
source=(--model "$model" --images faces/manifest.tsv)
[ -z "$lfw" ] || source=(--model "$model" --images "$lfw" --landmarks "$landmarks")
how=(--metric "cosine,euclidean,hamming" --features mirror_concat --bootstrap "$bootstrap"
    --seed "$analysis_seed" -t "$threads")
sizes=()
[ -n "$lfw" ] || sizes=(--people "$people" --distractors 0)
network=$("$facet_info" "$model" | grep '^sha256')
key="${source[*]} $layers $(checksum "$acts")$network"
stage dump dump_faces "$key"
if [ -n "$train_images$train_acts" ]; then
    training=(--model "$model" --images "$train_images" ${train_align:+--align "$train_align"})
    key="${training[*]} $layers $(checksum "$train_acts")$network"
    stage "dump of others" dump_others "$key"
    how+=(--train-acts training.h5 --ridge "$ridge" ${pca:+--pca "$pca"})
    how[1]+=,joint_bayesian
else
    say "no --train-images: without Joint Bayesian"
fi
stage verification verify "$(cksum "$pairs") $layers ${how[*]}"
stage identification identify "$layer ${how[*]} ${sizes[*]}"
stage figures draw_figures "$layer $formats"
stage report report "$layer"

# ---- what came out ----

"$here/compare.sh" --print comparison.tsv
if [ "$(training)" = untrained ]; then
    echo "The network has random, untrained weights: its numbers say what the architecture alone does."
elif [ -z "$lfw" ]; then
    echo "The faces are drawn: these numbers show that everything runs, and are not the paper's result."
fi
echo
echo "figures      $out/figures/{figure04,verification,identification_closed,identification_open}.{${formats// /,}}"
echo "comparison   $out/comparison.tsv"
echo "tables       $out/{verification,identification_closed,identification_open}"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
