#!/usr/bin/env bash
# run.sh: what sets the level of activity? One short training for each choice. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: trains a network once for each choice that may set how many of its neurons are active.

Usage: experiments/sparsity-origin/run.sh [OPTION]...

Example:
  experiments/sparsity-origin/run.sh --images faces/train.tsv --align resize -o out/origin

Without --images it draws synthetic faces. settings.conf lists the conditions. A training that came
to its end, with the same settings, is not done again; one that was cut off goes on. One that
diverges is noted as such. Each leaves its curves in OUT/trainings/NAME/training.svg; what it says
goes to the file messages there.

Options:
  --images PATH        folder of images or manifest to train on (see facet-train)
  --align HOW          landmarks or resize (facet-train --align)
  --only A,B,..        train conditions of these factors alone; the tables hold what is trained
  -o, --out DIR        folder for everything (default out/sparsity-origin)
  -t, --threads N      default: all cores
  --settings FILE      further settings (see settings.conf), taken in turn with the options
  --bin DIR            folder with facet's programs, searched in depth (default: FACET_BIN, then the
                       build folder, then PATH)
  --again              train all again
  -h, --help           show this help
END
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"
# shellcheck source=experiments/trainings.sh
. "$root/experiments/trainings.sh"

# ---- settings ----

# shellcheck source=experiments/sparsity-origin/settings.conf
. "$here/settings.conf"
faces='' align='' only='' out=$root/out/sparsity-origin threads=$(nproc) bin=${FACET_BIN:-} again=no
given=("$@")
more=''
read_options "$@"
make_absolute faces

facet_train=$(program facet-train)
facet_model=$(program facet-model)
[ -n "$faces" ] || facet_synth=$(program facet-synth)
version=$("$facet_train" --version | sed 's/^[^:]*: //')
paper=$root/notebooks-data/paper/figure06_summary.tsv

mkdir -p "$out/trainings" "$out/tables" "$out/figures"
out=$(cd "$out" && pwd)
cd "$out"

# ---- conditions ----

