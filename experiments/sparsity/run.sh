#!/usr/bin/env bash
# run.sh: are the neurons sparse? From faces to figures, beside the paper's Fig. 6. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures how sparse a face network's neurons are, and sets it beside the paper's Fig. 6.

Usage: experiments/sparsity/run.sh [OPTION]...

Example:
  experiments/sparsity/run.sh
  experiments/sparsity/run.sh --lfw ~/data/lfw --out out/lfw

Without --lfw it draws synthetic faces; without --model it runs the trained network that comes with
facet. Stages (faces, model, dump, analysis, figures, report) that are done already, with the same
settings, are not done again; a dump that was cut off goes on where it stopped.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people, or the one
                        above it
  --landmarks FILE      five landmarks an image (default: landmarks.tsv in DIR or above it; where
                        there is none, a fixed rectangle is cut out)
  --model NAME          network to run: a file, one that comes with facet (default deepid2plus; see
                        facet-model list), or random: the paper's with random weights
  --layers A,B,..       layers to measure (default fc1,fc2,fc3,fc4)
  --layer NAME          layer to set beside the paper (default fc4)
  --acts FILE           activations of these faces that are there already: no stages faces and dump
  --faces TEXT          what the faces of --acts are, for the report
  --bootstrap N         replicates (default 1000)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/sparsity/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' acts='' faces='' out=$root/out/sparsity threads=$(nproc) bin=${FACET_BIN:-} again=no
given=("$@")
read_values "lfw landmarks acts faces model layers layer out threads bootstrap images identities bin" "$@"
check_numbers threads bootstrap images identities
check_lfw
make_absolute acts
[ -n "$acts" ] || [ -z "$faces" ] || misuse "--faces belongs to --acts"
paper=$root/notebooks-data/paper

# ---- programs ----

facet_dump=$(program facet-dump)
facet_sparsity=$(program facet-sparsity)
facet_info=$(program facet-info)
[ -n "$lfw$acts" ] || facet_synth=$(program facet-synth)
[ "$model" != random ] || facet_model=$(program facet-model)

# ---- stages ----

enter_results lfw landmarks paper
tables=tables
figures=figures

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" \
        -o faces
}

dump() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    dump_to activations contact_sheet.png --layers "$layers"
}

analyse() {
    "$facet_sparsity" activations.h5 -o "$tables" -t "$threads" \
        --layers "$layers" --bootstrap "$bootstrap" --pairs "$pairs" --seed "$analysis_seed"
}

draw_figures() {
    local format
    for format in $formats; do
        "$root/plots/facet-plot" figure06 "$tables" --layer "$layer" --view "$view" \
            --paper "$paper" -o "$figures/figure06.$format"
        "$root/plots/facet-plot" sparsity "$tables" --view "$view" -o "$figures/sparsity.$format"
        "$root/plots/facet-plot" neuron_histograms "$tables" --layer "$layer" --view "$view" \
            -o "$figures/neuron_histograms.$format"
    done
}

report() {
    "$here/compare.sh" "$tables" "$paper" "$layer" "$view" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
    "$here/summary.sh" . "$layer" "$view" "$(training)" "$faces" \
        "experiments/sparsity/run.sh ${given[*]}" >summary.html.new
    mv summary.html.new summary.html
}

requested=$again
faces=${faces:-synthetic faces, drawn from seed $face_seed}
if [ -z "$lfw$acts" ]; then
    stage faces draw_faces "$identities $images $face_seed"
fi
stage_model "$requested"
set_source
if [ -n "$lfw" ] && [ -z "$acts" ]; then
    faces="Labeled Faces in the Wild, deep-funneled, "
    faces+=$([ -n "$landmarks" ] && echo "aligned by five landmarks" || echo "cut at $lfw_crop")
fi
key="${source[*]} $layers $(checksum "$acts")$("$facet_info" "$model" | grep '^sha256')"
stage dump dump "$key"
stage analysis analyse "$layers $bootstrap $pairs $analysis_seed"
stage figures draw_figures "$layer $view $formats"
stage report report "$layer $view"

# ---- what came out ----

"$here/compare.sh" --print comparison.tsv
if [ "$(training)" = untrained ]; then
    echo "The network has random, untrained weights: its numbers say what the architecture alone does."
fi
echo
echo "report       $out/summary.html"
echo "figures      $out/$figures/{figure06,sparsity,neuron_histograms}.{${formats// /,}}"
echo "comparison   $out/comparison.tsv"
echo "tables       $out/$tables"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
