#!/usr/bin/env bash
# run.sh: what DeepID2+ was asked, asked of a network in an .onnx file, beside DeepID2+. See --help.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
run.sh: measures a network of an .onnx file on faces, and sets it beside DeepID2+: are two faces one
person, how many neurons are active, which know whom, what is left when faces are half hidden.

Usage: experiments/onnx/run.sh --model FILE.onnx [OPTION]...

Example:
  experiments/onnx/run.sh --model mobilefacenet.onnx
  experiments/onnx/run.sh --model mobilefacenet.onnx --lfw ~/lfw/lfw-deepfunneled \
      --landmarks ~/lfw/landmarks.tsv --pairs ~/lfw/pairs.txt --labels ~/lfw/attributes.tsv

Without --lfw it draws synthetic faces. Stages that are done already, with the same settings, are not
done again; a dump that was cut off goes on where it stopped.

Options:
  --model FILE          the network (required)
  --embedding NAME      its layer that compares faces (default embedding)
  --maps NAME           a layer behind an activation function, for its sparsity; '' for none
  --preset NAME         what the network takes (default raw: 0 to 255)
  --align HOW           how faces are aligned (default arcface112)
  --lfw DIR             Labeled Faces in the Wild, deep-funneled: the folder of people
  --landmarks FILE      five landmarks an image (needed with --lfw)
  --pairs FILE          LFW's pairs.txt (needed with --lfw)
  --labels FILE         attributes of each image (needed with --lfw)
END
    usage_of_all
}

# shellcheck source=experiments/common.sh
. "$root/experiments/common.sh"

# ---- settings ----

# shellcheck source=experiments/onnx/settings.conf
. "$here/settings.conf"
model='' lfw='' landmarks='' pairs='' labels='' out=$root/out/onnx threads=$(nproc)
bin=${FACET_BIN:-} again=no
read_values "model embedding maps preset align lfw landmarks pairs labels out threads images identities \
bin" "$@"
check_numbers threads images identities bootstrap
[ -n "$model" ] || misuse "--model is needed"
check_lfw
for need in landmarks pairs labels; do
    if [ -n "$lfw" ]; then
        [ -n "${!need}" ] || misuse "--lfw needs --$need"
        [ -r "${!need}" ] || fail "${!need}: cannot be read"
    else
        [ -z "${!need}" ] || misuse "--$need belongs to --lfw"
    fi
done
facet_dump=$(program facet-dump)
facet_info=$(program facet-info)
facet_verify=$(program facet-verify)
facet_sparsity=$(program facet-sparsity)
facet_selectivity=$(program facet-selectivity)
facet_occlusion=$(program facet-occlusion)
[ -n "$lfw" ] || facet_synth=$(program facet-synth)

# ---- stages ----

# From here on everything is named from within the folder of results, so that what the files say of
# their origin doesn't depend on where that folder is.
make_absolute model lfw landmarks pairs labels
network=$("$facet_info" "$model" | grep '^sha256')
mkdir -p "$out/.stages"
out=$(cd "$out" && pwd)
cd "$out"
[ -z "$lfw" ] || keep_copy pairs

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" -o faces
}

dump_embedding() { dump_to embedding sheet.png --layers "$embedding" --mirror; }
dump_maps() { dump_to maps sheet_maps.png --layers "$maps" --half; }
dump_beside() { dump_to beside sheet_beside.png --layers "$beside_layer" --mirror; }
# dump_hidden NAME LAYER: of the image alone
dump_hidden() {
    dump_to "hidden_$1" "sheet_hidden_$1.png" --layers "$2" --occlude "$levels" \
        --occlude-seed "$occlude_seed" --preview-count 12
}
dump_hidden_embedding() { dump_hidden embedding "$embedding"; }
dump_hidden_beside() { dump_hidden beside "$beside_layer"; }

verify() {
    local file
    for file in embedding beside; do
        "$facet_verify" $file.h5 --pairs "$pairs" --features original -o verification_$file "${how[@]}"
        "$facet_verify" $file.h5 --pairs "$pairs" --features mirror_sum -o verification_${file}_sum \
            "${how[@]}"
    done
}

measure_sparsity() {
    local file
    for file in embedding beside ${maps:+maps}; do
        "$facet_sparsity" "$file.h5" --threshold "$threshold" --bootstrap "$bootstrap" \
            --seed "$analysis_seed" -t "$threads" -o "sparsity_$file"
    done
}

measure_selectivity() {
    local file
    for file in embedding beside; do
        "$facet_selectivity" $file.h5 -t "$threads" --splits "$splits" --seed "$analysis_seed" \
            "${targets[@]}" -o selectivity_$file
    done
}

measure_hidden() {
    local file
    for file in embedding beside; do
        "$facet_occlusion" hidden_$file.h5 --pairs "$pairs" "${how[@]}" -o occlusion_$file
    done
}

report() {
    "$here/compare.sh" "$embedding" "$beside $beside_layer" "${maps:-}" >comparison.tsv.new
    mv comparison.tsv.new comparison.tsv
}

if [ -z "$lfw" ]; then
    stage faces draw_faces "$identities $images $face_seed"
    pairs=faces/pairs.txt
    faces=(--images faces/manifest.tsv)
    targets=(--by "identity,$synth_attributes" --top "$top" --min-images 2)
else
    faces=(--images "$lfw" --landmarks "$landmarks" --labels "$labels")
    targets=(--by "identity,$lfw_attributes" --select "$lfw_people")
fi
how=(--metric "cosine,euclidean" --bootstrap "$bootstrap" --seed "$analysis_seed" -t "$threads")
source=(--model "$model" "${faces[@]}" --preset "$preset" --align "$align")
key="${source[*]} $embedding $network"
stage "dump of the embedding" dump_embedding "$key"
if [ -n "$maps" ]; then
    key="${source[*]} $maps $network"
    stage "dump of maps" dump_maps "$key"
fi
hide="$levels $occlude_seed"
key="${source[*]} $embedding $hide $network"
stage "dump of hidden faces" dump_hidden_embedding "$key"
source=(--model "$beside" "${faces[@]}")
network=$("$facet_info" "$beside" | grep '^sha256')
key="${source[*]} $beside_layer $network"
stage "dump of $beside" dump_beside "$key"
key="${source[*]} $beside_layer $hide $network"
stage "dump of hidden faces of $beside" dump_hidden_beside "$key"
stage verification verify "$(cksum "$pairs") ${how[*]}"
stage sparsity measure_sparsity "$threshold $bootstrap $analysis_seed $maps"
stage selectivity measure_selectivity "$splits $analysis_seed ${targets[*]}"
stage occlusion measure_hidden "$(cksum "$pairs") ${how[*]}"
stage report report "$embedding $beside $maps"

# ---- what came out ----

column -t -s "$(printf '\t')" comparison.tsv
[ -n "$lfw" ] || echo "The faces are drawn: these numbers show that everything runs."
echo
echo "comparison   $out/comparison.tsv"
echo "tables       $out/{verification,sparsity,selectivity,occlusion}_*"
printf -v time '%s, ' "${times[@]:-nothing was left to do}"
echo "time         ${time%, }"
