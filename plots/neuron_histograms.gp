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
    known = ""
    previous = -1
    known_count = 0
    note(neuron) = neuron == previous ? 0 : \
        (previous = neuron, known_count = known_count + 1, \
         strlen(known = known.sprintf(" %d", neuron)))
    stats table("activation_histograms.tsv") using (is(layer) ? note(column("neuron")) : 0) nooutput
    if (shown > known_count) { shown = known_count }
    do for [i = 0:shown-1] {
        neurons = neurons." ".word(known, 1 + int(i*known_count/shown))
    }
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

# ---- their ranges ----

right = 0
array images[count]
array texts[count]
do for [i = 1:count] {
    images[i] = 0
    stats table("activation_histograms.tsv") using \
        (is(layer) && column("neuron") == word(neurons, i) + 0 ? \
         (images[i] = images[i] + column("count"), column("count") > 0 && \
          column("bin_right") > right ? (right = column("bin_right")) : 0) : 0) nooutput
    if (images[i] == 0) {
        print sprintf("%s: has no neuron %s of layer '%s'", table("activation_histograms.tsv"), \
                      word(neurons, i), layer)
        exit status 1
    }
    stats table("neurons.tsv") using (is(layer) && column("neuron") == word(neurons, i) + 0 ? \
        strlen(texts[i] = sprintf("on %.0f %s of images, mean %.2g", \
                                  100*column("active_share"), percent, column("mean"))) : 0) nooutput
}

# ---- drawing ----

columns = count < 4 ? count : 4
rows = (count + columns - 1)/columns
set label 1 bold("Activations of single neurons").", ".pretty(layer).", view: ".plain(view) \
    at screen 0.07, 0.97 left
set label 2 "activation" at screen 0.53, 0.02 center
set label 3 percent." of images" at screen 0.015, 0.5 center rotate by 90
set multiplot layout rows, columns margins screen 0.07, 0.97, 0.09, 0.88 \
    spacing screen 0.055, screen 0.13
set title offset 0, -0.6
set xrange [0:right]
set xtics tick_step(right*1.5)
do for [i = 1:count] {
    eval select("$bins", "activation_histograms.tsv", \
        "is(layer) && column('neuron') == word(neurons, i) + 0", \
        "((column('bin_left') + column('bin_right'))/2):(100.*column('count')/images[i]):". \
        "(column('bin_right') - column('bin_left'))")
    set xrange [*:*]
    set yrange [*:*]
    stats $bins using 2 nooutput
    set xrange [0:right]
    set yrange [0:1.08*STATS_max]
    set ytics tick_step(STATS_max*1.5)
    set title bold("neuron ".word(neurons, i))."\n".small(texts[i])
    plot $bins using 1:2:3 with boxes fillstyle solid 0.75 linecolor rgb ours_colour
    unset label
}
unset multiplot
unset output
