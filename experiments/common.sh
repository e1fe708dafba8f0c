# shellcheck shell=bash disable=SC2154 # set by the script that sources it
# common.sh: what the experiments' run.sh share; to be sourced. They set `root` (of the repository)
# before, and `bin` (folder with facet's programs, or nothing), `again` (yes: do stages that are done
# once more) before they ask for programs and stages.

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "run.sh: $*"
    exit 1
}
misuse() {
    say "run.sh: $*"
    say "Try 'run.sh --help'."
    exit 2
}

# usage_of_all: the options that they share, with their defaults, for their --help.
usage_of_all() {
    cat <<END
  --out DIR             folder for everything (default out/${here##*/})
  --threads N           default: all cores
  --images N            synthetic faces to draw (default $images)
  --identities N        people among them (default $identities)
  --bin DIR             folder with facet's programs, searched in depth (default: FACET_BIN, then
                        the build folder, then PATH)
  --settings FILE       further settings (see settings.conf), taken in turn with the options
  --again               do all stages again
  -h, --help            show this help
END
}

# read_values NAMES OPTION...: the command line of a script: --name VALUE, for each of NAMES, into the
# variable `name` (- becomes _); --again; --help; --settings FILE is read where it stands.
read_values() {
    local names=$1 name
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --again) again=yes && shift && continue ;;
        esac
        name=${1#--}
        case " $names settings " in
            *" $name "*) [ "$name" != "$1" ] || misuse "unknown option '$1'" ;;
            *) misuse "unknown option '$1'" ;;
        esac
        [ $# -ge 2 ] || misuse "$1 needs a value"
        if [ "$name" = settings ]; then
            [ -r "$2" ] || fail "$2: cannot be read"
            # shellcheck source=/dev/null
            . "$2"
        else
            printf -v "${name//-/_}" %s "$2"
        fi
        shift 2
    done
}

# check_numbers NAME...: these are positive numbers.
check_numbers() {
    local name
    for name; do
        [[ ${!name} =~ ^[1-9][0-9]*$ ]] ||
            misuse "--${name//_/-}: '${!name}' is not a positive number"
    done
}

# check_lfw: `lfw`, where it is given, is a folder, and `landmarks` a file.
check_lfw() {
    if [ -n "$lfw" ]; then
        [ -d "$lfw" ] || fail "$lfw: no such folder"
        [ -z "$landmarks" ] || [ -r "$landmarks" ] || fail "$landmarks: cannot be read"
    else
        [ -z "$landmarks" ] || misuse "--landmarks belongs to --lfw"
    fi
}

# check_others: where activations of the faces are given, so are those of other people, if any.
check_others() {
    if [ -n "$acts" ]; then
        [ -n "$pairs" ] || misuse "--acts needs --pairs"
        [ -z "$train_images" ] || misuse "--train-images: with --acts, say --train-acts"
    else
        [ -z "$train_acts" ] || misuse "--train-acts belongs to --acts"
    fi
    [ -n "$train_images" ] || [ -z "$train_align" ] || misuse "--train-align belongs to --train-images"
}

# make_absolute NAME...: files and folders in these variables, where they are given, can be read; they
# are absolute from then on.
make_absolute() {
    local name
    for name; do
        [ -n "${!name}" ] || continue
        [ -r "${!name}" ] || fail "${!name}: cannot be read"
        printf -v "$name" %s "$(realpath -s "${!name}")"
    done
}

# enter_results NAME...: goes into the folder of results, `out`. From here on everything is named from
# within it, so that what files say of their origin doesn't depend on where it is: the files and
# folders in these variables are absolute, as is `model` if it is one.
enter_results() {
    make_absolute "$@"
    [ ! -e "$model" ] || model=$(realpath -s "$model")
    [ "$model" = random ] || "$facet_info" "$model" >/dev/null
    mkdir -p "$out/.stages" "$out/figures"
    out=$(cd "$out" && pwd)
    cd "$out" || exit
}

# The path of one of facet's programs.
program() {
    local found
    found=$(find "${bin:-$root/build}" -name "$1" -type f -perm -u+x -print -quit 2>/dev/null || true)
    if [ -z "$found" ] && [ -z "$bin" ]; then
        found=$(command -v "$1" || true)
    fi
    [ -n "$found" ] || fail "$1 is not there: build it (meson setup build && ninja -C build)" \
        "or say where it is (--bin)"
    realpath -s "$found"
}

