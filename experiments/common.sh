# shellcheck shell=bash
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

# A text between a JSON string's quotes.
json_text() {
    printf '%s' "$1" | tr '\t\n' '  ' | sed 's/[\\"]/\\&/g'
}

# sidecar TABLE.tsv TITLE COMMAND SOURCE INPUT...: writes TABLE.json, which says what the columns
# mean (lines "name|type|unit|meaning" on stdin) and from which files the table was made.
sidecar() {
    local table=$1 title=$2 command=$3 source=$4 name type unit meaning input comma=''
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
            "$(json_text "$source")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(json_text "$command")"
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
