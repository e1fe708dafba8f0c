# identification.gp: how often a probe of a known person gets its own name: within the first ranks
# (CMC, cumulative match characteristic), and, where the probes hold impostors, at rank 1 and above the
# threshold that a share of the impostors passes (DIR, detection and identification rate), for every
# metric of a layer. Bars are 95 % intervals, crosses the paper's numbers, of 25 networks on LFW.
#
#   gnuplot -c identification.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [paper=DIR]
#
# `features` is by default mirror_concat, or the table's first where it is absent. `paper` is the
# folder of the paper's numbers; "none" leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "layer features paper"
needs = "identification.tsv:layer,features,metric,people,probes,impostors,rank1,rank1_ci_low,". \
    "rank1_ci_high,dir_at_far_0.01,dir_ci_low,dir_ci_high cmc.tsv:layer,features,metric,rank,share"
height = 3.8
page = "set datafile missing; impostors = 0; people = 0; probes = 0; ". \
    "stats table('identification.tsv') using (impostors = column('impostors'), ". \
    "people = column('people'), probes = column('probes'), 0) nooutput; ". \
    "width = impostors > 0 ? 9.2 : 5.2"
load system("dirname '".ARG0."'")."/style.gp"

open_set = impostors > 0
if (open_set) {
    found = inspect(table("dir.tsv"), "layer,features,metric,far,rate", layer, "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
}
with_paper = paper ne "none"
paper_value = NaN
if (with_paper) {
    found = inspect(paper."/results.tsv", "task,method,value_pct", "", "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    task = open_set ? "lfw_open_set" : "lfw_closed_set"
    stats paper."/results.tsv" using (strcol("task") eq task ? \
        (paper_value = column("value_pct")/100) : 0) nooutput
}

# ---- metrics, their numbers and curves ----

if (!strlen(features)) {
    eval distinct("choices", "identification.tsv", "features", "strcol('layer') eq layer")
    features = strstrt(choices." ", " mirror_concat ") ? "mirror_concat" : word(choices, 1)
}
chosen = "strcol('layer') eq layer && strcol('features') eq features"
eval distinct("metrics", "identification.tsv", "metric", chosen)
metric_count = words(metrics)
if (metric_count == 0) {
    print sprintf("%s: has no rows of layer '%s' and features '%s'", table("identification.tsv"), \
                  layer, features)
    exit status 1
}
metric(k) = word(metrics, k)
style(k) = metric_style(metric(k))
is_metric = chosen." && strcol('metric') eq metric(k)"
or_else(name, other) = known(name) ? column(name) : column(other)
in_percent(x) = x == x ? sprintf("%.1f %s", 100*x, percent) : "NA"

array described[metric_count]
array rank1[metric_count]
array detected[metric_count]
low = 1
least(a, b) = b < a ? b : a
do for [k = 1:metric_count] {
    rank1[k] = NaN
    detected[k] = NaN
    # the intervals: metrics a little apart, so that they can be told
    apart = 1 + 0.05*(k - 1)
    eval select(sprintf("$rank%d", k), "identification.tsv", is_metric." && known('rank1')", \
        "(apart):(column('rank1')):(or_else('rank1_ci_low', 'rank1')):(or_else('rank1_ci_high', 'rank1'))")
    eval from_tables
    eval select(sprintf("$detected%d", k), "identification.tsv", is_metric." && known('dir_at_far_0.01')", \
        "(0.01*apart):(column('dir_at_far_0.01')):(or_else('dir_ci_low', 'dir_at_far_0.01')):". \
        "(or_else('dir_ci_high', 'dir_at_far_0.01'))")
    eval from_tables
    eval select(sprintf("$cmc%d", k), "cmc.tsv", is_metric." && known('share')", \
        "(column('rank')):(column('share'))")
    eval from_tables
    if (open_set) {
        eval select(sprintf("$dir%d", k), "dir.tsv", is_metric." && known('rate')", \
            "(column('far')):(column('rate'))")
        eval from_tables
    }
    eval sprintf("if (|$rank%d| > 0) { rank1[k] = real(word($rank%d[1], 2)); low = least(low, ", k, k). \
        sprintf("real(word($rank%d[1], 3))) }; ", k). \
        sprintf("if (|$detected%d| > 0) { detected[k] = real(word($detected%d[1], 2)) }", k, k)
    eval from_tables
    described[k] = metric_name(metric(k)).": ".in_percent(rank1[k]). \
        (open_set ? ", ".in_percent(detected[k]) : "")
}
eval from_memory
rank_curves = ""
rate_curves = ""
do for [k = 1:metric_count] {
    eval sprintf("if (|$cmc%d| > 0 && rank1[k] == rank1[k]) { rank_curves = rank_curves.' %d' }", k, k)
    if (open_set) { eval sprintf("if (|$dir%d| > 0) { rate_curves = rate_curves.' %d' }", k, k) }
}

# ---- page ----

start(i) = (0.6 + (i - 1)*4.6)/width
end(i) = start(i) + 3.85/width

set multiplot
set bmargin at screen 0.13
set tmargin at screen 0.69
set label 1 bold("Identification by ".pretty(layer)).", ".features_name(features) \
    at screen start(1), 0.955 left
set label 2 small(open_set ? \
    sprintf("%s people, %s probes of them, %s of others; rank 1, and DIR at 1 %s false alarms", \
        grouped(people), grouped(probes), grouped(impostors), percent) : \
    sprintf("%s people in the gallery, %s probes; rank 1", grouped(people), grouped(probes))) \
    at screen start(1), 0.905 left textcolor rgb "#555555"
columns = open_set ? 3 : 2
do for [k = 1:metric_count] {
    x = start(1) + (open_set ? 2.9 : 2.3)/width*((k - 1)%columns)
    y = 0.85 - 0.055*int((k - 1)/columns)
    set arrow k from screen x, y to screen x + 0.3/width, y nohead linetype style(k) linewidth 1.5
    set label 10+2*k "" at screen x + 0.15/width, y point linetype style(k) pointsize 0.7
    set label 11+2*k described[k] at screen x + 0.38/width, y left
}
unset key
set title offset 0, -0.4
set xlabel offset 0, 0.4
set ylabel offset 1
set clip two

set lmargin at screen start(1)
set rmargin at screen end(1)
set title bold("CMC").": named within the first ranks"
set xlabel "rank"
set ylabel "share of probes"
set logscale x
set xrange [0.9:people > 10 ? (people > 1000 ? 1000 : people) : 10]
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1000)
set mxtics 10
step = tick_step(1 - low)
set yrange [low == 1 ? 0 : floor(low/step)*step:1]
set ytics low == 1 ? 0.2 : step
if (!open_set && paper_value == paper_value) {
    set label 60 "" at 1, paper_value front point linecolor rgb paper_colour pointtype 2 pointsize 0.9
    set label 61 small(sprintf("paper: %.1f %s", 100*paper_value, percent)) at 1, paper_value \
        left offset 0.9, 0.1 front
}
if (!strlen(rank_curves)) { unset logscale x; set xrange [0:1]; eval nothing } else {
    plot for [k in rank_curves] sprintf("$cmc%s", k) using 1:2 with steps linetype style(int(k)), \
        for [k in rank_curves] sprintf("$rank%s", k) using 1:2:3:4 with yerrorbars \
            linetype style(int(k)) dashtype solid pointsize 0.7
}
if (open_set) {
    unset label
    unset arrow
    set lmargin at screen start(2)
    set rmargin at screen end(2)
    set title bold("DIR").": named at rank 1, above a threshold"
    set xlabel "false alarm rate: share of impostors named"
    set logscale x
    set xrange [impostors > 1000 ? 1e-4 : 10**floor(log10(1./impostors)):1]
    set xtics ("0.0001" 1e-4, "0.001" 1e-3, "0.01" 1e-2, "0.1" 1e-1, "1" 1)
    set yrange [0:1]
    set ytics 0.2
    if (paper_value == paper_value) {
        set label 60 "" at 0.01, paper_value front point linecolor rgb paper_colour pointtype 2 \
            pointsize 0.9
        set label 61 small(sprintf("paper: %.1f %s", 100*paper_value, percent)) at 0.01, paper_value \
            right offset -0.9, 0.1 front
    }
    if (!strlen(rate_curves)) { unset logscale x; set xrange [0:1]; eval nothing } else {
        plot for [k in rate_curves] sprintf("$dir%s", k) using 1:2 with lines linetype style(int(k)), \
            for [k in rate_curves] sprintf("$detected%s", k) using 1:2:3:4 with yerrorbars \
                linetype style(int(k)) dashtype solid pointsize 0.7
    }
}
unset multiplot
unset output