# stage NAME FUNCTION KEY: runs FUNCTION in the folder of results unless it was done with the same
# KEY and nothing before it was done again. The key is what the result depends on.
times=()
stage() {
    local name=$1 function=$2 key=$3 stamp=.stages/$1 start=$SECONDS
    if [ "$again" = no ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then
        say "== $name: done before"
        return
    fi
    again=yes
    mkdir -p .stages
    rm -f "$stamp"
    say "== $name"
    $function
    printf '%s\n' "$key" >"$stamp"
    times+=("$name $((SECONDS - start)) s")
}

# keep_copy VARIABLE: the file in the folder of results, under its own name, so that tables don't say
# where it lies on this machine. It is what it names from then on.
keep_copy() {
    local name
    name=$(basename "${!1}")
    cmp -s "${!1}" "$name" || cp --no-preserve=mode "${!1}" "$name"
    printf -v "$1" %s "$name"
}

# ---- faces through a network ----

# draw_others IDENTITIES IMAGES SEED: others/others.tsv, synthetic faces of other people, whose names
# are their own: facet-synth counts alike with any seed.
draw_others() {
    rm -rf others
    "$facet_synth" --identities "$1" --images "$2" --seed "$3" -o others
    awk -F '\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "identity") at = i }
        NR > 1 { $at = "Other_" $at } { print }' others/manifest.tsv >others/others.tsv
}

# make_model: model.h5, made from `arch` and `model_seed`.
make_model() {
    rm -f model.h5
    "$facet_model" create --arch "$arch" --seed "$model_seed" -o model.h5
}

# stage_model REQUESTED: where random weights are asked for, makes them. They don't depend on the faces
# drawn before: REQUESTED is what `again` was before these.
stage_model() {
    local faces_again=$again
    again=$1
    if [ "$model" = random ]; then
        stage model make_model "$arch $model_seed"
        model=model.h5
    fi
    [ "$faces_again" = no ] || again=yes
}

# set_source: what facet-dump is asked of `model` and the faces, apart from where it writes, into
# `source`: those of `lfw`, or where it isn't given the synthetic ones in faces/.
set_source() {
    source=(--model "$model")
    if [ -z "$lfw" ]; then
        source+=(--images faces/manifest.tsv)
        return
    fi
    local folder=$lfw
    [ -d "$lfw/lfw-deepfunneled" ] && folder=$lfw/lfw-deepfunneled
    source+=(--images "$folder")
    if [ -z "$landmarks" ]; then
        for landmarks in "$lfw/landmarks.tsv" "$folder/../landmarks.tsv" ''; do
            [ -r "$landmarks" ] && break
        done
    fi
    if [ -n "$landmarks" ]; then
        source+=(--landmarks "$landmarks")
    else
        say "no landmarks: cutting the rectangle $lfw_crop out of every image"
        source+=(--crop "$lfw_crop")
    fi
}

# dump_once FILE SHEET KEY OPTION...: writes activations, and first a sheet of what the network sees,
# by the program $facet_dump; goes on with a dump of the same key that was cut off, and replaces any
# other.
dump_once() {
    local file=$1 sheet=$2 key=$3 started=.stages/$1.started how=--force
    shift 3
    [ -f "$started" ] && [ "$(cat "$started")" = "$key" ] && how=--resume
    printf '%s\n' "$key" >"$started"
    "${facet_dump:?}" "$@" --preview "$sheet"
    "$facet_dump" "$@" "$how" -o "$file"
    rm -f "$started"
}

# dump_to NAME SHEET OPTION...: NAME.h5, activations of `source` with these options; `key` is what they
# depend on.
dump_to() {
    local name=$1 sheet=$2
    shift 2
    dump_once "$name.h5" "$sheet" "$key" "${source[@]}" "$@" -t "$threads"
}

# link_acts NAME FILE: NAME.h5 in the folder of results is FILE, activations that are there already.
link_acts() {
    ln -sfn "$(realpath -s --relative-to=. "$2")" "$1.h5"
}

# checksum FILE: its size and checksum, where one is given.
checksum() {
    [ -z "$1" ] || cksum <"$1"
}

# What facet-info says of the network: trained, or not.
training() {
    "$facet_info" "$model" >.stages/model.info
    if grep -qE '^training +none' .stages/model.info; then echo untrained; else echo trained; fi
}

# ---- tables ----

# A text between a JSON string's quotes.
json_text() {
    printf '%s' "$1" | tr '\t\n' '  ' | sed 's/[\\"]/\\&/g'
}

# sidecar TABLE.tsv TITLE COMMAND VERSION INPUT...: writes TABLE.json, which says what the columns
# mean (lines "name|type|unit|meaning" on stdin) and from which files the table was made.
sidecar() {
    local table=$1 title=$2 command=$3 version=$4 name type unit meaning input comma=''
    shift 4
    {
        printf '{\n  "title": "%s",\n' "$(json_text "$title")"
        printf '  "rows": %d,\n  "columns": [' $(($(wc -l <"$table") - 1))
        while IFS='|' read -r name type unit meaning; do
            printf '%s\n    {\n      "name": "%s",\n      "type": "%s",\n      "unit": "%s",\n' \
                "$comma" "$name" "$type" "$unit"
            printf '      "meaning": "%s"\n    }' "$(json_text "$meaning")"
            comma=,
        done
        printf '\n  ],\n  "provenance": {\n    "program": "run.sh",\n    "command": "%s",\n' \
            "$(json_text "$command")"
        printf '    "source": "%s",\n    "history": "%s: %s",\n    "inputs": [' \
            "$(json_text "$version")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(json_text "$command")"
        comma=''
        for input; do
            printf '%s\n      {\n        "path": "%s",\n        "sha256": "%s"\n      }' "$comma" \
                "$(json_text "${input#"$root/"}")" "$(sha256sum <"$input" | cut -d ' ' -f 1)"
            comma=,
        done
        printf '\n    ]\n  }\n}\n'
    } >"${table%.tsv}.json.new"
    mv "${table%.tsv}.json.new" "${table%.tsv}.json"
}
