# figure17.gp: the paper's Fig. 17: mean activations of a person's neurons when parts of the faces are
# hidden, a colour a neuron and level, neurons by their mean on the clean faces; below, how many of the
# person's excitatory and inhibitory neurons stay so, and the correlation of the pattern.
#
#   gnuplot -c figure17.gp TABLES_DIR OUT_FILE [layer=fc4] [features=original] [targets=NAME]
#
# `features` and `targets`, the person, are by default the table's first.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "identities.tsv:identity,n,layer,features,kind,level,place,mean". \
    " sets.tsv:identity,layer,features,kind,level,set,kept,correlation"
width = 8.0
height = 5.6
load system("dirname '".ARG0."'")."/style.gp"

# cividis (Nunez, Anderton and Renslow 2018): the colour-blind can read it, and a grey copy
set palette defined (0 "#00224E", 0.125 "#123570", 0.25 "#3B496C", 0.375 "#575D6D", 0.5 "#707173", \
    0.625 "#8A8779", 0.75 "#A69D75", 0.875 "#C4B56C", 1 "#FEE838")
set colorbox noborder
set style fill solid 1 noborder

of_layer = "strcol('layer') eq layer"
if (!strlen(features)) {
    eval distinct("choices", "identities.tsv", "features", of_layer)
    features = word(choices, 1)
}
of_layer = of_layer." && strcol('features') eq features"
eval distinct("people", "identities.tsv", "identity", of_layer)
if (!strlen(targets)) { targets = word(people, 1) }
if (!strlen(people) || !strstrt(people." ", " ".targets." ")) {
    print sprintf("%s: has no rows of layer '%s', features '%s' and identity '%s'; it has:%s", \
                  table("identities.tsv"), layer, features, targets, people)
    exit status 1
}
chosen = of_layer." && strcol('identity') eq targets"
eval distinct("kinds", "identities.tsv", "kind", chosen)
kinds = words(kinds) > 4 ? word(kinds, 1)." ".word(kinds, 2)." ".word(kinds, 3)." ".word(kinds, 4) : kinds
count = words(kinds)
images = 0
stats [*:*] [*:*] table("identities.tsv") using (@chosen ? (images = column("n")) : 0) nooutput

# ---- rows: levels by their place in the table, 1, 2, .. ----

heading(kind) = kind eq "bottom" ? "the bottom hidden" : kind eq "top" ? "the top hidden" : \
    kind eq "block" ? "a square hidden" : kind." hidden"
axis(kind) = strstrt("bottom top left right eyes mouth", kind) ? "level, ".percent : "side, pixels of 94 x 110"
array levels[count]
most = 0
neurons = 0
find(k, level) = (position = 0, sum [i = 1:words(levels[k])] (word(levels[k], i) eq level ? (position = i) : 0), position)
do for [k = 1:count] {
    in_kind = chosen." && strcol('kind') eq word(kinds, k)"
    eval distinct("found", "identities.tsv", "level", in_kind)
    levels[k] = found
    eval select(sprintf("$map%d", k), "identities.tsv", in_kind, \
        "(find(k, strcol('level'))):(column('place') + 0.5):(column('mean'))")
    eval sprintf("stats [*:*] [*:*] $map%d using (neurons = $2 > neurons ? $2 : neurons, ", k). \
        "most = $3 > most ? $3 : most, 0) nooutput; ".from_tables
    do for [set in "excitatory inhibitory"] {
        eval select(sprintf("$%s%d", set, k), "sets.tsv", in_kind." && strcol('set') eq set", \
            "(find(k, strcol('level'))):(100*column('kept')):(100*column('correlation'))")
        eval from_tables
    }
}
eval from_memory
neurons = neurons + 0.5

# ---- page ----

array left[4]
array right[4]
do for [k = 1:count] {
    left[k] = 0.085 + (0.81/count)*(k - 1)
    right[k] = left[k] + 0.81/count - 0.045
}
set multiplot
set label 1 bold(plain(replace(targets, "_", " "))).sprintf(", mean of %s images; ", grouped(images)). \
    pretty(layer).", ".features_name(features) at screen left[1], 0.965 left
array entries[3] = ["excitatory tenth kept", "inhibitory tenth kept", "correlation of the pattern"]
x = left[1]
do for [i = 1:3] {
    set arrow 10+i from screen x, 0.395 to screen x+0.042, 0.395 nohead linetype i linewidth 1.5
    set label 20+2*i "" at screen x+0.021, 0.395 point linetype i pointsize 0.7
    set label 21+2*i entries[i] at screen x+0.052, 0.395 left
    x = x + 0.26
}
unset key
set title offset 0, -0.5
do for [k = 1:count] {
    set lmargin at screen left[k]
    set rmargin at screen right[k]
    set tmargin at screen 0.885
    set bmargin at screen 0.475
    set title bold(heading(word(kinds, k)))
    set xrange [0.5:words(levels[k]) + 0.5]
    set yrange [neurons:0]
    set ytics tick_step(1.5*neurons)
    if (k == 1) { set ylabel "neuron, by its clean mean" offset 1 } else { unset ylabel; set ytics format "" }
    set xtics ("" 0)
    do for [i = 1:words(levels[k])] { set xtics add (word(levels[k], i) i) }
    set cbrange [0:most]
    unset grid
    if (k == count) {
        set colorbox user origin 0.925, 0.475 size 0.016, 0.41
        set cblabel "mean activation" offset 0.5
        set cbtics tick_step(1.3*most)
    } else { unset colorbox }
    set border 0
    # each box reaches under the next, so that no seam shows
    plot sprintf("$map%d", k) using ($1 - 0.5):2:($1 - 0.5):($1 + 0.51):($2 - 0.5):($2 + 1.5 < neurons ? \
        $2 + 1.5 : neurons):3 with boxxyerror palette
    unset label
    do for [i = 1:3] { unset arrow 10+i }
    set border 3
    set grid ytics linetype -1 linewidth 0.4 linecolor rgb "#DDDDDD" dashtype solid
    set tmargin at screen 0.36
    set bmargin at screen 0.105
    unset title
    set xlabel axis(word(kinds, k)) offset 0, 0.5
    set yrange [0:104]
    set ytics 20
    if (k == 1) { set ytics format "% h"; set ylabel percent offset 1 }
    plot sprintf("$excitatory%d", k) using 1:2 with linespoints linetype 1 pointsize 0.7, \
        sprintf("$inhibitory%d", k) using 1:2 with linespoints linetype 2 pointsize 0.7, \
        sprintf("$excitatory%d", k) using 1:3 with linespoints linetype 3 pointsize 0.7
    unset xlabel
    set ytics format "% h"
    set title offset 0, -0.5
}
unset multiplot
unset output
