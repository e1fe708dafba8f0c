#!/bin/sh
# shapes.sh: what the paper finds when faces are hidden: found here or not, and whether the interval
# supports it.
#
#   shapes.sh TABLES_DIR              writes shapes.tsv to stdout
#   shapes.sh --print shapes.tsv      the same for people, at most 100 columns wide
#
# A statement is about one number and its interval: a difference of accuracies between layers, or of
# what they lose, both paired (differences.tsv). That a step past 50 % is deeper than the mean step
# before is judged by the ends of both intervals, which is more than a paired one would ask for. Where
# the tables lack a level or a layer, the row is left out.
set -eu
export LC_ALL=C

if [ "$1" = --print ]; then
    exec awk -F '\t' '
        function shown(x) { return x == "NA" ? "NA" : sprintf("%.3f", x) }
        NR == 1 { printf "%-46s %7s %18s %-5s %s\n", "", "here", "95 % interval", "found", "supported"; next }
        $1 != last { print $1; last = $1 }
        {
            interval = $5 == "NA" ? "NA" : shown($5) " to " shown($6)
            printf "  %-44s %7s %18s %-5s %s\n", $3, shown($4), interval, $7, $8
        }' "$2"
fi

[ $# -eq 1 ] || { echo "usage: shapes.sh TABLES_DIR" >&2 && exit 2; }
awk -F '\t' -v OFS='\t' '
    FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
    FILENAME ~ /differences\.tsv$/ {
        keep("difference", $at["layer_a"], $at["layer_b"], 1, "estimate", "ci_low", "ci_high")
        keep("difference", $at["layer_b"], $at["layer_a"], -1, "estimate", "ci_high", "ci_low")
        keep("loss", $at["layer_a"], $at["layer_b"], 1, "change", "change_low", "change_high")
        keep("loss", $at["layer_b"], $at["layer_a"], -1, "change", "change_high", "change_low")
        next
    }
    FILENAME ~ /accuracy\.tsv$/ {
        if (metric == "" || $at["metric"] == "joint_bayesian") metric = $at["metric"]
        keep("step", $at["layer"], "", 1, "step", "step_low", "step_high")
        keep("change", $at["layer"], "", 1, "change", "change_low", "change_high")
        next
    }
    # sets.tsv: the first person of the table
    $at["set"] == "excitatory" && (person == "" || person == $at["identity"]) {
        person = $at["identity"]
        pattern[$at["layer"], $at["kind"], $at["level"]] = $at["correlation"]
        side[$at["layer"], $at["kind"], $at["level"]] = $at["same_side"]
    }
    function keep(what, a, b, sign, estimate, low, high,    key) {
        key = what SUBSEP a SUBSEP b SUBSEP $at["kind"] SUBSEP $at["level"] SUBSEP $at["metric"]
        value[key] = times(sign, $at[estimate])
        from[key] = times(sign, $at[low])
        to[key] = times(sign, $at[high])
    }
    function times(sign, x) { return x == "NA" ? "NA" : sprintf("%.9g", sign * x) }
    function pretty(layer) {
        return layer ~ /^fc[0-9]$/ ? "FC-" substr(layer, 3) : layer == "lbp" ? "LBP" : layer
    }
    # A row: the number should lie between `least` and `most`.
    function put(finding, by, condition, x, low, high, least, most,    found, supported) {
        found = x + 0 >= least && x + 0 <= most ? "yes" : "no"
        supported = "NA"
        if (low != "NA" && found == "yes") supported = low + 0 >= least && high + 0 <= most
        if (low != "NA" && found == "no") supported = high + 0 < least || low + 0 > most
        if (supported != "NA") supported = supported ? "yes" : "no"
        print finding, by, condition, x, low, high, found, supported
        rows++
    }
    function judge(finding, what, a, b, kind, level, condition, least, most,    key) {
        key = what SUBSEP a SUBSEP b SUBSEP kind SUBSEP level SUBSEP metric
        if (key in value && value[key] != "NA")
            put(finding, metric, condition, value[key], from[key], to[key], least, most)
    }
    # a step past `level`, less the mean of those before
    function judge_step(finding, layer, level,    step, last, before, low, high) {
        step = "step" SUBSEP layer SUBSEP "" SUBSEP "bottom" SUBSEP level SUBSEP metric
        before = "change" SUBSEP layer SUBSEP "" SUBSEP "bottom" SUBSEP 50 SUBSEP metric
        last = "change" SUBSEP layer SUBSEP "" SUBSEP "bottom" SUBSEP (level - 10) SUBSEP metric
        if (!(step in value) || !(last in value) || !(before in value)) return
        low = high = "NA"
        if (from[step] != "NA") {
            low = sprintf("%.9g", from[step] - to[before] / 5)
            high = sprintf("%.9g", to[step] - from[before] / 5)
        }
        put(finding, metric, pretty(layer) ": step to " level " % less the mean before", \
            sprintf("%.9g", value[step] - value[before] / 5), low, high, -1, 0)
    }
    END {
        print "finding", "metric", "condition", "estimate", "ci_low", "ci_high", "found", "supported"
        finding = "FC-4 >= FC-3 > FC-2 > FC-1 on clean faces"
        for (k = 4; k > 1; k--)
            judge(finding, "difference", "fc" k, "fc" (k - 1), "bottom", 0, \
                  "FC-" k " - FC-" (k - 1) " >= 0", 0, 1)
        finding = "FC-3 at or above FC-4 where 20 to 50 % of the bottom are hidden"
        for (level = 20; level <= 50; level += 10)
            judge(finding, "difference", "fc3", "fc4", "bottom", level, \
                  "at " level " %: FC-3 - FC-4 >= 0", 0, 1)
        finding = "LBP falls fastest where the bottom is hidden"
        for (k = 1; k <= 4; k++)
            judge(finding, "loss", "lbp", "fc" k, "bottom", 30, \
                  "at 30 %: LBP loses more than FC-" k, -1, 0)
        finding = "LBP equals FC-1 up to squares of 30"
        for (level = 0; level <= 30; level += 10)
            judge(finding, "difference", "lbp", "fc1", "block", level, \
                  "at " level ": LBP - FC-1 within 0.02", -0.02, 0.02)
        finding = "Accuracy falls quickly past 50 %, where the eyes are covered"
        for (k = 4; k >= 1; k--)
            for (level = 60; level <= 70; level += 10) judge_step(finding, "fc" k, level)
        finding = "Activation patterns of a person stay in place until then"
        for (level = 10; level <= 70; level += 20)
            if (("fc4", "bottom", level) in pattern) {
                put(finding, "NA", "FC-4 at " level " %: correlation with clean > 0.9", \
                    pattern["fc4", "bottom", level], "NA", "NA", 0.9, 1)
                put(finding, "NA", "FC-4 at " level " %: excitatory on their side > 0.9", \
                    side["fc4", "bottom", level], "NA", "NA", 0.9, 1)
            }
        if (!rows) {
            print "shapes.sh: none of the levels and layers that the paper speaks of" >"/dev/stderr"
            exit 1
        }
    }' "$1/differences.tsv" "$1/accuracy.tsv" "$1/sets.tsv"
