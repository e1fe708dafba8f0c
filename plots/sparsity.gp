# sparsity.gp: what facet-sparsity found about every layer, on one A4 page: who is active, how
# sparse, how stable within an identity.
#
#   gnuplot -c sparsity.gp TABLES_DIR OUT_FILE [view=original]

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = ""
view = "original"
options = "view"
needs = "summary.tsv:layer,view,measure,estimate,ci_low,ci_high". \
    " neurons.tsv:layer,view,n,active_share,entropy_bits,dead,always_on". \
    " active_neurons_per_image.tsv:layer,view,bin_left,bin_right,count". \
    " thresholds.tsv:layer,view,threshold,measure,estimate,ci_low,ci_high". \
    " overlap.tsv:layer,view,relation,measure,estimate,ci_low,ci_high"
width = 11.69
height = 8.27
load system("dirname '".ARG0."'")."/style.gp"

share(x, all) = 100.*x/all

# ---- layers, in the table's order; their numbers of neurons, images and so on ----

layers = ""
note(name) = strstrt(" ".layers." ", " ".name." ") ? 0 : strlen(layers = layers." ".name)
stats table("neurons.tsv") using (strcol("view") eq view ? note(strcol("layer")) : 0) nooutput
layer_count = words(layers)
name(k) = word(layers, k)
array neurons[layer_count]
array images[layer_count]
array dead[layer_count]
array always_on[layer_count]
do for [k = 1:layer_count] {
    neurons[k] = 0; images[k] = 0; dead[k] = 0; always_on[k] = 0
    stats table("neurons.tsv") using (is(name(k)) ? (neurons[k] = neurons[k] + 1, \
        dead[k] = dead[k] + column("dead"), always_on[k] = always_on[k] + column("always_on")) \
        : 0) nooutput
    stats table("active_neurons_per_image.tsv") using (is(name(k)) && column("count") > 0 ? \
        (images[k] = images[k] + column("count")) : 0) nooutput
}

most_unchanging = 0
do for [k = 1:layer_count] {
    do for [count in sprintf("%g %g", dead[k], always_on[k])] {
        if (share(count, neurons[k]) > most_unchanging) { most_unchanging = share(count, neurons[k]) }
    }
}

# ---- page ----

left = 0.05
right = 0.985
set multiplot layout 3, 3 columnsfirst downwards \
    margins left, right, 0.075, 0.87 spacing screen 0.062, screen 0.125
set label 1 bold("Sparsity of each layer").", view: ".plain(view) at screen left, 0.965 left
do for [k = 1:layer_count] {
    x = left + 0.09*(k - 1)
    y = 0.93
    set arrow k from screen x, y to screen x+0.036, y nohead linetype k linewidth 1.5
    set label 10+k pretty(name(k)) at screen x+0.042, y left
}
set label 2 small("bars and bands: 95 ".percent." intervals, bootstrap over identities") \
    at screen right, 0.965 right
first_panel_drawn = "unset label; unset arrow"

set title offset 0, -0.5
set xlabel offset 0, 0.4
set ylabel offset 1.2
layer_tics = "set xtics ('' 1); do for [k = 1:layer_count] { set xtics add (pretty(name(k)) k) }"
known = " && column('estimate') == column('estimate')"
interval = "(column('estimate')):(column('ci_low')):(column('ci_high'))"
position = 0
find(layer) = (position = 0, sum [k = 1:layer_count] (name(k) eq layer ? (position = k) : 0), \
    position)
# rows of a table of estimates: position of the layer, estimate, interval
estimates(block, table_name, condition) = select(block, table_name, \
    "strcol('view') eq view && ".condition.known, "(find(strcol('layer'))):".interval)

# ---- who is active ----

set xrange [0:100]
set xtics 20
set yrange [0:*]
set title bold("Active neurons per image")
set xlabel percent." of the layer's neurons"
set ylabel sprintf("%s of images, per 1 %s", percent, percent)
do for [k = 1:layer_count] {
    eval select(sprintf("$rows%d", k), "active_neurons_per_image.tsv", "is(name(k))", \
        "(share((column('bin_left') + column('bin_right'))/2, neurons[k])):". \
        "(share(column('count'), images[k])/share(column('bin_right') - column('bin_left'), ". \
        "neurons[k]))")
}
plot for [k = 1:layer_count] sprintf("$rows%d", k) using 1:2 with histeps linetype k
eval first_panel_drawn

# sorted curves: the empirical distribution with its axes exchanged
set xlabel percent." of the layer's neurons, sorted"
set xrange [0:100]
set yrange [0:1.02]
set ytics 0.2
do for [m in "active_share entropy_bits"] {
    set title bold(m eq "active_share" ? "Images per neuron" : "Entropy of a neuron's state")
    set ylabel (m eq "active_share" ? "active on share of images" : "bits")
    do for [k = 1:layer_count] {
        eval select("$values", "neurons.tsv", "is(name(k))", "(column(m))")
        eval sprintf("set table $sorted%d; plot $values using 1:(1) smooth cnormal; unset table", k)
    }
    plot for [k = 1:layer_count] sprintf("$sorted%d", k) using (100*$2):1 with lines linetype k
}

