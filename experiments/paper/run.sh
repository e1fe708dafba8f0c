#!/usr/bin/env bash
# run.sh: the whole paper: from a folder of faces to every experiment, one table of the paper's
# numbers and ours, and a page to look at. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: runs every experiment on one set of faces, sets the results beside the paper's in one table,
and makes a page of them.

Usage: experiments/paper/run.sh [OPTION]...

Example:
  experiments/paper/run.sh
  experiments/paper/run.sh --lfw ~/lfw/lfw-deepfunneled --train-images people/train.tsv \
      --train-align resize --out out/paper-lfw

Without --lfw it draws synthetic faces; without --model it runs the trained network that comes with
facet. Where facet isn't built, it installs the packages and builds it. The faces go through the
network once, for all experiments. What is done already, with the same settings, is not done again; a
run that was cut off goes on where it stopped. In the end OUT holds report.html, paper_vs_ours.tsv and
a folder for each experiment.

Options:
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people
  --landmarks FILE      five landmarks an image (default: landmarks.tsv in DIR or above it; where
                        there is none, a fixed rectangle is cut out)
  --pairs FILE          pairs of its images (default: pairs.txt in DIR or above it)
  --labels FILE         attributes of each image (default: attributes.tsv in DIR or above it; where
                        there is none, only people are looked at)
  --train-images PATH   folder or manifest of other people, for Joint Bayesian with --lfw; without
                        it there is none
  --train-align HOW     landmarks or resize (facet-dump --align)
  --acts FILE           with --lfw: its activations and mirror images' that are there already (with
                        attributes, if --labels is to have an effect); --train-acts FILE likewise
  --model NAME          network to run: a file, or one that comes with facet (default deepid2plus)
  --layers-from DIR     results of experiments/layers, whose trainings take hours and are not part
                        of this run (default: out/layers, where it is)
  --only A,B,..         run these experiments alone; what others left in OUT stays
  --bootstrap N         replicates (default 1000)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/paper/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' pairs='' labels='' train_images='' train_align='' acts='' train_acts='' layers_from='' only=''
out=$root/out/paper threads=$(nproc) bin=${FACET_BIN:-} again=no
given=("$@")
read_values "lfw landmarks pairs labels train-images train-align acts train-acts model layers-from only out threads \
bootstrap images identities bin" "$@"
check_numbers threads bootstrap images identities
check_lfw
make_absolute acts train_acts
[ -n "$lfw" ] || [ -z "$pairs$labels$train_images$train_align$acts$train_acts" ] ||
    misuse "--pairs, --labels, --train-images, --train-align, --acts and --train-acts belong to --lfw"