declare -A known_factors=() seen=()
check_condition() {
    [ $# -ge 2 ] || fail "conditions: '$*': expected factor, value and options"
    [[ $1 =~ ^[a-z0-9_]+$ && $2 =~ ^[A-Za-z0-9.+-]+$ ]] ||
        fail "conditions: '$1 $2': names have letters, digits and _ only, values also . + -"
    [ -z "${seen[$1 $2]:-}" ] || fail "conditions: '$1 $2' is there twice"
    seen[$1 $2]=yes
    known_factors[$1]=yes
}
each_line "$conditions" check_condition
for factor in ${only//,/ }; do
    [ -n "${known_factors[$factor]:-}" ] ||
        misuse "--only: no factor '$factor' in the conditions: ${!known_factors[*]}"
done

# name_condition FACTOR VALUE [OPTION]...: its training's name
name_condition() {
    [ $# -gt 2 ] && echo "$1_$2" || echo base
}

# ---- trainings ----

choose_faces
# shellcheck disable=SC2206 # words, as the settings have them
network=($network) training=($training)
make_network start.h5 "${network[@]}" --seed "$model_seed"
base=(--epochs "$epochs" --min-images "$min_images" --seed "$seed" --check-every "$check_every"
    --save-every "$save_every" "${training[@]}")
[ "$people" = all ] || base+=(--limit-people "$people")
start=$SECONDS

declare -A asked=()
train_condition() {
    local name
    name=$(name_condition "$@")
    case ,$only, in
        ,, | *,"$1",*) ;;
        *) return ;;
    esac
    [ -z "${asked[$name]:-}" ] || return 0
    asked[$name]=yes
    shift 2
    train "$name" start.h5 "${base[@]}" "$@"
}
each_line "$conditions" train_condition

# ---- tables ----

# tabulate FACTOR VALUE [OPTION]...: rows of both tables, if the condition is trained
inputs=()
tabulate() {
    local name key folder factor=$1 value=$2
    name=$(name_condition "$@")
    folder=trainings/$name
    shift 2
    key=$(training_key start.h5 "${base[@]}" "$@")
    is_done "$name" "$key" || return 0
    local checks=$folder/validation.tsv
    [ -f "$checks" ] || checks=/dev/null
    [ "$checks" = /dev/null ] || [[ " ${inputs[*]} " == *" $checks "* ]] || inputs+=("$checks")
    awk -F '\t' -v OFS='\t' -v factor="$factor" -v value="$value" \
        -v base="$([ "$name" = base ] && echo 1 || echo 0)" -v outcome="${outcomes[$name]}" \
        -v paper="$paper_share" \
        -f "$here/tabulate.awk" "$checks"
}
paper_share=$(awk -F '\t' '$1 == "active_neurons_per_image" { printf "%.9g", $2 / $4 }' "$paper")

measures='active_share|real|1|share of the layer'\''s neurons above zero, mean over the images of pairs of held-out people
active_sd|real|1|standard deviation of that share over these images
dead|integer|1|neurons above zero on none of these images
always_on|integer|1|neurons above zero on all of these images
cosine_accuracy|real|1|verification accuracy on pairs of held-out people by cosine distance, threshold from the other folds, mean over ten folds
euclidean_accuracy|real|1|the same by Euclidean distance'
keys='factor|string|1|the choice that is varied
value|string|1|what was chosen
base|boolean|1|1 where that is the base condition, which is trained once and shared by all factors
layer|string|1|layer'\''s name'

make_tables() {
    each_line "$conditions" tabulate >rows.new
    {
        printf 'factor\tvalue\tbase\tlayer\tstep\tepoch\tactive_share\tactive_sd\tdead\talways_on\t'
        printf 'cosine_accuracy\teuclidean_accuracy\n'
        sed -n 's/^check\t//p' rows.new
    } >tables/origin.tsv.new
    {
        printf 'factor\tvalue\tbase\tlayer\toutcome\tepoch\tactive_share\tactive_sd\tdead\talways_on\t'
        printf 'cosine_accuracy\teuclidean_accuracy\tfirst_epoch\tfirst_active_share\t'
        printf 'paper_active_share\n'
        sed -n 's/^final\t//p' rows.new
    } >tables/origin_final.tsv.new
    mv tables/origin.tsv.new tables/origin.tsv
    mv tables/origin_final.tsv.new tables/origin_final.tsv
    rm rows.new
    local command="experiments/sparsity-origin/run.sh ${given[*]}"
    sidecar tables/origin.tsv "Activity and accuracy of each layer during each training" \
        "$command" "$version" "${inputs[@]}" <<END
$keys
step|integer|1|steps taken; NA where epoch is
epoch|real|1|passes over the training people's images; NA in the row, with NA for every measure, that follows the checks of a training that diverged
$measures
END
    sidecar tables/origin_final.tsv "Activity and accuracy of each layer after each training" \
        "$command" "$version" "${inputs[@]}" "$paper" <<END
$keys
outcome|string|1|finished, or diverged: then the measures are NA
epoch|real|1|of the last check
$measures
first_epoch|real|1|of the first check, also where the training diverged later
first_active_share|real|1|active_share at that check
paper_active_share|real|1|the paper's, of FC-4 over 46,594 validation images (notebooks-data/paper/figure06_summary.tsv); NA for other layers
END
}
make_tables
[ "$(wc -l <tables/origin.tsv)" -gt 1 ] || fail "no training came to its end"

if have_gnuplot; then
    for format in $formats; do
        "$root/plots/facet-plot" sparsity_origin tables --layer "$layer" \
            -o "figures/sparsity_origin.$format"
    done
fi
"$here/summary.sh" tables/origin_final.tsv "$layer"
echo "tables       $out/tables/{origin,origin_final}.tsv"
echo "figure       $out/figures/sparsity_origin.{${formats// /,}}"
echo "curves       $out/trainings/*/training.svg"
echo "time         $((SECONDS - start)) s"
close_trainings
