#!/usr/bin/env bash
# run.sh: which neurons know whom? From faces to figures, beside the paper's Fig. 7 to 13. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures what single neurons and all of them tell of people and attributes, and sets it
beside the paper's Fig. 7 to 13.

Usage: experiments/selectivity/run.sh [OPTION]...

Example:
  experiments/selectivity/run.sh
  experiments/selectivity/run.sh --lfw ~/lfw/lfw-deepfunneled --landmarks ~/lfw/landmarks.tsv \
      --labels ~/lfw/attributes.tsv --out out/selectivity-lfw

Without --lfw it draws synthetic faces. Stages that are done already, with the same settings, are not
done again; a dump that was cut off goes on where it stopped.

Options:
  --lfw DIR          Labeled Faces in the Wild, deep-funneled: the folder of people
  --landmarks FILE   five landmarks an image (needed with --lfw)
  --labels FILE      attributes of each image (needed with --lfw)
  --acts FILE        activations of these faces that are there already: no stages faces and dump;
                     --lfw, without --landmarks and --labels, says that they are of LFW
  --model NAME       network to run: a file, or one that comes with facet (default deepid2plus)
  --layer NAME       layer to measure (default fc4)
  --out DIR          folder for everything (default out/selectivity)
  --threads N        default: all cores
  --images N         synthetic faces to draw (default 2000)
  --identities N     people among them (default 200)
  --bin DIR          folder with facet's programs, searched in depth (default: FACET_BIN, then the
                     build folder, then PATH)
  --settings FILE    further settings (see settings.conf), taken in turn with the options
  --again            do all stages again
  -h, --help         show this help
END
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/selectivity/settings.conf
. "$here/settings.conf"
lfw='' landmarks='' labels='' acts='' out=$root/out/selectivity threads=$(nproc) bin=${FACET_BIN:-} again=no
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --again) again=yes && shift && continue ;;
        --lfw | --landmarks | --labels | --acts | --model | --layer | --out | --threads | --images | \
            --identities | --bin | --settings)
            [ $# -ge 2 ] || misuse "$1 needs a value"
            ;;
        *) misuse "unknown option '$1'" ;;
    esac
    if [ "$1" = --settings ]; then
        [ -r "$2" ] || fail "$2: cannot be read"
        # shellcheck source=/dev/null
        . "$2"
    else
        printf -v "${1#--}" %s "$2"
    fi
    shift 2
done
for number in threads images identities; do
    [[ ${!number} =~ ^[1-9][0-9]*$ ]] || misuse "--$number: '${!number}' is not a positive number"
done
check_acts acts
if [ -n "$lfw" ]; then
    [ -d "$lfw" ] || fail "$lfw: no such folder"
    [ -n "$acts" ] || for need in landmarks labels; do
        [ -n "${!need}" ] || misuse "--lfw needs --$need"
        [ -r "${!need}" ] || fail "${!need}: cannot be read"
    done
else
    [ -z "$landmarks$labels" ] || misuse "--landmarks and --labels belong to --lfw"
fi
facet_dump=$(program facet-dump)
facet_selectivity=$(program facet-selectivity)
facet_info=$(program facet-info)
[ -n "$lfw$acts" ] || facet_synth=$(program facet-synth)

# ---- stages ----

# From here on everything is named from within the folder of results, so that what the files say of
# their origin doesn't depend on where that folder is.
for path in lfw landmarks labels; do
    [ -z "${!path}" ] || printf -v $path %s "$(realpath -s "${!path}")"
done
[ ! -e "$model" ] || model=$(realpath -s "$model")
"$facet_info" "$model" >/dev/null
mkdir -p "$out/.stages" "$out/figures"
out=$(cd "$out" && pwd)
cd "$out"

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
}

# Goes on with a dump of the same settings that was cut off, and replaces any other.
dump() {
    [ -z "$acts" ] || { link_acts activations "$acts" && return; }
    local started=.stages/dump.started how=--force
    [ -f "$started" ] && [ "$(cat "$started")" = "$key" ] && how=--resume
    printf '%s\n' "$key" >"$started"
    "$facet_dump" "${source[@]}" --layers "$layer" --mirror -t "$threads" "$how" -o activations.h5
    rm -f "$started"
}

analyse() {
    "$facet_selectivity" activations.h5 -t "$threads" --layers "$layer" --splits "$splits" \
        --classifiers "$classifiers" --seed "$analysis_seed" "${targets[@]}" -o tables
}

draw_figures() {
    local format figure
    for format in $formats; do
        for figure in figure07 figure08 figure09 figure10 figure12; do
            "$root/plots/facet-plot" "$figure" tables --layer "$layer" -o "figures/$figure.$format"
        done
    done
}

report() {
    "$here/compare.sh" tables "$root/notebooks-data/paper" "$layer" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
}

source=(--model "$model")
if [ -n "$lfw" ]; then
    [ -n "$acts" ] || source+=(--images "$lfw" --landmarks "$landmarks" --labels "$labels")
    targets=(--by "identity,$lfw_attributes" --select "$lfw_people" --group "$lfw_group")
else
    [ -n "$acts" ] || stage faces draw_faces "$identities $images $face_seed"
    source+=(--images faces/manifest.tsv)
    targets=(--by "identity,$synth_attributes" --top "$top" --min-images 2)
fi
key="${source[*]} $layer $(checksum "$acts")$("$facet_info" "$model" | grep '^sha256')"
stage dump dump "$key"
stage analysis analyse "$layer $splits $classifiers $analysis_seed ${targets[*]}"
stage figures draw_figures "$layer $formats"
stage report report "$layer"

echo
echo "figures      $out/figures/figure{07,08,09,10,12}.{${formats// /,}}"
echo "comparison   $out/comparison.tsv"
echo "tables       $out/tables"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
