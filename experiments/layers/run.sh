#!/usr/bin/env bash
# run.sh: which layers know people, and what makes them? FC-1 to FC-4 and ablations. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: trains the paper's network and its ablations, and sets FC-1 to FC-4 beside the paper's.

Usage: experiments/layers/run.sh [OPTION]...

Example:
  experiments/layers/run.sh --images faces/train.tsv --align resize -o out/layers

Without --images it draws synthetic faces. settings.conf lists the variants. A training that came to
its end, with the same settings, is not done again; one that was cut off goes on. One that diverges
is noted as such. Each leaves its curves in OUT/trainings/NAME/training.svg; what it says goes to
the file messages there.

Options:
  --images PATH        folder of images or manifest to train on (see facet-train)
  --align HOW          landmarks or resize (facet-train --align)
  --only A,B,..        train these variants alone; the table holds what is trained
  --lfw DIR            Labeled Faces in the Wild, deep-funneled, the folder of people: also write
                       the activations of each variant on it, to OUT/lfw/NAME.h5
  --landmarks FILE     its five landmarks an image
  --pairs FILE         pairs of it, pairs.txt: also measure verification on them, by Joint Bayesian
                       fitted to the faces that the variants are trained on, as the paper does
  -o, --out DIR        folder for everything (default out/layers)
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

# shellcheck source=experiments/layers/settings.conf
. "$here/settings.conf"
faces='' align='' only='' lfw='' landmarks='' pairs='' out=$root/out/layers threads=$(nproc)
bin=${FACET_BIN:-} again=no
given=("$@")
more='lfw landmarks pairs'
read_options "$@"
if [ -n "$lfw$landmarks" ] && { [ -z "$lfw" ] || [ -z "$landmarks" ]; }; then
    misuse "--lfw and --landmarks belong together"
fi
[ -z "$pairs" ] || [ -n "$lfw" ] || misuse "--pairs belongs to --lfw"
[[ $less_people =~ ^[0-9]+(/[1-9][0-9]*)?$ ]] || fail "less_people: '$less_people' is no share"
make_absolute faces lfw landmarks pairs

facet_train=$(program facet-train)
facet_model=$(program facet-model)
[ -n "$faces" ] || facet_synth=$(program facet-synth)
[ -z "$lfw" ] || facet_dump=$(program facet-dump)
[ -z "$pairs" ] || facet_verify=$(program facet-verify)
version=$("$facet_train" --version | sed 's/^[^:]*: //')
paper=$root/notebooks-data/paper

mkdir -p "$out/trainings" "$out/tables" "$out/figures"
out=$(cd "$out" && pwd)
cd "$out"

# ---- variants ----

