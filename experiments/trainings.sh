# shellcheck shell=bash disable=SC2154 # set by the script that sources it
# trainings.sh: many trainings, one after the other, that can be stopped and gone on with; to be
# sourced after common.sh. The script reads its command line with read_options, goes to the folder of
# results, sets facet_train, facet_model and facet_synth (the programs), and calls choose_faces.
#
# trainings/NAME/ holds what facet-train leaves there, and
#   messages    what facet-train said
#   command     options, network and images; a training of others is begun afresh
#   outcome     "finished" or "diverged: why"; without it the training isn't at its end

# ---- the command line ----

# read_options OPTION...: the command line of a script that trains, into `faces` (--images), align,
# only, out, threads, bin, again and the variables that `more` names, further options with a value.
# A settings file is read where it stands.
read_options() {
    local name
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --again) again=yes && shift && continue ;;
            -o) name=out ;;
            -t) name=threads ;;
            --*) name=${1#--} ;;
            *) misuse "unknown option '$1'" ;;
        esac
        case " images align only out threads settings bin $more " in
            *" $name "*) ;;
            *) misuse "unknown option '$1'" ;;
        esac
        [ $# -ge 2 ] || misuse "$1 needs a value"
        if [ "$name" = settings ]; then
            [ -r "$2" ] || fail "$2: cannot be read"
            # shellcheck source=/dev/null
            . "$2"
        else
            [ "$name" != images ] || name=faces
            printf -v "$name" %s "$2"
        fi
        shift 2
    done
    [[ $threads =~ ^[1-9][0-9]*$ ]] || misuse "--threads: '$threads' is not a positive number"
    [ -n "$faces" ] || [ -z "$align" ] || misuse "--align belongs to --images"
}

draw_faces() {
    rm -rf faces
    "$facet_synth" --identities "$identities" --images "$images" --seed "$face_seed" --framing crop \
        -q -o faces
}

# digest PATH: of a manifest's lines, or of the names and sizes of the files in a folder. Dates don't
# count: the same images copied again are the same.
digest() {
    if [ -d "$1" ]; then
        (cd "$1" && find . -type f -printf '%p %s\n' | sort)
    else
        cat "$1"
    fi | sha256sum | cut -c 1-16
}

# Sets `source`, what facet-train is told of the images, and `data`, what its results depend on apart
# from options and network; draws synthetic faces where none are given.
choose_faces() {
    local requested=$again
    if [ -z "$faces" ]; then
        data="synthetic $identities $images $face_seed"
        stage faces draw_faces "$data"
        again=$requested
        source=(--images faces/manifest.tsv --align resize)
    else
        data="$faces $(digest "$faces")"
        source=(--images "$faces" ${align:+--align "$align"})
    fi
}

# ---- trainings ----

declare -A outcomes=() # by name, of the trainings asked for: finished, diverged, failed
trained=0              # in this run
child='' stopped=no

# A line of people's settings: fields apart by blanks; empty lines and lines with # say nothing.
# each_line TEXT FUNCTION: calls FUNCTION with the fields of each.
each_line() {
    local fields
    while read -ru 3 -a fields; do
        case ${fields[0]:-#} in
            '#'*) ;;
            *) "$2" "${fields[@]}" ;;
        esac
    done 3<<<"$1"
}

# What is under way saves its state before it ends.
stop() {
    stopped=yes
    [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
}
trap stop INT TERM HUP

# in_background MESSAGES COMMAND...: its exit status; ends the script where it was told to stop.
in_background() {
    local messages=$1 status=0
    shift
    "$@" </dev/null >>"$messages" 2>&1 &
    child=$!
    while :; do
        status=0
        wait "$child" || status=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=''
    if [ $stopped = yes ]; then
        say "run.sh: interrupted; the same command goes on"
        exit 130
    fi
    return $status
}

# make_network FILE OPTION...: a network with first weights, unless it is there.
make_network() {
    local file=$1
    shift
    if [ -f "$file" ] && [ "$(cat "$file.command" 2>/dev/null)" = "$*" ]; then return; fi
    "$facet_model" create "$@" -q -o "$file.new.h5"
    mv "$file.new.h5" "$file"
    printf '%s\n' "$*" >"$file.command"
}

# is_done NAME KEY: did the training come to an end with these settings? Notes the outcome.
is_done() {
    local folder=trainings/$1
    [ -f "$folder/outcome" ] && [ "$(cat "$folder/command")" = "$2" ] || return 1
    outcomes[$1]=$(cut -d : -f 1 "$folder/outcome")
}

# training_key MODEL OPTION...: what the weights in the end depend on.
training_key() {
    local model=$1
    shift
    printf '%s; %s; %s' "$*" "$(cat "$model.command")" "$data"
}

# train NAME MODEL OPTION...: one training. A divergence is an outcome like another; any other
# failure is noted, and the next time it is tried again.
train() {
    local name=$1 model=$2 folder=trainings/$1 key start=$SECONDS status=0
    shift 2
    key=$(training_key "$model" "$@")
    if [ "$again" = no ] && is_done "$name" "$key"; then
        say "== training $name: ${outcomes[$name]} before"
        return
    fi
    if [ "$again" = yes ] || [ ! -f "$folder/checkpoint.h5" ] ||
        [ "$(cat "$folder/command")" != "$key" ]; then
        rm -rf "$folder"
        say "== training $name"
    else
        say "== training $name goes on"
    fi
    mkdir -p "$folder"
    printf '%s\n' "$key" >"$folder/command"
    in_background "$folder/messages" "$facet_train" --model "$model" "${source[@]}" "$@" --resume \
        -t "$threads" -o "$folder" || status=$?
    trained=$((trained + 1))
    if [ $status -eq 0 ]; then
        echo finished >"$folder/outcome"
    elif tail -n 1 "$folder/messages" | grep -qE ': step [0-9]+: .*(diverges|not finite)'; then
        printf 'diverged: %s\n' "$(tail -n 1 "$folder/messages")" >"$folder/outcome"
        rm -f "$folder/model.h5"
    else
        outcomes[$name]=failed
        say "run.sh: training $name failed:"
        tail -n 3 "$folder/messages" >&2
        return
    fi
    rm -f "$folder/checkpoint.h5" # twice the size of the model
    outcomes[$name]=$(cut -d : -f 1 "$folder/outcome")
    say "   ${outcomes[$name]} after $((SECONDS - start)) s: $(tail -n 1 "$folder/messages")"
    draw_training "$folder"
}

have_gnuplot() {
    command -v gnuplot >/dev/null && return
    [ "${told:-no}" = yes ] || say "run.sh: no figures: gnuplot is not installed (Debian: gnuplot-nox)"
    told=yes
    return 1
}

# The page of one training; there is none of one that diverged before it wrote its log.
draw_training() {
    if [ -f "$1/log.tsv" ] && have_gnuplot; then
        "$root/plots/facet-plot" training "$1" -o "$1/training.svg"
    fi
}

# count_outcomes OUTCOME: how many trainings had it.
count_outcomes() {
    local name count=0
    for name in "${!outcomes[@]}"; do
        [ "${outcomes[$name]}" != "$1" ] || count=$((count + 1))
    done
    echo $count
}

# The closing line, and the exit status: 1 where a training failed.
close_trainings() {
    local failed
    failed=$(count_outcomes failed)
    echo "trainings    $(count_outcomes finished) finished, $(count_outcomes diverged) diverged," \
        "$failed failed; $trained of them now"
    [ "$failed" = 0 ]
}
