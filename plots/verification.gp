# verification.gp: how well every layer, and layers together, tell whether two images are of one
# person: accuracy by every metric with 95 % intervals, beside the paper's FC-1 to FC-4 by Joint
# Bayesian; and the accuracy on each fold. Of a single fold, which leaves no others to choose a
# threshold on, the accuracy at the threshold that is best for it.
#
#   gnuplot -c verification.gp TABLES_DIR OUT_FILE [features=mirror_concat] [paper=DIR]
#
# `features` is by default mirror_concat, or the table's first where it is absent. `paper` is the
# folder of the paper's numbers; "none" leaves them out. The page grows with the number of layers.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = ""
view = ""
features = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "features paper"
needs = "accuracy.tsv:layer,features,metric,folds,estimate,ci_low,ci_high,best_accuracy". \
    " folds.tsv:layer,features,metric,fold,accuracy"
width = 9.0
page = "set datafile missing; ". \
    "eval distinct('choices', 'accuracy.tsv', 'features', '1'); ". \
    "if (!strlen(features)) { features = strstrt(choices.' ', ' mirror_concat ') ? ". \
    "'mirror_concat' : word(choices, 1) }; ". \
    "chosen = \"strcol('features') eq features\"; ". \
    "eval distinct('layers', 'accuracy.tsv', 'layer', chosen); ". \
    "eval distinct('metrics', 'accuracy.tsv', 'metric', chosen); ". \
    "layer_count = words(layers); lanes = words(metrics) + (paper ne 'none'); ". \
    "row_height = 0.09*lanes + 0.15; ". \
    "height = 1.5 + (layer_count*row_height > 1.2 ? layer_count*row_height : 1.2)"
load system("dirname '".ARG0."'")."/style.gp"

if (layer_count == 0) {
    print sprintf("%s: has no rows of features '%s'", table("accuracy.tsv"), features)
    exit status 1
}
name(k) = word(layers, k)
metric_count = words(metrics)
style(m) = metric_style(word(metrics, m))
with_paper = paper ne "none"
paper_layers = paper."/lfw_layers.tsv"
paper_single = NaN
if (with_paper) {
    do for [need in "lfw_layers.tsv:variant,layer,accuracy results.tsv:task,method,value_pct"] {
        colon = strstrt(need, ":")
        found = inspect(paper."/".need[1:colon-1], need[colon+1:*], "", "")
        if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    }
    stats paper."/results.tsv" using (strcol("task") eq "lfw_verification" && strcol("method") eq \
        "deepid2plus_single_net_with_mirror" ? (paper_single = column("value_pct")) : 0) nooutput
}

# ---- rows, from the top: a lane for each metric, the paper's at the top ----

position = 0
find(layer) = (position = 0, sum [k = 1:layer_count] (name(k) eq layer ? (position = k) : 0), position)
find_pretty(layer) = (position = 0, sum [k = 1:layer_count] (pretty(name(k)) eq layer ? \
    (position = k) : 0), position)
lane(m) = 0.8*((m + with_paper - 0.5)/lanes - 0.5)
number(name, otherwise) = strcol(name) eq "NA" ? otherwise : 100*column(name)

low = 1e9
high = -1e9
folds = 0
drawn = ""
drawn_folds = ""
widen(x) = (x < low ? (low = x) : 0, x > high ? (high = x) : 0, 0)
value = "best_accuracy"
stats table("accuracy.tsv") using (@chosen && known("estimate") ? (value = "estimate", 0) : 0) nooutput
do for [m = 1:metric_count] {
    is_metric = chosen." && strcol('metric') eq word(metrics, m) && find(strcol('layer'))"
    eval select(sprintf("$rows%d", m), "accuracy.tsv", is_metric." && known(value)", \
        "(number(value, 0)):(find(strcol('layer')) + lane(m)):".\
        "(number('ci_low', number(value, 0))):(number('ci_high', number(value, 0)))")
    eval from_tables
    eval select(sprintf("$folds%d", m), "folds.tsv", is_metric." && known('accuracy')", \
        "(number('accuracy', 0)):(find(strcol('layer')) + lane(m))")
    eval sprintf("if (|$rows%d| > 0) { drawn = drawn.' %d'; ", m, m). \
        sprintf("stats $rows%d using (widen($1), widen($3), widen($4)) nooutput }; ", m). \
        sprintf("if (|$folds%d| > 0) { drawn_folds = drawn_folds.' %d'; ", m, m). \
        sprintf("stats $folds%d using (widen($1)) nooutput }; ", m).from_tables
    stats table("accuracy.tsv") using (strcol("features") eq features && known("folds") && \
        column("folds") > folds ? (folds = column("folds")) : 0) nooutput
}
paper_rows = ""
if (with_paper) {
    set table $paper
    plot paper_layers using (100*column("accuracy")):(find_pretty(strcol("layer")) + lane(0)) with table \
        if (strcol("variant") eq "deepid2plus" && known("accuracy") && find_pretty(strcol("layer")))
    unset table
    eval from_memory
    if (|$paper| > 0) {
        stats $paper using (widen($1)) nooutput
        paper_rows = ", $paper using 1:2 with points linecolor rgb paper_colour pointtype 12 pointsize 0.9"
    }
}
eval from_memory
if (paper_single == paper_single && strlen(drawn)) { dummy = widen(paper_single) }
if (low > high) { low = 50; high = 100 }
room = high - low < 0.5 ? 0.25 : 0.04*(high - low)

