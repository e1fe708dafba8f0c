# tabulate.awk: a variant's rows of layers.tsv: the last check of its training, and its accuracy on LFW,
# beside the paper's.
#
#   awk -F '\t' -v OFS='\t' -v variant=.. -f tabulate.awk lfw_layers.tsv kind=lfw accuracy.tsv \
#       kind=checks validation.tsv
#
# Without checks (/dev/null: the training diverged) or accuracy (/dev/null: not measured) these are NA.
BEGIN {
    count = split("fc1 fc2 fc3 fc4", layers, " ")
    for (k = 1; k <= count; k++) known[layers[k]]
    measures = split("cosine_accuracy cosine_sd euclidean_accuracy euclidean_sd active_share active_sd", \
                     measure, " ")
    for (i = 1; i <= measures; i++) none = none OFS "NA"
}
FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
kind == "" { # the paper's; FC-1 is our fc1
    layer = tolower($at["layer"])
    sub(/-/, "", layer)
    if ($at["variant"] == variant) paper[layer] = $at["accuracy"]
    next
}
kind == "lfw" {
    if ($at["metric"] == "joint_bayesian")
        lfw[$at["layer"]] = $at["estimate"] OFS $at["sd"] OFS $at["ci_low"] OFS $at["ci_high"]
    next
}
{
    layer = $at["layer"]
    if (!(layer in known)) { known[layer]; layers[++count] = layer }
    last[layer] = ""
    for (i = 1; i <= measures; i++) last[layer] = last[layer] OFS $at[measure[i]]
}
END {
    for (k = 1; k <= count; k++) {
        layer = layers[k]
        print variant, layer (layer in last ? last[layer] : none), \
              layer in lfw ? lfw[layer] : "NA" OFS "NA" OFS "NA" OFS "NA", \
              layer in paper ? paper[layer] : "NA"
    }
}
