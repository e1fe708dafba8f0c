# targets.gp: which targets and features a figure of many targets shows; to be loaded as a page. Sets
# `targets` (words) and `features` from `chosen_table`'s first ones where they are not given.

if (!exists("usual")) { usual = 5 } # so many by default
if (!strlen(features)) {
    features = word(values_of(chosen_table, "layer=".layer, "features"), 1)
}
known_targets = values_of(chosen_table, "layer=".layer."\tfeatures=".features, "target")
if (words(known_targets) == 0) {
    print sprintf("%s: has no rows of layer '%s' and features '%s'", table(chosen_table), layer, features)
    exit status 1
}
if (strlen(targets)) { targets = replace(targets, ",", " ") } else {
    do for [i = 1:(words(known_targets) < usual ? words(known_targets) : usual)] {
        targets = targets." ".word(known_targets, i)
    }
}
if (words(targets) > most) {
    print sprintf("targets: %d given, at most %d fit a page", words(targets), most)
    exit status 2
}
do for [name in targets] {
    if (!strstrt(known_targets." ", " ".name." ")) {
        print sprintf("%s: has no target '%s'; it has:%s", table(chosen_table), name, known_targets)
        exit status 1
    }
}