declare -A known=() training_of=() first_of=()
check_variant() {
    [ $# -ge 2 ] || fail "variants: '$*': expected variant, network and options"
    [[ $1 =~ ^[a-z0-9_.]+$ ]] || fail "variants: '$1': names have small letters, digits, _ and . only"
    [ -z "${known[$1]:-}" ] || fail "variants: '$1' is there twice"
    local network=network_$2
    [ -n "${!network:-}" ] || fail "variants: '$1': there is no setting $network"
    known[$1]=yes
    [ -n "${first_of[${*:2}]:-}" ] || first_of[${*:2}]=$1
    training_of[$1]=${first_of[${*:2}]}
}
each_line "$variants" check_variant
for variant in ${only//,/ }; do
    [ -n "${known[$variant]:-}" ] ||
        misuse "--only: no variant '$variant' in the settings: ${!known[*]}"
done

# ---- trainings ----

choose_faces
# shellcheck disable=SC2206 # words, as the settings have them
training=($training)
base=(--epochs "$epochs" --min-images "$min_images" --seed "$seed" --check-every "$check_every"
    --save-every "$save_every" "${training[@]}")
[ "$people" = all ] || base+=(--limit-people "$people")
start=$SECONDS

# How many people less_people comes to, from the roles in the training of the whole network.
count_less() {
    local split=trainings/${training_of[deepid2plus]:-deepid2plus}/split.tsv
    [ -f "$split" ] || return 1
    awk -F '\t' -v share="$less_people" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["role"] == "train" { n++ }
        END { split(share "/1", part, "/"); printf "%d", n * part[1] / part[2] + 0.5 }' "$split"
}

# set_variant VARIANT NETWORK [OPTION]...: its training's name, model and options. Fails where the
# number of people isn't known yet.
set_variant() {
    name=${training_of[$1]} model=start_$2.h5
    options=("${base[@]}" "${@:3}")
    local i less
    for i in "${!options[@]}"; do
        if [ "${options[i]}" = '{less_people}' ]; then
            less=$(count_less) || return 1
            options[i]=$less
        fi
    done
}

declare -A asked=()
train_variant() {
    case ,$only, in
        ,, | *,"$1",*) ;;
        *) return ;;
    esac
    set_variant "$@" || fail "$1: deepid2plus, whose people it takes a part of, isn't trained yet"
    [ -z "${asked[$name]:-}" ] || return 0
    asked[$name]=yes
    local network=network_$2
    # shellcheck disable=SC2086 # words, as the settings have them
    make_network "$model" ${!network} --seed "$model_seed"
    train "$name" "$model" "${options[@]}"
}
each_line "$variants" train_variant

# has_ended VARIANT NETWORK [OPTION]...: did its training come to its end, now or before?
has_ended() {
    set_variant "$@" && [ -f "$model" ] && is_done "$name" "$(training_key "$model" "${options[@]}")"
}

# ---- LFW ----

# dump FILE WHAT MODEL OPTION...: both views of every image; a file of the same model and images is
# left, one cut off goes on.
dump() {
    local file=$1 what=$2 model=$3 key how=--force
    shift 3
    key="$* $lfw_layers $lfw_options $(sha256sum <"$model")"
    if [ "$(cat "$file.command" 2>/dev/null)" = "$key" ]; then
        how=--resume
        if [ -f "$file" ]; then
            say "== $what: done before"
            return
        fi
    fi
    say "== $what"
    printf '%s\n' "$key" >"$file.command"
    # shellcheck disable=SC2086 # words, as the settings have them
    in_background "$file.messages" "$facet_dump" --model "$model" "$@" --layers "$lfw_layers" --mirror \
        $lfw_options $how -t "$threads" -o "$file" || {
        tail -n 3 "$file.messages" >&2
        fail "$what failed"
    }
}

# verify NAME: lfw/NAME/accuracy.tsv, Joint Bayesian fitted to the faces it was trained among. Their
# activations are large and go when it is there.
verify() {
    local name=$1 folder=lfw/$1 others=lfw/$1.others.h5 key
    key="$lfw_verify $data $(cksum <"$pairs") $(cat "lfw/$name.h5.command")"
    if [ -f "$folder/accuracy.tsv" ] && [ "$(cat "$folder/command" 2>/dev/null)" = "$key" ]; then
        say "== verification by $name: done before"
        return
    fi
    mkdir -p "$folder"
    rm -f "$folder/command"
    dump "$others" "faces to fit to through $name" "trainings/$name/model.h5" "${source[@]}"
    say "== verification by $name"
    # shellcheck disable=SC2086 # words, as the settings have them
    in_background "$folder/messages" "$facet_verify" "lfw/$name.h5" --pairs "$pairs" --layers "$lfw_layers" \
        --train-acts "$others" $lfw_verify -t "$threads" -o "$folder" || {
        tail -n 3 "$folder/messages" >&2
        fail "verification by $name failed"
    }
    printf '%s\n' "$key" >"$folder/command"
    rm "$others"*
}

