# bars.awk: joins the paper's accuracies of people or attributes (first file) with ours (second):
# name, both of the paper's methods, ours, and either the ends of its interval or, twice, the accuracy
# of a neuron chosen on other images. Names match without case, spaces and "_score".
# Where nothing has both, ours follow the paper's.
BEGIN { FS = OFS = "\t"; split(methods, method, ","); most = 24 }

function plain(name) {
    name = tolower(name)
    gsub(/ /, "_", name)
    sub(/_score$/, "", name)
    return name
}

FNR == 1 {
    file++
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    if (FILENAME == ARGV[1] && with_paper) { paper_file = FILENAME }
    next
}

FILENAME == paper_file {
    key = plain($1)
    if (!(key in shown)) { shown[key] = $1; order[++count] = key }
    for (i in method) if ($at["features"] == method[i]) theirs[key, i] = $at["accuracy"]
    next
}

$at["layer"] == layer {
    if (features == "") features = $at["features"]
    if ($at["features"] != features) next
    key = plain($1)
    if ("classifier" in at) {
        if ($at["classifier"] != "svm") next
        ours[key] = $at["estimate"] OFS $at["ci_low"] OFS $at["ci_high"]
    } else {
        if (only != "" && $at["kind"] != only) next
        which = "excitatory"
        if ($at["best_inhibitory_accuracy"] != "NA" && ($at["best_excitatory_accuracy"] == "NA" || \
            $at["best_inhibitory_accuracy"] > $at["best_excitatory_accuracy"])) which = "inhibitory"
        chosen = $at["chosen_" which "_accuracy"]
        ours[key] = $at["best_" which "_accuracy"] OFS chosen OFS chosen
    }
    if (!(key in shown)) { shown[key] = $1; extra[++extras] = key }
}

function value(x) { return x == "" ? "NA" : x }

function put(key) {
    print shown[key], value(theirs[key, 1]), value(theirs[key, 2]), \
        (key in ours ? ours[key] : "NA" OFS "NA" OFS "NA")
}

END {
    for (i = 1; i <= count; i++) both += order[i] in ours
    for (i = 1; i <= count; i++) put(order[i])
    for (i = 1; i <= extras && count + i <= most && !both; i++) put(extra[i])
}
