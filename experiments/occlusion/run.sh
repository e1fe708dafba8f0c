#!/usr/bin/env bash
# run.sh: what is left when faces are half hidden? From faces to tables and figures, beside the paper's
# Fig. 14 to 17. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures what is left of recognition when parts of the faces are hidden, beside the paper's
Fig. 14 to 17.

Usage: experiments/occlusion/run.sh [OPTION]...

Example:
  experiments/occlusion/run.sh
  experiments/occlusion/run.sh --lfw lfw/lfw-deepfunneled --landmarks lfw/landmarks.tsv \
      --pairs lfw/pairs.txt --train-images people/train.tsv --train-align resize --out out/occlusion-lfw

Verification by FC-1 to FC-4, and by LBP, of faces whose bottom or a square is hidden; how far the
neurons move; a map of the places that hurt most. Without --lfw it draws synthetic faces, pairs of
them, and others for Joint Bayesian; without --model it runs the trained network that comes with
facet. Stages that are done already, with the same settings, are not done again; a dump that was cut
off goes on where it stopped.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people; the images in
                        the pairs are taken, and those of one person
  --landmarks FILE      its five landmarks an image
  --pairs FILE          pairs of it: pairs.txt (view 2), or a table with image_a, image_b,
                        same, fold
  --train-images FILE   manifest of other people, for Joint Bayesian with --lfw; without it there is
                        none
  --train-align HOW     landmarks or resize (facet-dump --align)
  --train-acts FILE     activations of such people that are there already, in place of dumping them
  --model NAME          network to run: a file, one that comes with facet (default deepid2plus; see
                        facet-model list), or random: the paper's with random weights
  --layers A,B,..       layers to measure (default fc1,fc2,fc3,fc4)
  --layer NAME          layer of Fig. 17 and of single neurons on the map (default fc4)
  --levels SPEC         what is hidden (default bottom:10-70/10,block:10-70/10; facet-dump --occlude)
  --bootstrap N         replicates (default 1000)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/occlusion/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' pairs='' train_images='' train_align='' train_acts='' out=$root/out/occlusion
threads=$(nproc) bin=${FACET_BIN:-} again=no
given=("$@")
read_values "lfw landmarks pairs train-images train-align train-acts model layers layer levels out threads \
bootstrap images identities bin" "$@"
check_numbers threads bootstrap images identities map_every
check_lfw
make_absolute train_acts
if [ -n "$lfw" ]; then
    if [ -z "$landmarks" ] || [ -z "$pairs" ]; then misuse "--lfw needs --landmarks and --pairs"; fi
else
    [ -z "$pairs$train_images$train_acts" ] ||
        misuse "--pairs, --train-images and --train-acts belong to --lfw"
fi
[ -n "$train_images" ] || [ -z "$train_align" ] || misuse "--train-align belongs to --train-images"
[[ ,$layers, = *,$layer,* ]] || misuse "--layer: '$layer' is not one of $layers"
paper=$root/notebooks-data/paper

# ---- programs ----

facet_dump=$(program facet-dump)
facet_info=$(program facet-info)
facet_occlusion=$(program facet-occlusion)
[ -z "$lbp" ] || facet_lbp=$(program facet-lbp)
[ -n "$lfw" ] || facet_synth=$(program facet-synth)
[ "$model" != random ] || facet_model=$(program facet-model)

# ---- stages ----

enter_results lfw landmarks pairs train_images paper

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
    draw_others "$train_identities" "$train_images_drawn" "$train_seed"
}

# list_pairs: pairs.txt of LFW's kind as a table; a table as it is.
list_pairs() {
    awk -F '\t' -v OFS='\t' '
        function image(name, number) { return sprintf("%s/%s_%04d.jpg", name, name, number) }
        NR == 1 {
            each = NF > 1 ? $2 : $1
            for (i = 1; i <= NF; i++) at[$i] = i
            print "image_a", "image_b", "same", "fold"
            next
        }
        "image_a" in at { print $at["image_a"], $at["image_b"], $at["same"], "fold" in at ? $at["fold"] : 1; next }
        { fold = int((NR - 2) / (2 * each)) + 1 }
        NF == 3 { print image($1, $2), image($1, $3), 1, fold }
        NF == 4 { print image($1, $2), image($3, $4), 0, fold }' "$pairs"
}

