# training.gp: how a network was trained, on one A4 page: losses, accuracy on training images and on
# held-out people, active neurons, margin, learning rate and gradient, over the passes through the
# training images. More than 300 rows of the log are averaged in 300 steps of equal length.
#
#   gnuplot -c training.gp TABLES_DIR OUT_FILE [paper=DIR]
#
# `paper` is the folder of the paper's numbers; "none" leaves them out. Layers are those that
# log.tsv has columns identification_LAYER of. validation.tsv may be absent or without rows.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = ""
view = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "paper"
needs = "log.tsv:step,epoch,learning_rate,gradient_norm"
width = 11.69
height = 8.27
load system("dirname '".ARG0."'")."/style.gp"

# ---- what there is ----

header = " ".system("head -n 1 ".quoted(table("log.tsv"))." | tr '\\t\\r' '  '")." "
has(name) = strstrt(header, " ".name." ") > 0
layers = ""
prefix = "identification_"
do for [column in header] {
    if (column[1:strlen(prefix)] eq prefix) { layers = layers." ".column[strlen(prefix)+1:*] }
}
layer_count = words(layers)
if (layer_count == 0) {
    print table("log.tsv").": has no column ".prefix."LAYER"
    exit status 1
}
name(k) = word(layers, k)
# FC-n has the n-th line type, whatever other layers there are
is_fc(name) = strlen(name) == 3 && name[1:2] eq "fc" && strstrt("1234567", name[3:3])
style(k) = is_fc(name(k)) ? int(name(k)[3:3]) : k

validated = system("[ -e ".quoted(table("validation.tsv"))." ] && echo yes") eq "yes"
if (validated) {
    found = inspect(table("validation.tsv"), "epoch,layer,cosine_accuracy,euclidean_accuracy,". \
                    "active_share,dead,always_on", "", "")
    validated = !strstrt(found, "has no rows")
    if (validated && found[1:1] eq "!") { print found[2:*]; exit status 1 }
}