[ -z "$train_images" ] || [ -z "$train_acts" ] || misuse "--train-images or --train-acts, not both"
for name in ${only//,/ }; do
    [[ " $studies " = *" $name "* ]] || misuse "--only: no experiment '$name'; there are: $studies"
done
# beside VARIABLE NAME: the file of LFW that was not given, in its folder or above it
beside() {
    [ -n "$lfw" ] && [ -z "${!1}" ] || return 0
    local file
    for file in "$lfw/$2" "$lfw/../$2"; do
        [ ! -r "$file" ] || { printf -v "$1" %s "$file" && return; }
    done
}
beside landmarks landmarks.tsv
beside pairs pairs.txt
beside labels attributes.tsv
[ -z "$lfw" ] || [ -n "$pairs" ] || fail "$lfw: has no pairs.txt: say where it is (--pairs)"
[ -n "$layers_from" ] || [ ! -d "$root/out/layers" ] || layers_from=$root/out/layers
make_absolute lfw landmarks pairs labels train_images layers_from bin
people=$train_images
[ ! -f "$people" ] || people=$(dirname "$people")

# ---- programs ----

begun=$SECONDS
if [ -z "$bin" ] && ! [ -e "$root/build/analysis/report/facet-report" ] && ! command -v facet-report >/dev/null; then
    "$root/experiments/install-packages.sh" >&2
    [ -f "$root/build/build.ninja" ] || meson setup "$root/build" "$root" >&2
    ninja -C "$root/build" >&2
    times+=("build $((SECONDS - begun)) s")
fi
facet_dump=$(program facet-dump)
facet_info=$(program facet-info)
facet_report=$(program facet-report)
[ -n "$lfw" ] || facet_synth=$(program facet-synth)

# ---- faces through the network ----

[ ! -e "$model" ] || model=$(realpath -s "$model")
"$facet_info" "$model" >/dev/null
mkdir -p "$out/.stages"
out=$(cd "$out" && pwd)
cd "$out"

# Tables say what they were made from, not where that lies on this machine: studies get copies and links.
if [ -n "$lfw" ]; then
    ln -sfn "$lfw" lfw
    lfw=lfw
    for file in landmarks pairs labels; do
        [ -z "${!file}" ] || keep_copy "$file"
    done
fi
if [ -n "$people" ]; then
    ln -sfn "$people" people
    train_images=people${train_images#"$people"}
fi

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
    draw_others "$train_identities" "$train_images_drawn" "$train_seed"
    # as LFW's: the landmarks, and nothing else
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^image$|_[xy]$/) keep[++n] = i }
        { line = $keep[1]; for (k = 2; k <= n; k++) line = line "\t" $keep[k]; print line }' \
        faces/manifest.tsv >faces/landmarks.tsv
}

dump_faces() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    dump_to activations contact_sheet.png --layers "$layers" --mirror ${labels:+--labels "$labels"}
}

dump_others() {
    [ -z "$train_acts" ] || { link_acts training "$train_acts" && return; }
    dump_to training contact_sheet_training.png --layers "$layers" --mirror
}

if [ -z "$lfw" ]; then
    stage faces draw_faces "$identities $images $face_seed $train_identities $train_images_drawn \
$train_seed"
    pairs=faces/pairs.txt train_images=others/others.tsv
fi
weights=$("$facet_info" "$model" | grep '^sha256')
set_source
what="synthetic faces, drawn from seed $face_seed"
if [ -n "$lfw" ]; then
    what="Labeled Faces in the Wild, deep-funneled, "
    what+=$([ -n "$landmarks" ] && echo "aligned by five landmarks" || echo "cut at $lfw_crop")
fi
key="${source[*]} $labels $layers $(checksum "$acts")$weights"
stage dump dump_faces "$key"
if [ -n "$train_images$train_acts" ]; then
    source=(--model "$model" --images "$train_images" ${train_align:+--align "$train_align"})
    key="${source[*]} $layers $(checksum "$train_acts")$weights"
    stage "dump of others" dump_others "$key"
fi

# ---- the experiments ----

# run_study NAME OPTION...: its run.sh, which knows itself what is done already; what it prints goes to
# NAME/printed.txt.
printf 'formats="%s"\n' "$formats" >.stages/formats
run_study() {
    local name=$1 start=$SECONDS
    shift
    mkdir -p "$name"
    "$root/experiments/$name/run.sh" --out "$name" --model "$model" \
        --threads "$threads" ${bin:+--bin "$bin"} --settings .stages/formats "$@" >"$name/printed.txt.new"
    mv "$name/printed.txt.new" "$name/printed.txt"
    times+=("$name $((SECONDS - start)) s")
}

others=()
[ -z "$train_images$train_acts" ] || others=(--train-acts training.h5)

study_sparsity() {
    run_study sparsity --acts activations.h5 --layers "$layers" --layer "$layer" --faces "$what" --bootstrap "$bootstrap"
}

study_verification() {
    run_study verification --acts activations.h5 ${lfw:+--lfw "$lfw"} --layers "$layers" --layer "$layer" \
        --pairs "$pairs" "${others[@]}" --bootstrap "$bootstrap"
}