# list_images PAIRS.tsv [PERSON]: a manifest of the images in a table of pairs, and of a person.
list_images() {
    {
        awk -F '\t' 'NR > 1 { print $1; print $2 }' "$1"
        [ -z "${2:-}" ] || (cd "$lfw" && printf '%s\n' "$2"/*.jpg)
    } | sort -u | awk -F / -v OFS='\t' 'BEGIN { print "image", "identity" } { print $0, $1 }'
}

list_faces() {
    list_pairs >pairs.tsv
    awk -v every="$map_every" 'NR == 1 || (NR - 2) % every == 0' pairs.tsv >map_pairs.tsv
    if [ -n "$lfw" ]; then
        [ -z "$lfw_person" ] || [ -d "$lfw/$lfw_person" ] || fail "$lfw: has no folder $lfw_person"
        list_images pairs.tsv "$lfw_person" >images.tsv
        list_images map_pairs.tsv >map_images.tsv
    else
        # as drawn, with their landmarks; on the map only those in its pairs
        awk -F '\t' 'NR == FNR { if (FNR > 1) used[$1] = used[$2] = 1; next }
            FNR == 1 || $1 in used' map_pairs.tsv faces/manifest.tsv >map_images.tsv
    fi
    if [ -n "$train_images" ]; then
        head -n $((lbp_train_images + 1)) "$train_images" >lbp_training.tsv
    fi
}

dump() {
    dump_once activations.h5 contact_sheet.png "$key" "${hidden[@]}" --preview-count 12 -t "$threads"
}

dump_map() {
    dump_once map.h5 map_sheet.png "$key" "${places[@]}" --preview-count 1 -t "$threads"
    mkdir -p map
    "$facet_dump" "${clean[@]}" --mean-face map/face.tsv
}

dump_others() {
    [ -z "$train_acts" ] || { link_acts training "$train_acts" && return; }
    dump_once training.h5 training_sheet.png "$key" "${training[@]}" -t "$threads"
}

# By facet-lbp in place of facet-dump.
dump_lbp() {
    local facet_dump=$facet_lbp
    dump_once lbp.h5 lbp_sheet.png "$key" "${described[@]}" --preview-count 12 -t "$threads"
}

dump_lbp_others() {
    local facet_dump=$facet_lbp
    dump_once lbp_training.h5 lbp_training_sheet.png "$key" "${described_training[@]}" -t "$threads"
}

analyse() {
    "$facet_occlusion" activations.h5 --pairs pairs.tsv "${how[@]}" "${beside[@]}" "${person[@]}" \
        --occlude-seed "$occlude_seed" -o tables
}

analyse_map() {
    "$facet_occlusion" map.h5 --pairs map_pairs.tsv "${how[@]}" -o map
}

draw_figures() {
    local format figure
    for format in $formats; do
        for figure in figure15 figure16; do
            "$root/plots/facet-plot" "$figure" tables --paper "$paper" -o "figures/$figure.$format"
        done
        "$root/plots/facet-plot" figure17 tables --layer "$layer" -o "figures/figure17.$format"
        [ -z "$slide" ] || "$root/plots/facet-plot" occlusion_map map --layer "$layer" \
            -o "figures/occlusion_map.$format"
    done
}

report() {
    local command="experiments/occlusion/run.sh ${given[*]}" version
    version=$("$facet_occlusion" --version | sed 's/^[^:]*: //')
    "$here/compare.sh" tables "$paper" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
    sidecar comparison.tsv "Accuracy on hidden faces beside the paper's Fig. 15 and 16" "$command" \
        "$version" tables/accuracy.tsv "$paper/figure15_partial.tsv" "$paper/figure16_block.tsv" <<'END'
kind|string|1|bottom (Fig. 15) or block (Fig. 16); the paper's are read off its figures, to about 0.001
level|integer|percent or pixel|percent of the face, or side of the square on a face of 94 x 110
layer|string|1|layer; lbp: high-dimensional LBP
metric|string|1|ours; the paper's is Joint Bayesian
paper|real|1|the paper's accuracy on LFW, view 2; NA where it has none
ours|real|1|ours (accuracy): mean over folds
se|real|1|standard error over folds
ci_low|real|1|lower end of the 95 % interval over people
ci_high|real|1|upper end
paper_change|real|1|the paper's accuracy less that of clean faces
change|real|1|ours
change_low|real|1|lower end of its 95 % interval, paired, over people
change_high|real|1|upper end
END
    "$here/shapes.sh" tables >shapes.tsv.new
    mv shapes.tsv.new shapes.tsv
    sidecar shapes.tsv "What the paper finds in Fig. 15 to 17: found here or not" "$command" "$version" \
        tables/accuracy.tsv tables/differences.tsv tables/sets.tsv <<'END'
finding|string|1|what the paper finds
metric|string|1|by which it was looked for
condition|string|1|a part of it, as a statement of ours about one or two accuracies
estimate|real|1|the quantity that the statement is about: a difference of accuracies, or of losses; of patterns the correlation, or the share of the excitatory tenth whose mean on the person is still above that on others
ci_low|real|1|lower end of its 95 % interval over people, paired; NA without
ci_high|real|1|upper end
found|string|1|yes: the estimate is as the statement has it; no
supported|string|1|yes: all of the interval says what `found` says; no: it holds both; NA: no interval
END
}

requested=$again
if [ -z "$lfw" ]; then
    stage faces draw_faces "$identities $images $face_seed $train_identities $train_images_drawn \
$train_seed"
    pairs=faces/pairs.txt train_images=others/others.tsv
fi
stage lists list_faces "$lfw $(checksum "$pairs") $train_images $lfw_person $map_every $lbp_train_images"
stage_model "$requested"
faces=(--images faces/manifest.tsv)
map_faces=(--images map_images.tsv --root faces)
lbp_training=(--images lbp_training.tsv --root others)
person=()
if [ -n "$lfw" ]; then
    faces=(--images images.tsv --root "$lfw" --landmarks "$landmarks")
    map_faces=(--images map_images.tsv --root "$lfw" --landmarks "$landmarks")
    lbp_training=(--images lbp_training.tsv --root "$(dirname "$train_images")")
    [ -z "$lfw_person" ] || person=(--identities "$lfw_person")
fi
network=$("$facet_info" "$model" | grep '^sha256')
run=(--model "$model" --layers "$layers")
mirrored=() lbp_mirrored=()
[ "$mirror" = no ] || mirrored=(--mirror)
[ "$lbp_mirror" = no ] || lbp_mirrored=(--mirror)
hide=(--occlude "$levels" --occlude-seed "$occlude_seed")
clean=(--model "$model" "${faces[@]}")
hidden=("${run[@]}" "${faces[@]}" "${hide[@]}" "${mirrored[@]}")
key="${hidden[*]} $network"
stage dump dump "$key"
how=(--metric "cosine,euclidean" --layers "$layers" --bootstrap "$bootstrap" --seed "$analysis_seed"
    -t "$threads")
if [ -n "$train_images$train_acts" ]; then
    training=("${run[@]}" --images "$train_images" ${train_align:+--align "$train_align"}
        "${mirrored[@]}")
    key="${training[*]} $(checksum "$train_acts")$network"
    stage "dump of others" dump_others "$key"
    how+=(--train-acts training.h5 --ridge "$ridge" ${pca:+--pca "$pca"})
    how[1]+=,joint_bayesian
else
    say "no --train-images, no --train-acts: without Joint Bayesian"
fi
beside=()
if [ -n "$lbp" ]; then
    read -ra describe <<<"$lbp"
    described=("${describe[@]}" "${faces[@]}" "${hide[@]}" "${lbp_mirrored[@]}")
    key="${described[*]}"
    stage LBP dump_lbp "$key"
    beside=(--beside lbp.h5)
    if [ -n "$train_images" ]; then
        described_training=("${describe[@]}" "${lbp_training[@]}"
            ${train_align:+--align "$train_align"} "${lbp_mirrored[@]}")
        key="${described_training[*]} $lbp_train_images"
        stage "LBP of others" dump_lbp_others "$key"
        beside+=(--beside-train lbp_training.h5)
    fi
fi
if [ -n "$slide" ]; then
    places=("${run[@]}" "${map_faces[@]}" --occlude "slide:$slide" "${mirrored[@]}")
    key="${places[*]} $network"
    stage "dump of the map" dump_map "$key"
fi
stage analysis analyse "${how[*]} ${beside[*]} ${person[*]}"
[ -z "$slide" ] || stage map analyse_map "${how[*]}"
stage figures draw_figures "$layer $slide $formats"
stage report report ""

# ---- what came out ----

echo
"$here/compare.sh" --print comparison.tsv
echo
"$here/shapes.sh" --print shapes.tsv
echo
if [ "$(training)" = untrained ]; then
    echo "The network has random, untrained weights: its numbers say what the architecture alone does."
elif [ -z "$lfw" ]; then
    echo "The faces are drawn: these numbers show that everything runs, and are not the paper's result."
fi
echo "hidden faces $out/contact_sheet.png (Fig. 14)"
echo "figures      $out/figures/{figure15,figure16,figure17,occlusion_map}.{${formats// /,}}"
echo "comparison   $out/comparison.tsv, $out/shapes.tsv"
echo "tables       $out/tables, $out/map"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
