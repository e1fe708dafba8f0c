#!/usr/bin/env bash
# run.sh: which neurons know whom? From faces to figures, beside the paper's Fig. 7 to 13. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures what single neurons and all of them tell of people and attributes, and sets it
beside the paper's Fig. 7 to 13 and beside local binary patterns.

Usage: experiments/selectivity/run.sh [OPTION]...

Example:
  experiments/selectivity/run.sh
  experiments/selectivity/run.sh --lfw ~/lfw/lfw-deepfunneled --landmarks ~/lfw/landmarks.tsv \
      --labels ~/lfw/attributes.tsv --pairs ~/lfw/pairs.txt --out out/selectivity-lfw

Without --lfw it draws synthetic faces. Stages (faces, dump, lbp, analysis, layers, lbp_analysis,
population, report, figures) that are done already, with the same settings, are not done again; a
dump that was cut off goes on where it stopped.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people
  --landmarks FILE      five landmarks an image (needed with --lfw)
  --labels FILE         attributes of each image (needed with --lfw)
  --pairs FILE          pairs of LFW's images in folds, for what verification loses (needed with
                        --lfw)
  --acts FILE           activations of these faces that are there already: no stages faces and dump;
                        needs --pairs; --lfw then says that they are of LFW
  --model NAME          network to run: a file, or one that comes with facet (default deepid2plus)
  --layers A,B,..       layers to measure (default fc1,fc2,fc3,fc4)
  --layer NAME          the one of them to set beside the paper (default fc4)
  --lbp OPTIONS         options of facet-lbp, or none: leave it out (default "--points 21 --scales 5
                        --cells 4 --half": 99,120 values, 2.5 GiB for LFW)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/selectivity/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' labels='' pairs='' acts='' out=$root/out/selectivity threads=$(nproc) bin=${FACET_BIN:-}
again=no
given=("$@")
read_values "lfw landmarks labels pairs acts model layers layer lbp out threads images identities bin" "$@"
check_numbers threads images identities
check_lfw
make_absolute acts
if [ -n "$acts" ]; then
    [ -n "$pairs" ] || misuse "--acts needs --pairs"
elif [ -n "$lfw" ]; then
    for need in landmarks labels pairs; do
        [ -n "${!need}" ] || misuse "--lfw needs --$need"
    done
else
    [ -z "$labels$pairs" ] || misuse "--labels and --pairs belong to --lfw"
fi
[[ ,$layers, == *,$layer,* ]] || misuse "--layer: $layer is not among --layers $layers"
paper=$root/notebooks-data/paper

# ---- programs ----

facet_dump=$(program facet-dump)
facet_selectivity=$(program facet-selectivity)
facet_population=$(program facet-population)
facet_info=$(program facet-info)
[ "$lbp" = none ] || facet_lbp=$(program facet-lbp)
[ -n "$lfw$acts" ] || facet_synth=$(program facet-synth)

# ---- stages ----

enter_results lfw landmarks labels pairs paper
[ -z "$pairs" ] || keep_copy pairs

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
}

dump() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    dump_to activations contact_sheet.png --layers "$layers" --mirror
}

# The same faces without the network.
dump_lbp() {
    local facet_dump=$facet_lbp
    # shellcheck disable=SC2086 # several options
    dump_once lbp.h5 lbp_sheet.png "$key" "${source[@]:2}" $lbp -t "$threads"
}

# measure FILE TABLES OPTION...
measure() {
    local file=$1 tables=$2
    shift 2
    "$facet_selectivity" "$file" -t "$threads" --splits "$splits" --seed "$analysis_seed" \
        "${targets[@]}" "$@" -o "$tables"
}

analyse() {
    measure activations.h5 tables --layers "$layer" --classifiers "$classifiers" "${more[@]}"
}

analyse_layers() {
    measure activations.h5 layers --layers "$layers"
}

analyse_lbp() {
    measure lbp.h5 lbp
}

analyse_population() {
    "$facet_population" activations.h5 -t "$threads" --layers "$layer" --splits "$population_splits" \
        --repeats "$repeats" --seed "$analysis_seed" "${targets[@]}" --pairs "$pairs" -o population
}

