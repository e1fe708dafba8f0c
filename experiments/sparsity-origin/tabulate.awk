# tabulate.awk: one condition's rows of the experiment's tables from a training's validation.tsv.
#
#   awk -F '\t' -v OFS='\t' -v factor=.. -v value=.. -v base=0|1 -v outcome=finished|diverged
#       -v paper=SHARE -f tabulate.awk validation.tsv
#
# Lines begin with the table they are for: "check" (origin.tsv), "final" (origin_final.tsv). A
# training that diverged has rows of NA at its end, also where it diverged before its first check.
BEGIN {
    count = split("fc1 fc2 fc3 fc4", layers, " ")
    for (k = 1; k <= count; k++) known[layers[k]]
    measures = split("active_share active_sd dead always_on cosine_accuracy euclidean_accuracy", \
                     measure, " ")
}
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    layer = $at["layer"]
    if (!(layer in known)) { known[layer]; layers[++count] = layer }
    row = ""
    for (i = 1; i <= measures; i++) row = row OFS $at[measure[i]]
    print "check", factor, value, base, layer, $at["step"], $at["epoch"] row
    if (!(layer in first_epoch)) {
        first_epoch[layer] = $at["epoch"]
        first_share[layer] = $at["active_share"]
    }
    last[layer] = $at["epoch"] row
}
END {
    none = "NA"
    for (i = 1; i <= measures; i++) none = none OFS "NA"
    for (k = 1; k <= count; k++) {
        layer = layers[k]
        begun = layer in last
        if (outcome != "finished") {
            print "check", factor, value, base, layer, "NA", none
            last[layer] = none
        } else if (!begun) {
            continue
        }
        print "final", factor, value, base, layer, outcome, last[layer], \
            begun ? first_epoch[layer] : "NA", begun ? first_share[layer] : "NA", \
            layer == "fc4" ? paper : "NA"
    }
}
