# hidden.gp: what figure15 and figure16 share: accuracy against level, here and in the paper, and how
# far the neurons move. To be loaded by them, after style.gp.
#
#   kind                     of occlusion
#   paper_file, paper_unit   the paper's table; what its levels are multiplied with
#   heading, axis

with_paper = paper ne "none"
if (with_paper) {
    found = inspect(paper."/".paper_file, "level,features,accuracy", "", "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
}
set datafile missing # rows of NA are left out by name
# where none is asked for, each layer has its own: LBP may go without mirror images
chosen = "strcol('kind') eq kind".(strlen(features) ? " && strcol('features') eq features" : "")
eval distinct("of_lbp", "accuracy.tsv", "features", chosen." && strcol('layer') eq 'lbp'")
if (!strlen(features)) {
    eval distinct("choices", "accuracy.tsv", "features", "1")
    features = word(choices, 1)
}
lbp_note = strlen(of_lbp) && word(of_lbp, 1) ne features ? "; LBP: ".features_name(word(of_lbp, 1)) : ""
if (!strlen(metric)) {
    eval distinct("choices", "accuracy.tsv", "metric", "strcol('features') eq features")
    metric = strstrt(choices." ", " joint_bayesian ") ? "joint_bayesian" : word(choices, 1)
}
by_metric = chosen." && strcol('metric') eq metric && known('estimate')"
eval distinct("layers", "accuracy.tsv", "layer", by_metric)
count = words(layers)
if (count == 0) {
    print sprintf("%s: has no rows of kind '%s', features '%s' and metric '%s'", table("accuracy.tsv"), \
                  kind, features, metric)
    exit status 1
}
name(k) = word(layers, k)
# FC-1 .. FC-4, LBP and the paper's 25 networks have a line of their own in both
style(name) = name eq "fc1" || name eq "FC-1" ? 4 : name eq "fc2" || name eq "FC-2" ? 3 : \
    name eq "fc3" || name eq "FC-3" ? 2 : name eq "fc4" || name eq "FC-4" ? 1 : \
    name eq "lbp" || name eq "high_dim_lbp" ? 7 : name eq "combine" ? 5 : 6
title_of(name) = name eq "lbp" ? "LBP" : pretty(name)

# ---- rows ----

number(name, otherwise) = strcol(name) eq "NA" ? otherwise : column(name)
fields = "(column('level')):(100*column('estimate')):(100*number('ci_low', column('estimate'))):". \
    "(100*number('ci_high', column('estimate')))"
low = 1e9
high = -1e9
furthest = 0
widen(x, y) = (x > furthest ? (furthest = x) : 0, y < low ? (low = y) : 0, y > high ? (high = y) : 0, 0)
# a point out of sight where there is no row
fill(block) = "if (|".block."| == 0) { set print ".block."; print '-9 -9 -9 -9'; unset print }"
do for [k = 1:count] {
    eval select(sprintf("$ours%d", k), "accuracy.tsv", by_metric." && strcol('layer') eq name(k)", fields)
    eval sprintf("stats [*:*] [*:*] $ours%d using (widen($1, $3), widen($1, $4)) nooutput; ", k).from_tables
    eval select(sprintf("$drift%d", k), "drift.tsv", chosen." && strcol('layer') eq name(k) && ". \
        "strcol('measure') eq 'state_kept' && known('estimate')", fields)
    eval fill(sprintf("$drift%d", k))
    eval from_tables
}
theirs = ""
if (with_paper) {
    theirs = "combine FC-4 FC-3 FC-2 FC-1 high_dim_lbp"
    do for [k = 1:words(theirs)] {
        eval sprintf("set print $paper%d; unset print; set table $paper%d", k, k)
        plot paper."/".paper_file using (paper_unit*column("level")):(100*column("accuracy")) with table \
            if (strcol("features") eq word(theirs, k) && known("accuracy"))
        unset table
        eval fill(sprintf("$paper%d", k))
        eval from_memory.sprintf("; stats [*:*] [*:*] $paper%d using ($1 >= 0 ? widen(0, $2) : 0) ", k). \
            "nooutput; ".from_tables
    }
}
eval from_memory
if (low > high) { low = 50; high = 100 }

# ---- page ----

panels = with_paper ? 3 : 2
array left[3] = [0.062, 0.392, 0.735]
array right[3] = [0.325, 0.655, 0.985]
set multiplot
set bmargin at screen 0.16
set tmargin at screen 0.75
set label 1 bold(heading).": verification by ".metric_name(metric).", ".features_name(features).lbp_note \
    at screen left[1], 0.955 left
set label 2 small("bands: 95 ".percent." intervals over people") at screen right[3], 0.955 right \
    textcolor rgb "#555555"
array entries[7] = ["fc4", "fc3", "fc2", "fc1", "lbp", "combine", "other"]
array texts[7] = ["FC-4", "FC-3", "FC-2", "FC-1", "LBP", "paper: 25 networks", "other layers"]
shown = 0
do for [e = 1:7] {
    wanted = e == 6 ? with_paper : 0
    do for [k = 1:count] { if (style(name(k)) == style(entries[e])) { wanted = 1 } }
    if (e == 5 && with_paper) { wanted = 1 }
    if (wanted) {
        x = left[1] + 0.112*shown
        set arrow 10+e from screen x, 0.885 to screen x+0.034, 0.885 nohead \
            linetype style(entries[e]) linewidth 1.5
        set label 20+2*e "" at screen x+0.017, 0.885 point linetype style(entries[e]) pointsize 0.7
        set label 21+2*e texts[e] at screen x+0.042, 0.885 left
        shown = shown + 1
    }
}
unset key
set title offset 0, -0.4
set xlabel axis offset 0, 0.4
set ylabel "accuracy, ".percent offset 1
set xrange [-0.03*furthest:1.03*furthest]
set xtics tick_step(1.3*furthest)
room = 0.05*(high - low)
set yrange [(low < 50 ? low - room : 50 - room):high + room]
set ytics 10
set arrow 1 from graph 0, first 50 to graph 1, first 50 nohead back linecolor rgb "#777777" \
    linewidth 0.6 dashtype (2, 3)
set label 3 small("chance") at graph 0.02, first 50 left offset 0, 0.5 textcolor rgb "#555555"

set lmargin at screen left[1]
set rmargin at screen right[1]
set title bold("Here")
plot for [k = 1:count] sprintf("$ours%d", k) using 1:3:4 with filledcurves linetype style(name(k)) \
        fillstyle transparent solid 0.18 noborder, \
    for [k = 1:count] sprintf("$ours%d", k) using 1:2 with linespoints linetype style(name(k)) \
        pointsize 0.7
unset label
do for [e = 1:7] { unset arrow 10+e }

if (with_paper) {
    set lmargin at screen left[2]
    set rmargin at screen right[2]
    set title bold("Paper")
    plot for [k = 1:words(theirs)] sprintf("$paper%d", k) using 1:2 with linespoints \
        linetype style(word(theirs, k)) pointsize 0.7
}

unset arrow
set lmargin at screen left[with_paper ? 3 : 2]
set rmargin at screen right[with_paper ? 3 : 2]
set title bold("Here: binary states kept")
set ylabel percent." of the neurons of an image"
set yrange [*:100]
set ytics autofreq
least = 100
do for [k = 1:count] {
    eval sprintf("stats [*:*] [*:*] $drift%d using ($1 >= 0 && $3 < least ? (least = $3) : 0) nooutput", k)
}
if (least == 100) { set yrange [0:1]; eval nothing } else {
    set yrange [least - 0.05*(100 - least):100 + 0.02*(100 - least)]
    plot for [k = 1:count] sprintf("$drift%d", k) using 1:3:4 with filledcurves linetype style(name(k)) \
            fillstyle transparent solid 0.18 noborder, \
        for [k = 1:count] sprintf("$drift%d", k) using 1:2 with linespoints linetype style(name(k)) \
            pointsize 0.7
}
unset multiplot
unset output