report() {
    local singles=(layers/targets.tsv)
    [ "$lbp" = none ] || singles+=(lbp/targets.tsv)
    "$here/compare.sh" "$paper" "$layer" tables/classifiers.tsv "${singles[@]}" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
    sidecar comparison.tsv "Single neurons and all of them beside the paper's" \
        "experiments/selectivity/run.sh ${given[*]}" "$("$facet_selectivity" --version | sed 's/^[^:]*: //')" \
        "${singles[@]}" tables/classifiers.tsv "$paper"/figure0[789]*.tsv <<'END'
target|string|1|person, against everybody else, or attribute
layer|string|1|layer of the network, image and mirror image; lbp: high-dimensional local binary patterns
measure|string|1|single: the best neuron; svm: linear classifier of all
paper|real|1|the paper's balanced accuracy: DeepID2+ for the layer that is set beside it, high-dimensional LBP for lbp; NA where it has none
ours|real|1|balanced accuracy here (targets, classifiers)
chosen|real|1|single: of the neuron that is best on one half, on the other; NA for svm
neuron|real|1|single: index of the neuron; NA for svm
direction|string|1|single: excitatory or inhibitory; NA for svm
selective|real|1|single: share of the neurons that are selective (q < 0.05); NA for svm
END
}

# draw FIGURE NAME TABLES OPTION...
draw() {
    local figure=$1 name=$2 from=$3 format
    shift 3
    for format in $formats; do
        "$root/plots/facet-plot" "$figure" "$from" -o "figures/$name.$format" "$@"
    done
}

draw_figures() {
    local figure
    for figure in figure07 figure08 figure09; do
        draw "$figure" "$figure" tables --layer "$layer" --paper "$paper"
    done
    draw figure10 figure10 tables --layer "$layer" --targets "$people"
    draw figure10 figure11 tables --layer "$layer" --targets "$attributes"
    draw figure12 figure12 tables --layer "$layer" --targets "$people"
    draw figure12 figure13a tables --layer "$layer" --targets "${attributes%%,*}"
    draw figure13 figure13b tables --layer "$layer" --targets "$group"
    draw single_neurons single_neurons . --layer "$layer"
    [ "$lbp" = none ] || draw figure10 figure10_lbp lbp --layer lbp --targets "$people"
    for figure in curves overlap ablation; do
        draw "population_$figure" "population_$figure" population --layer "$layer"
    done
}

# The first names of a kind, identity or attribute, with commas.
names_of() {
    awk -F '\t' -v kind="$1" '
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["kind"] == kind && !($1 in seen) && n < 5 {
            seen[$1] = 1
            printf "%s%s", n++ ? "," : "", $1
        }' layers/targets.tsv
}

if [ -z "$lfw" ]; then
    [ -n "$acts" ] || stage faces draw_faces "$identities $images $face_seed"
    targets=(--by "identity,$synth_attributes" --top "$top" --min-images 2 --cut "$synth_cut")
    more=(--group "$synth_group")
    [ -n "$acts" ] || pairs=faces/pairs.txt
else
    targets=(--by "identity,$lfw_attributes" --select "$lfw_people" --cut "$lfw_cut")
    more=(--by "identity,$lfw_attributes,$lfw_more" --group "$lfw_group")
fi
group=${more[-1]}
requested=$again
set_source
[ -z "$labels" ] || source+=(--labels "$labels")
key="${source[*]} $layers $(checksum "$acts")$("$facet_info" "$model" | grep '^sha256')"
stage dump dump "$key"
dumped=$again
how="$splits $analysis_seed ${targets[*]}"
stage analysis analyse "$layer $classifiers $how ${more[*]}"
again=$dumped
stage layers analyse_layers "$layers $how"
again=$dumped
stage population analyse_population "$layer $population_splits $repeats $how $pairs"
if [ "$lbp" != none ]; then
    again=$requested
    key="${source[*]:2} $lbp"
    stage lbp dump_lbp "$key"
    stage lbp_analysis analyse_lbp "$lbp $how"
fi
people=$(names_of identity) attributes=$(names_of attribute)
[ ${#times[@]} -eq 0 ] || again=yes
stage report report "$layer"
stage figures draw_figures "$layer $formats"

# ---- what came out ----

echo
"$here/compare.sh" --print comparison.tsv
echo
echo "figures      $out/figures"
echo "comparison   $out/comparison.tsv"
echo "tables       $out/{tables,layers,lbp,population}"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }" | fold -s -w 100
