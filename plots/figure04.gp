# figure04.gp: the paper's Fig. 4: how often a pair of images of one person is accepted, against how
# often one of two people is, for every metric of a layer. Left on a logarithmic axis, in the middle
# over the paper's range, right as a DET plot: both errors, on axes of normal deviates. The paper's
# curves, of 25 networks, are points.
#
#   gnuplot -c figure04.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [paper=DIR]
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
needs = "accuracy.tsv:layer,features,metric,estimate,se,area,equal_error_rate,". \
    "tpr_at_fpr_0.1,tpr_at_fpr_0.01,tpr_at_fpr_0.001,tpr_at_fpr_0.0001". \
    " roc.tsv:layer,features,metric,false_positive_rate,true_positive_rate,". \
    "false_positive_deviate,false_negative_deviate"
width = 10.5
height = 4.3
load system("dirname '".ARG0."'")."/style.gp"

with_paper = paper ne "none"
paper_roc = paper."/figure04_lfw_roc.tsv"
paper_results = paper."/results.tsv"
if (with_paper) {
    do for [need in "figure04_lfw_roc.tsv:method,false_positive_rate,true_positive_rate ". \
            "results.tsv:task,metric,method,value_pct,se_pct"] {
        colon = strstrt(need, ":")
        found = inspect(paper."/".need[1:colon-1], need[colon+1:*], "", "")
        if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    }
}

# ---- metrics, their numbers and curves ----

set datafile missing # rows of NA are left out by name
if (!strlen(features)) {
    eval distinct("choices", "accuracy.tsv", "features", "strcol('layer') eq layer")
    features = strstrt(choices." ", " mirror_concat ") ? "mirror_concat" : word(choices, 1)
}
chosen = "strcol('layer') eq layer && strcol('features') eq features"
eval distinct("metrics", "accuracy.tsv", "metric", chosen)
metric_count = words(metrics)
if (metric_count == 0) {
    print sprintf("%s: has no rows of layer '%s' and features '%s'", table("accuracy.tsv"), layer, \
                  features)
    exit status 1
}
metric(k) = word(metrics, k)
style(k) = metric_style(metric(k))

# accuracy in percent with its standard error
plus(value, error) = sprintf("%.2f", value).(error == error ? sprintf(" %s %.2f", plus_minus, error) \
    : "")." ".percent
number(name) = strcol(name) eq "NA" ? NaN : column(name)
array numbers[metric_count]
array equal_error[metric_count]
curves = "" # metrics that have a curve, and one in the DET plot
det_curves = ""
worst = 0
is_metric = chosen." && strcol('metric') eq metric(k)"
do for [k = 1:metric_count] {
    numbers[k] = ""
    equal_error[k] = NaN
    stats table("accuracy.tsv") using (@is_metric ? (equal_error[k] = number("equal_error_rate"), \
        strlen(numbers[k] = (known("estimate") ? ": ".plus(100*number("estimate"), 100*number("se")) \
        : "").(known("area") ? sprintf(", area %.4f", number("area")) : ""))) : 0) nooutput
    if (equal_error[k] > worst) { worst = equal_error[k] }
    eval select(sprintf("$roc%d", k), "roc.tsv", is_metric." && known('false_positive_rate') && ". \
        "known('true_positive_rate')", "(column('false_positive_rate')):(column('true_positive_rate'))")
    eval from_tables
    # without the ends, where a rate of 0 or 1 has no deviate
    eval select(sprintf("$det%d", k), "roc.tsv", is_metric." && ". \
        "abs(number('false_positive_deviate')) < 9 && abs(number('false_negative_deviate')) < 9", \
        "(column('false_positive_deviate')):(column('false_negative_deviate'))")
    eval from_tables
    eval sprintf("if (|$roc%d| > 0) { curves = curves.' %d' }", k, k)
    eval sprintf("if (|$det%d| > 0) { det_curves = det_curves.' %d' }", k, k)
}

array paper_methods[2] = ["deepid2plus", "deepid2"]
array paper_names[2] = ["DeepID2+", "DeepID2"]
array paper_text[2] = ["", ""]
array paper_point[2] = [7, 6]
if (with_paper) {
    do for [p = 1:2] {
        stats paper_results using (strcol("task") eq "lfw_verification" && \
            strcol("method") eq paper_methods[p]."_25_nets" ? strlen(paper_text[p] = \
            ": ".plus(number("value_pct"), number("se_pct"))) : 0) nooutput
        eval from_tables.sprintf("; set print $paper%d; unset print; set table $paper%d; ", p, p). \
            "plot paper_roc using (column('false_positive_rate')):(column('true_positive_rate')) ". \
            "with table if (strcol('method') eq paper_methods[p]); unset table"
    }
}
eval from_memory

# ---- page ----

array left[3] = [0.06, 0.415, 0.755]
array right[3] = [0.335, 0.685, 0.985]

set multiplot
set bmargin at screen 0.125
set tmargin at screen 0.73
set label 1 bold("Verification by ".pretty(layer)).", ".features_name(features) \
    at screen left[1], 0.955 left
set label 2 small("accuracy ".plus_minus." standard error; area under the ROC") \
    at screen right[3], 0.955 right textcolor rgb "#555555"