# ---- how sparse ----

set xrange [0.5:layer_count + 0.5]
unset xlabel
eval layer_tics
set key at graph 0.5, graph -0.2 center top horizontal maxrows 1 samplen 0.5 Left reverse
set title bold("Sparsity of an image's activations")
set ylabel "index"
set yrange [0:1]
measures = "treves_rolls vinje_gallant hoyer gini"
labels = "Treves-Rolls Vinje-Gallant Hoyer Gini"
array colour[4] = ["#000000", "#777777", "#E69F00", "#009E73"]
array point[4] = [7, 6, 5, 9]
do for [m = 1:4] {
    eval estimates(sprintf("$rows%d", m), "summary.tsv", "strcol('measure') eq word(measures, m)")
}
plot for [m = 1:4] sprintf("$rows%d", m) using ($1 + 0.12*(m - 2.5)):2:3:4 \
    with yerrorbars linecolor rgb colour[m] pointtype point[m] pointsize 0.7 linewidth 1.2 \
    dashtype solid title word(labels, m)

set title bold("Kurtosis of an image's activations")
set ylabel "excess kurtosis"
set yrange [*:*]
eval estimates("$rows1", "summary.tsv", "strcol('measure') eq 'kurtosis'")
if (|$rows1| == 0) { eval nothing } else {
    set xrange [*:*]
    stats $rows1 using 3:4 nooutput
    set xrange [0.5:layer_count + 0.5]
    set ytics tick_step(STATS_max_y - STATS_min_x)
    plot $rows1 using 1:2:3:4 with yerrorbars linecolor rgb colour[1] pointtype 7 \
        pointsize 0.7 linewidth 1.2 dashtype solid
}

set title bold("Neurons that never change")
set ylabel percent." of the layer's neurons"
if (most_unchanging == 0) { most_unchanging = 1 }
set yrange [0:1.05*most_unchanging]
set ytics tick_step(most_unchanging)
set boxwidth 0.3
plot dead using ($1 - 0.17):(share($2, neurons[int($1)])) with boxes \
        linecolor rgb "#000000" fillstyle solid 0.6 title "never active", \
    always_on using ($1 + 0.17):(share($2, neurons[int($1)])) with boxes \
        linecolor rgb "#E69F00" fillstyle solid 0.8 title "always active"

# ---- threshold and identity ----

set title bold("Active share against the threshold")
set xrange [*:*]
set xtics autofreq
set xlabel "threshold on the activation" offset 0, 0.4
set ylabel "active share of neurons"
set yrange [0:1]
set ytics 0.2
unset key
drawn = 0
do for [k = 1:layer_count] {
    eval select(sprintf("$rows%d", k), "thresholds.tsv", \
        "is(name(k)) && strcol('measure') eq 'active_share'".known, \
        "(column('threshold')):".interval)
    eval sprintf("drawn = drawn + |$rows%d|", k)
}
if (drawn == 0) { eval nothing } else {
    plot for [k = 1:layer_count] sprintf("$rows%d", k) using 1:3:4 \
            with filledcurves linetype k fillstyle transparent solid 0.2 noborder, \
        for [k = 1:layer_count] sprintf("$rows%d", k) using 1:2 with linespoints linetype k
}

set xrange [0.5:layer_count + 0.5]
unset xlabel
eval layer_tics
set key
do for [m in "hamming jaccard"] {
    set title bold(m eq "hamming" ? "Distance of two images' codes (Hamming)" \
                                  : "Overlap of two images' codes (Jaccard)")
    set ylabel (m eq "hamming" ? "neurons that differ, of all" : "active on both, of either")
    eval estimates("$within", "overlap.tsv", \
        "strcol('measure') eq m && strcol('relation') eq 'within'")
    eval estimates("$between", "overlap.tsv", \
        "strcol('measure') eq m && strcol('relation') eq 'between'")
    if (|$within| + |$between| == 0) { eval nothing } else {
        # a relation without rows is a point out of sight
        if (|$within| == 0) { set print $within; print "1 -1 -1 -1"; unset print }
        if (|$between| == 0) { set print $between; print "1 -1 -1 -1"; unset print }
        plot $within using ($1 - 0.08):2:3:4 with yerrorbars linecolor rgb "#0072B2" \
                pointtype 7 pointsize 0.7 linewidth 1.2 dashtype solid title "one identity", \
            $between using ($1 + 0.08):2:3:4 with yerrorbars linecolor rgb "#D55E00" \
                pointtype 4 pointsize 0.7 linewidth 1.2 dashtype solid title "two identities"
    }
}
unset multiplot
unset output