study_binarization() {
    run_study binarization --acts activations.h5 --layer "$layer" --pairs "$pairs" "${others[@]}" --bootstrap "$bootstrap"
}

study_selectivity() {
    local faces=()
    if [ -n "$lfw" ] && [ -z "$labels" ]; then
        say "== selectivity: no labels (--labels)"
        return
    fi
    [ -z "$lfw" ] || faces=(--lfw "$lfw" ${landmarks:+--landmarks "$landmarks"} --labels "$labels")
    run_study selectivity --acts activations.h5 --layers "$layers" --layer "$layer" --pairs "$pairs" --lbp "$lbp" "${faces[@]}"
}

# Hidden faces go through the network here: nobody else needs them. Drawn faces are a folder of people
# as LFW is.
study_occlusion() {
    if [ -n "$lfw" ] && [ -z "$landmarks" ]; then
        say "== occlusion: no landmarks (--landmarks)"
        return
    fi
    local described=()
    if [ -n "$occlusion_lbp" ] && [ -n "$train_images" ]; then
        described=(--train-images "$train_images" ${train_align:+--train-align "$train_align"})
    fi
    printf '%s="%s"\n' mirror "$occlusion_mirror" lbp "$occlusion_lbp" map_every "$occlusion_map_every" \
        lfw_person "${lfw:+$occlusion_person}" >.stages/occlusion
    run_study occlusion --settings .stages/occlusion --lfw "${lfw:-faces}" \
        --landmarks "${landmarks:-faces/landmarks.tsv}" --pairs "$pairs" "${others[@]}" \
        "${described[@]}" --layers "$layers" --layer "$layer" --bootstrap "$bootstrap"
}

# Its trainings are not part of this run: what they left is taken over: accuracy on LFW, or where that
# wasn't measured on pairs of people held out.
study_layers() {
    if [ ! -r "$layers_from/tables/layers.tsv" ]; then
        say "== layers: no trained results (--layers-from); experiments/layers/run.sh makes them"
        return
    fi
    mkdir -p layers/tables layers/figures
    cp "$layers_from"/tables/layers.* layers/tables
    [ ! -d "$layers_from/figures" ] || cp "$layers_from"/figures/layers.* layers/figures
    awk -F '\t' -v OFS='\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "variant", "layer", "paper", "ours"; next }
        {
            ours = $at["lfw_accuracy"] == "NA" ? $at["cosine_accuracy"] : $at["lfw_accuracy"]
            print $at["variant"], $at["layer"], $at["paper_accuracy"], ours
        }
        ' layers/tables/layers.tsv >layers/comparison.tsv
}

[ -z "$only" ] || wanted=${only//,/ }
for name in ${wanted:-$studies}; do
    say "==== $name"
    "study_$name"
done

# ---- one table, one page ----

"$here/compare.sh" . "$([ -n "$lfw" ] && echo photographs || echo drawn)" >paper_vs_ours.tsv.new
mv paper_vs_ours.tsv.new paper_vs_ours.tsv
inputs=("$here/rules.tsv")
for name in $studies; do
    [ ! -r "$name/comparison.tsv" ] || inputs+=("$name/comparison.tsv")
done
sidecar paper_vs_ours.tsv "The paper's numbers and ours" "experiments/paper/run.sh ${given[*]}" \
    "$("$facet_report" --version | sed 's/^[^:]*: //')" "${inputs[@]}" <"$here/columns.txt"
"$facet_report" . --acts activations.h5 --faces "$what" --title "The whole study" \
    ${report_people:+--identities "$report_people"} -o report.html

echo
"$here/compare.sh" --print paper_vs_ours.tsv
echo
[ -n "$lfw" ] ||
    echo "The faces are drawn: these numbers show that everything runs, and are not the paper's result."
echo "report       $out/report.html"
echo "table        $out/paper_vs_ours.tsv"
echo "experiments  $out/{${studies// /,}}"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         $((SECONDS - begun)) s (${time%, })"