measure_variant() {
    [ "${training_of[$1]}" = "$1" ] && has_ended "$@" && [ "${outcomes[$1]}" = finished ] || return 0
    dump "lfw/$1.h5" "LFW through $1" "trainings/$1/model.h5" --images "$lfw" --landmarks "$landmarks" \
        --align landmarks
    [ -z "$pairs" ] || verify "$1"
}
if [ -n "$lfw" ]; then
    mkdir -p lfw
    [ -z "$pairs" ] || keep_copy pairs
    each_line "$variants" measure_variant
fi

# ---- the table ----

# tabulate VARIANT NETWORK [OPTION]...: rows of the table, if it is trained
inputs=()
tabulate() {
    local variant=$1
    has_ended "$@" || return 0
    local checks=trainings/$name/validation.tsv verified=lfw/$name/accuracy.tsv file
    [ "${outcomes[$name]}" = finished ] || checks=/dev/null
    [ -n "$pairs" ] && [ "$checks" != /dev/null ] || verified=/dev/null
    for file in "$checks" "$verified"; do
        [ "$file" = /dev/null ] || [[ " ${inputs[*]} " == *" $file "* ]] || inputs+=("$file")
    done
    awk -F '\t' -v OFS='\t' -v variant="$variant" -f "$here/tabulate.awk" "$paper/lfw_layers.tsv" \
        kind=lfw "$verified" kind=checks "$checks"
}

make_table() {
    {
        printf 'variant\tlayer\tcosine_accuracy\tcosine_sd\teuclidean_accuracy\teuclidean_sd\t'
        printf 'active_share\tactive_sd\tlfw_accuracy\tlfw_sd\tlfw_low\tlfw_high\tpaper_accuracy\n'
        each_line "$variants" tabulate
    } >tables/layers.tsv.new
    mv tables/layers.tsv.new tables/layers.tsv
    sidecar tables/layers.tsv "Accuracy and activity of each layer of each variant" \
        "experiments/layers/run.sh ${given[*]}" "$version" "${inputs[@]}" \
        "$paper/lfw_layers.tsv" <<'END'
variant|string|1|the network, or the ablation; dropout_X: with that share of neurons left out; NA for all measures says that its training diverged
layer|string|1|layer's name
cosine_accuracy|real|1|verification accuracy after the training on pairs of people held out from it, by cosine distance, threshold from the other folds, mean over ten folds
cosine_sd|real|1|standard deviation over the folds
euclidean_accuracy|real|1|the same by Euclidean distance
euclidean_sd|real|1|standard deviation over the folds
active_share|real|1|share of the layer's neurons above zero, mean over the images of these pairs
active_sd|real|1|standard deviation of that share over images
lfw_accuracy|real|1|verification accuracy on the pairs of LFW (--pairs) by Joint Bayesian, image and mirror image one behind the other, threshold from the other folds, mean over the folds; NA where it wasn't measured
lfw_sd|real|1|standard deviation over the folds
lfw_low|real|1|lower end of its 95 % interval, bootstrapped over people
lfw_high|real|1|upper end
paper_accuracy|real|1|the paper's, on LFW by Joint Bayesian (notebooks-data/paper/lfw_layers.tsv), which compares with lfw_accuracy; cosine_accuracy is of other pairs and another classifier: only the order of layers and variants compares; NA where the paper has none
END
}
make_table
[ "$(wc -l <tables/layers.tsv)" -gt 1 ] || fail "no training came to its end"
if have_gnuplot; then
    for format in $formats; do
        "$root/plots/facet-plot" layers tables --paper "$paper" -o "figures/layers.$format"
    done
fi

# ---- what came out ----

"$here/summary.sh" tables/layers.tsv
echo "table        $out/tables/layers.tsv"
echo "figure       $out/figures/layers.{${formats// /,}}"
echo "curves       $out/trainings/*/training.svg"
[ -z "$lfw" ] || echo "activations  $out/lfw/*.h5"
echo "time         $((SECONDS - start)) s"
close_trainings