if (strlen(curves)) { set label 3 small("chance") at graph 0.98, graph 0.04 right textcolor rgb "#555555" }
do for [k = 1:metric_count] {
    x = left[1] + 0.315*((k - 1)%2)
    y = 0.895 - 0.05*int((k - 1)/2)
    set arrow k from screen x, y to screen x+0.034, y nohead linetype style(k) linewidth 1.5
    set label 10+2*k "" at screen x+0.017, y point linetype style(k) pointsize 0.7
    set label 11+2*k metric_name(metric(k)).numbers[k] at screen x+0.042, y left
}
if (with_paper) {
    do for [p = 1:2] {
        y = 0.895 - 0.05*(p - 1)
        set label 40+2*p "" at screen 0.692, y point linecolor rgb paper_colour \
            pointtype paper_point[p] pointsize 0.6
        set label 41+2*p "paper, ".paper_names[p].", 25 networks".paper_text[p] \
            at screen 0.705, y left
    }
}
unset key
set title offset 0, -0.4
set xlabel offset 0, 0.4
set ylabel offset 1
set clip two
paper_points = with_paper ? ", for [p = 1:2] sprintf('$paper%d', p) using 1:2 with points ". \
    "linecolor rgb paper_colour pointtype paper_point[p] pointsize 0.6" : ""
paper_deviates = replace(paper_points, "1:2 with", "($2 < 1 ? invnorm($1) : NaN):(invnorm(1 - $2)) with")
chance_line = "linecolor rgb '#777777' linewidth 0.6 dashtype (2, 3)"

# the whole range
set lmargin at screen left[1]
set rmargin at screen right[1]
set title bold("ROC")
set xlabel "false positive rate"
set ylabel "true positive rate"
set logscale x
set xrange [1e-4:1]
set xtics ("0.0001" 1e-4, "0.001" 1e-3, "0.01" 1e-2, "0.1" 1e-1, "1" 1)
set yrange [0:1]
set ytics 0.2
eval from_tables
do for [k = 1:metric_count] {
    do for [i = 1:4] {
        rate = word("0.1 0.01 0.001 0.0001", i)
        at = NaN
        stats [*:*] [*:*] table("accuracy.tsv") using (@is_metric ? (at = number("tpr_at_fpr_".rate), 0) : 0) nooutput
        if (at == at && strlen(curves)) {
            set label 60+4*k+i "" at first real(rate), first at front point linetype style(k)
        }
    }
}
eval from_memory
if (!strlen(curves)) { set ytics 0.2; eval nothing } else {
    set samples 200
    plot x with lines @chance_line, \
        for [k in curves] sprintf("$roc%s", k) using 1:2 with lines linetype style(int(k)) \
        @paper_points
}
unset logscale x
unset label
unset arrow

# the paper's range
set lmargin at screen left[2]
set rmargin at screen right[2]
set title bold("ROC over the paper's range")
low = with_paper ? 0.98 : 1
do for [k in curves] {
    eval sprintf("stats [*:*] [*:*] $roc%s using ($1 >= 0.005 && $1 <= 0.1 && $2 < low ? (low = $2) : 0) nooutput", k)
}
if (low > 0.98) { low = 0.98 }
step = tick_step(1 - low)
set xrange [0:0.1]
set xtics 0.02
set yrange [floor(low/step)*step:1 + 0.01*(1 - low)]
set ytics step
if (!strlen(curves)) { set ytics 0.2; eval nothing } else {
    plot for [k in curves] sprintf("$roc%s", k) using 1:2 with linespoints linetype style(int(k)) \
            pointnumber 12 \
        @paper_points
}

# DET: to 50 %, or further where a metric does little better than chance
set lmargin at screen left[3]
set rmargin at screen right[3]
set title bold("DET").", points: equal errors"
set xlabel "false positive rate, ".percent
set ylabel "false negative rate, ".percent
set samples 2
most = worst > 0.25 ? 0.995 : 0.5
set xrange [invnorm(3e-4):invnorm(most)]
set yrange [invnorm(3e-4):invnorm(most)]
set xtics ("0.1" invnorm(0.001), "1" invnorm(0.01))
do for [rate in (most > 0.5 ? "10 50 90 99" : "5 20 50")] {
    set xtics add (rate invnorm(rate/100.))
}
set ytics ("0.1" invnorm(0.001), "1" invnorm(0.01))
do for [rate in (most > 0.5 ? "10 50 90 99" : "5 20 50")] {
    set ytics add (rate invnorm(rate/100.))
}
do for [k = 1:metric_count] {
    if (equal_error[k] > 0 && equal_error[k] < 1) {
        set label k "" at first invnorm(equal_error[k]), first invnorm(equal_error[k]) \
            front point linetype style(k) pointsize 0.7
    }
}
if (!strlen(det_curves)) {
    set label 99 "no curve" at graph 0.5, graph 0.75 center textcolor rgb "#777777"
    set print $det1; print "-9 -9"; unset print # a point out of sight
    det_curves = "1"
}
if (!strlen(curves)) { unset label; set ytics 0.2; eval nothing } else {
    plot x with lines linecolor rgb "#DDDDDD" linewidth 0.6 dashtype solid, -x with lines @chance_line, \
        for [k in det_curves] sprintf("$det%s", k) using 1:2 with lines linetype style(int(k)) \
        @paper_deviates
}
unset multiplot
unset output
