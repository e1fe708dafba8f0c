#!/bin/sh
# compare.sh: our accuracy on hidden faces beside the paper's Fig. 15 and 16.
#
#   compare.sh TABLES_DIR PAPER_DIR       writes comparison.tsv to stdout
#   compare.sh --print comparison.tsv     the same for people, at most 100 columns wide
#
# Ours are by Joint Bayesian, as the paper's, or by the tables' first metric where there is none.
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        function percent(x) { return x == "NA" ? "-" : sprintf("%.1f", 100 * x) }
        NR == 1 { next }
        $1 != kind || $2 != level {
            if (kind != "") print ""
            if ($1 != kind) {
                printf "%s%s hidden, accuracy in %%: paper / here, 95 %% interval, by %s\n", \
                       kind == "" ? "" : "\n", $1, $4
            }
            kind = $1
            level = $2
            printf "%3d", level
        }
        {
            name = $3 ~ /^fc[0-9]$/ ? "FC-" substr($3, 3) : $3 == "lbp" ? "LBP" : $3
            if (++shown[kind, level] == 4) printf "\n   "
            printf "  %-4s %4s / %4s (%s-%s)", name, percent($5), percent($6), percent($8), percent($9)
        }
        END { print "" }' "$2"
fi

[ $# -eq 2 ] || { echo "usage: compare.sh TABLES_DIR PAPER_DIR" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /figure1[56]_/ {
        kind = FILENAME ~ /figure15/ ? "bottom" : "block"
        level = int($at["level"] * (kind == "bottom" ? 100 : 1) + 0.5)
        name = $at["features"] == "high_dim_lbp" ? "lbp" : tolower($at["features"])
        sub(/-/, "", name)
        paper[kind, level, name] = $at["accuracy"]
        next
    }
    $at["kind"] == "bottom" || $at["kind"] == "block" {
        if (first == "" || $at["metric"] == "joint_bayesian") first = $at["metric"]
        row[++rows] = $0
        for (name in at) column[name] = at[name]
    }
    END {
        print "kind", "level", "layer", "metric", "paper", "ours", "se", "ci_low", "ci_high", \
              "paper_change", "change", "change_low", "change_high"
        for (k = 1; k <= 2; k++)
            for (r = 1; r <= rows; r++) levels(k == 1 ? "bottom" : "block", r)
        if (!printed) {
            print "compare.sh: no rows of bottom or block" >"/dev/stderr"
            exit 1
        }
    }
    # all layers at the level of row r, where that level is new
    function levels(kind, r,    level, i, f) {
        split(row[r], f, FS)
        level = f[column["level"]]
        if (f[column["kind"]] != kind || (kind, level) in done) return
        done[kind, level] = 1
        for (i = 1; i <= rows; i++) {
            split(row[i], f, FS)
            if (f[column["kind"]] == kind && f[column["level"]] == level && \
                f[column["metric"]] == first) put(kind, level, f)
        }
    }
    function put(kind, level, f,    layer, theirs, change) {
        layer = f[column["layer"]]
        theirs = (kind, level, layer) in paper ? paper[kind, level, layer] : "NA"
        change = theirs == "NA" ? "NA" : sprintf("%.9g", theirs - paper[kind, 0, layer])
        print kind, level, layer, first, theirs, f[column["estimate"]], f[column["se"]], \
              f[column["ci_low"]], f[column["ci_high"]], change, f[column["change"]], \
              f[column["change_low"]], f[column["change_high"]]
        printed++
    }' "$2/figure15_partial.tsv" "$2/figure16_block.tsv" "$1/accuracy.tsv"