paper_share = NaN
if (paper ne "none") {
    paper_file = paper."/figure06_summary.tsv"
    found = inspect(paper_file, "quantity,mean,total", "", "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    stats paper_file using (strcol("quantity") eq "active_neurons_per_image" ? \
        (paper_share = 100.*column("mean")/column("total")) : 0) nooutput
}

last_epoch = 0
last_step = 0
rows = 0
stats table("log.tsv") using (rows = rows + 1, last_step = column("step"), \
    last_epoch = column("epoch") > last_epoch ? column("epoch") : last_epoch) nooutput

# ---- rows of the tables ----

most_rows = 300
x_high = last_epoch > 0 ? last_epoch : 1
# the middle of the step that an epoch lies in; `smooth unique` then gives the mean of a step
step_length = x_high/most_rows
thin(x) = rows <= most_rows ? x : x >= x_high ? x_high - step_length/2 : \
    (floor(x/step_length) + 0.5)*step_length
# epoch and value of the rows that have one. 0 stands for NA in the rows that are left out: gnuplot
# would warn of a column without any number.
set datafile missing
of_table(block, file, name, condition, scale) = select(block, file, \
    sprintf("strcol('%s') ne 'NA'%s", name, condition), \
    sprintf("(column('epoch')):(strcol('%s') eq 'NA' ? 0 : %g*column('%s'))", name, scale, name))
of_log(block, name, condition, scale) = of_table("$all", "log.tsv", name, condition, scale). \
    "; set print ".block."; unset print; if (|$all| > 0) { set xrange [*:*]; set yrange [*:*]; ". \
    "stats $all using 2 nooutput; set xrange [0:x_high]; ". \
    "set yrange [STATS_min - abs(STATS_min) - 1:STATS_max + abs(STATS_max) + 1]; ". \
    "set table ".block."; plot $all using (thin($1)):2 smooth unique; unset table }"
of_validation(block, name, layer, scale) = of_table(block, "validation.tsv", name, \
    " && strcol('layer') eq '".layer."'", scale)
# widens low .. high by what a block holds, and notes that it is to be drawn; undoes the range of y
drawn = ""
low = 0
high = 0
widen(block, k) = "if (|".block."| > 0) { set xrange [*:*]; set yrange [*:*]; ". \
    "stats ".block." using 2 nooutput; set xrange [0:x_high]; ". \
    "if (!strlen(drawn) || STATS_min < low) { low = STATS_min }; ". \
    "if (!strlen(drawn) || STATS_max > high) { high = STATS_max }; ". \
    sprintf("drawn = drawn.' %d' }", k)
# from zero, also where there is nothing but zeros
from_zero = "if (high > 0) { set yrange [0:*] } else { set yrange [0:1] }"

no_rows = "set ytics autofreq; ".nothing

# ticks of a logarithmic axis from low to high: powers of ten, or 1, 2, 5 on a short one
power(m, e) = m*10.**e >= 0.001 && m*10.**e < 10000 ? sprintf("%g", m*10.**e) : \
    is_tex ? sprintf("$%d\\cdot10^{%d}$", m, e) : sprintf("%d·10^{%d}", m, e)
log_axis = "if (high < 4*low) { low = low/2; high = high*2 }; ". \
    "set logscale y; set yrange [low/1.2:1.2*high]; decades = log10(high/low); ". \
    "if (decades > 2) { set format y (is_tex ? '$10^{%T}$' : '10^{%T}'); ". \
    "set ytics autofreq 10**ceil(decades/6.) } else { set ytics ('' 0.5*low); ". \
    "do for [e = floor(log10(low)):ceil(log10(high))] { do for [m in '1 2 5'] { ". \
    "set ytics add (power(int(m), e) int(m)*10.**e) } } }"

# ---- page ----

left = 0.05
right = 0.985
set multiplot layout 3, 3 columnsfirst downwards \
    margins left, right, 0.075, 0.87 spacing screen 0.062, screen 0.125
set label 1 bold("Training").sprintf(": %.4g epochs, %s steps", last_epoch, grouped(last_step)) \
    at screen left, 0.965 left
do for [k = 1:layer_count] {
    x = left + 0.09*(k - 1)
    y = 0.93
    set arrow k from screen x, y to screen x+0.036, y nohead linetype style(k) linewidth 1.5
    set label 10+2*k "" at screen x+0.018, y point linetype style(k)
    set label 11+2*k pretty(name(k)) at screen x+0.042, y left
}
if (rows > most_rows) {
    set label 2 small(sprintf("curves of the log: means over %.3g epochs", step_length)) \
        at screen right, 0.965 right
}
first_panel_drawn = "unset label; unset arrow"

set title offset 0, -0.5
set xlabel "epochs" offset 0, 0.4
set ylabel offset 0.6
set xrange [0:x_high]
set xtics tick_step(x_high)

# ---- the log's columns for each layer ----

array titles[4] = ["Identification loss", "Verification loss", "Margin of the verification signal", \
    "Training images identified"]
array units[4] = ["mean cross-entropy, nats", "mean over pairs", "distance of features", \
    percent." of the images"]
measures = "identification verification margin train_accuracy"
do for [m = 1:4] {
    set title bold(titles[m])
    set ylabel units[m]
    drawn = ""
    do for [k = 1:layer_count] {
        column = word(measures, m)."_".name(k)
        if (has(column)) {
            eval of_log(sprintf("$rows%d", k), column, "", m == 4 ? 100 : 1)
            eval widen(sprintf("$rows%d", k), k)
        }
    }
    if (strlen(drawn)) { eval from_zero }
    if (m == 4) { set yrange [0:100] }
    if (!strlen(drawn)) { eval no_rows } else {
        plot for [k in drawn] sprintf("$rows%s", k) using 1:2 \
            with linespoints linetype style(int(k)) pointnumber 5
    }
    eval first_panel_drawn
}

# ---- held-out people ----

# $a1.., $b1..: two columns of validation.tsv for each layer
both = "drawn = ''; drawn_b = ''; do for [k = 1:layer_count] { if (validated) { ". \
    "eval of_validation(sprintf('$a%d', k), a, name(k), scale); ". \
    "eval widen(sprintf('$a%d', k), k); ". \
    "if (strlen(b)) { eval of_validation(sprintf('$b%d', k), b, name(k), scale); ". \
    "kept = drawn; eval widen(sprintf('$b%d', k), k); ". \
    "if (drawn ne kept) { drawn = kept; drawn_b = drawn_b.sprintf(' %d', k) } } } }"

set title bold("Accuracy on pairs of held-out people")
set ylabel percent." of the pairs"
set key at graph 0.98, graph 0.04 right bottom
scale = 100
a = "cosine_accuracy"
b = "euclidean_accuracy"
eval both
if (!strlen(drawn.drawn_b)) { eval no_rows } else {
    if (high - low < 2) { low = low - 1; high = high + 1 }
    set yrange [low - 0.25*(high - low):high + 0.05*(high - low)] # with room for the key
    set ytics tick_step(high - low)
    plot for [k in drawn_b] sprintf("$b%s", k) using 1:2 with linespoints \
            linetype style(int(k)) dashtype (5, 4) linewidth 0.9 pointnumber 5, \
        for [k in drawn] sprintf("$a%s", k) using 1:2 with linespoints \
            linetype style(int(k)) dashtype solid pointnumber 5, \
        NaN with lines linecolor rgb "#000000" dashtype solid title "cosine", \
        NaN with lines linecolor rgb "#000000" linewidth 0.9 dashtype (5, 4) title "Euclidean"
}

set title bold("Active neurons per image")
set ylabel percent." of the layer's neurons"
set key at graph 0.98, graph 0.98 right top
a = "active_share"
b = ""
eval both
set yrange [0:100]
set ytics 20
if (!strlen(drawn)) { eval no_rows } else {
    with_paper = paper_share == paper_share
    if (with_paper) {
        set arrow 1 from graph 0, first paper_share to graph 1, first paper_share nohead back \
            linecolor rgb paper_colour linewidth 0.6 dashtype solid
    }
    plot for [k in drawn] sprintf("$a%s", k) using 1:2 with linespoints linetype style(int(k)) \
            pointnumber 5, \
        NaN with lines linecolor rgb paper_colour linewidth 0.6 dashtype solid \
            title (with_paper ? sprintf("paper, FC-4: %.0f %s", paper_share, percent) : "")
    unset arrow
}

set title bold("Neurons that never change")
set ylabel "neurons"
set ytics autofreq
scale = 1
a = "dead"
b = "always_on"
eval both
if (!strlen(drawn.drawn_b)) { eval no_rows } else {
    set key at graph 0.98, graph 0.98 right top horizontal maxrows 1
    if (high < 5) { high = 5 }
    set yrange [0:1.25*high]
    set ytics tick_step(high)
    plot for [k in drawn_b] sprintf("$b%s", k) using 1:2 with linespoints \
            linetype style(int(k)) dashtype (5, 4) linewidth 0.9 pointnumber 5, \
        for [k in drawn] sprintf("$a%s", k) using 1:2 with linespoints \
            linetype style(int(k)) dashtype solid pointnumber 5, \
        NaN with lines linecolor rgb "#000000" dashtype solid title "never active", \
        NaN with lines linecolor rgb "#000000" linewidth 0.9 dashtype (5, 4) title "always active"
}

# ---- numbers of the whole network ----

array columns[2] = ["learning_rate", "gradient_norm"]
array headings[2] = ["Learning rate", "Gradient norm"]
unset key
do for [m = 1:2] {
    set title bold(headings[m])
    unset ylabel
    drawn = ""
    eval of_log("$rows", columns[m], " && column('".columns[m]."') > 0", 1)
    eval widen("$rows", 1)
    if (!strlen(drawn)) { eval no_rows } else {
        eval log_axis
        plot $rows using 1:2 with linespoints linecolor rgb "#000000" dashtype solid linewidth 1 \
            pointtype 7 pointsize 0.3 pointnumber 3
    }
    unset logscale y
    set format y "% h"
}
unset multiplot
unset output
