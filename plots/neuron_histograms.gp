# neuron_histograms.gp: how strongly single neurons respond: one small histogram of activations
# over all images for each chosen neuron.
#
#   gnuplot -c neuron_histograms.gp TABLES_DIR OUT_FILE [layer=fc4] [view=original]
#           [neurons=3,17,204]
#
# Without `neurons`, twelve of the table's neurons, evenly spaced.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = "original"
neurons = ""
options = "layer view neurons"
needs = "activation_histograms.tsv:layer,view,neuron,bin_left,bin_right,count". \
    " neurons.tsv:layer,view,neuron,n,active_share,mean"
width = 7.0
height = 5.6
load system("dirname '".ARG0."'")."/style.gp"

# ---- which neurons ----

shown = 12
most = 24
if (!strlen(neurons)) {
    known = 0
    previous = -1
    seen(neuron) = neuron == previous ? 0 : (previous = neuron, known = known + 1)
    stats table("activation_histograms.tsv") using (is(layer) ? seen(column("neuron")) : 0) nooutput
    if (shown > known) { shown = known }
    # the neurons of the table fall into `shown` equal runs; the first of each is chosen
    chosen(k) = k == 0 || int(k*shown/known) != int((k - 1)*shown/known)
    rank = -1
    previous = -1
    pick(neuron) = neuron == previous ? 0 : (previous = neuron, rank = rank + 1, \
        chosen(rank) ? strlen(neurons = neurons.sprintf(" %d", neuron)) : 0)
    stats table("activation_histograms.tsv") using (is(layer) ? pick(column("neuron")) : 0) nooutput
} else {
    neurons = replace(neurons, ",", " ")
}
count = words(neurons)
if (count > most) {
    print sprintf("neurons: %d given, at most %d fit a page", count, most)
    exit status 2
}
is_digits(text) = !strlen(text) ? 1 : strstrt("0123456789", text[1:1]) ? is_digits(text[2:*]) : 0
do for [neuron in neurons] {
    if (!is_digits(neuron)) {
        print sprintf("neurons: '%s' is not a number of a neuron", neuron)
        exit status 2
    }
}

# ---- their rows, ranges and texts ----

is_shown(neuron) = strstrt(" ".neurons." ", sprintf(" %d ", neuron)) > 0
array texts[count]
do for [i = 1:count] {
    stats table("neurons.tsv") using (is(layer) && column("neuron") == word(neurons, i) + 0 ? \
        strlen(texts[i] = sprintf("on: %.0f %s, mean: %.2g", \
                                  100*column("active_share"), percent, column("mean"))) : 0) nooutput
}
eval select("$rows", "activation_histograms.tsv", "is(layer) && is_shown(column('neuron'))", \
    "(column('neuron')):(column('bin_left')):(column('bin_right')):(column('count'))")
right = 0
array images[count]
array highest[count]
do for [i = 1:count] {
    images[i] = 0
    highest[i] = 0
    stats $rows using ($1 == word(neurons, i) + 0 ? (images[i] = images[i] + $4, \
        highest[i] = $4 > highest[i] ? $4 : highest[i], \
        right = $4 > 0 && $3 > right ? $3 : right) : 0) nooutput
    if (images[i] == 0) {
        print sprintf("%s: has no neuron %s of layer '%s'", table("activation_histograms.tsv"), \
                      word(neurons, i), layer)
        exit status 1
    }
}

# ---- drawing ----

columns = count < 4 ? count : 4
rows = (count + columns - 1)/columns
set label 1 bold("Activations of single neurons").", ".pretty(layer).", view: ".plain(view) \
    at screen 0.085, 0.97 left
set label 2 "activation" at screen 0.53, 0.02 center
set label 3 percent." of images" at screen 0.015, 0.5 center rotate by 90
set multiplot layout rows, columns margins screen 0.085, 0.97, 0.09, 0.88 \
    spacing screen 0.055, screen 0.13
set title offset 0, -0.6
set xrange [0:right]
set xtics tick_step(right*1.5)
do for [i = 1:count] {
    top = 100.*highest[i]/images[i]
    set yrange [0:1.08*top]
    set ytics tick_step(top*1.5)
    set title bold("neuron ".word(neurons, i))."\n".small(texts[i])
    plot $rows using (only($1 == word(neurons, i) + 0, ($2 + $3)/2)):(100.*$4/images[i]):($3 - $2) \
        with boxes fillstyle solid 0.75 linecolor rgb ours_colour
    unset label
}
unset multiplot
unset output