# ---- page ----

inch_x(x) = x/width
inch_y(y) = y/height
longest = 0
do for [k = 1:layer_count] {
    if (strlen(pretty(name(k))) > longest) { longest = strlen(pretty(name(k))) }
}
start = 0.25 + 0.078*longest # of the left panel, in inches
half = (width - 0.15 - 0.3 - start)/2

set multiplot
set bmargin at screen inch_y(0.5)
set tmargin at screen 1 - inch_y(0.9)
set label 1 bold("Verification by layer").", ".features_name(features) \
    at screen inch_x(start), 1 - inch_y(0.2) left
set label 2 small(value ne "estimate" ? "an upper bound" : folds > 0 ? \
    sprintf("bars: 95 %s intervals over %g folds", percent, folds) : \
    "bars: 95 ".percent." intervals") at screen inch_x(width - 0.15), 1 - inch_y(0.2) right \
    textcolor rgb "#555555"
x = start
do for [m = 1:metric_count] {
    set label 10+2*m "" at screen inch_x(x + 0.05), 1 - inch_y(0.42) point linetype style(m) pointsize 0.8
    set label 11+2*m metric_name(word(metrics, m)) at screen inch_x(x + 0.14), 1 - inch_y(0.42) left
    x = x + 0.36 + 0.068*strlen(metric_name(word(metrics, m)))
}
if (with_paper) {
    set label 3 "" at screen inch_x(x + 0.05), 1 - inch_y(0.42) point linecolor rgb paper_colour \
        pointtype 12 pointsize 0.9
    set label 4 "paper: Joint Bayesian on LFW" at screen inch_x(x + 0.14), 1 - inch_y(0.42) left
}
do for [k = 1:layer_count:2] {
    set object k rectangle from graph 0, first k-0.5 to graph 1, first k+0.5 behind \
        fillstyle solid 1 noborder fillcolor rgb "#F3F3F3"
}
unset key
unset grid
set grid xtics linetype -1 linewidth 0.4 linecolor rgb "#DDDDDD" dashtype solid
set title offset 0, 0.3
set xlabel "accuracy, ".percent offset 0, 0.4
set xrange [low - room:high + room]
set xtics tick_step(high - low)
set yrange [layer_count + 0.5:0.5]
set ytics ('' 1) scale 0
do for [k = 1:layer_count] { set ytics add (pretty(name(k)) k) }
set lmargin at screen inch_x(start)
set rmargin at screen inch_x(start + half)
set title value eq "estimate" ? bold("Mean of the folds") : bold("One fold").", at its own best threshold"
if (!strlen(drawn)) { unset object; unset ytics; eval nothing } else {
    if (paper_single == paper_single) {
        set arrow 1 from first paper_single, graph 0 to first paper_single, graph 1 nohead back \
            linecolor rgb "#777777" linewidth 0.8 dashtype solid
        set label 5 small(sprintf("paper, one network: %.2f %s", paper_single, percent)) \
            at first paper_single, graph 1 right offset 0, 0.5 textcolor rgb "#555555"
    }
    plot for [m in drawn] sprintf("$rows%s", m) using 1:2:3:4 with xerrorbars \
        linetype style(int(m)) dashtype solid pointsize 0.7 @paper_rows
}
unset label
unset arrow

set lmargin at screen inch_x(start + half + 0.3)
set rmargin at screen inch_x(start + 2*half + 0.3)
set title bold("Each fold")
unset ytics
if (!strlen(drawn_folds)) { unset object; unset ytics; eval nothing } else {
    plot for [m in drawn_folds] sprintf("$folds%s", m) using 1:2 with points \
        linetype style(int(m)) pointsize 0.4
}
unset multiplot
unset output
