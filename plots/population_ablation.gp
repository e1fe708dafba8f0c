# population_ablation.gp: what is lost without a target's neurons: accuracy with its best neurons at zero
# (points) beside as many random ones (box: their 2.5 to 97.5 % quantiles) and all neurons (line), for
# the target's classifier, one that is trained without them, and verification.
#
#   gnuplot -c population_ablation.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [targets=A,B,..]
#
# `features` is by default the table's first, `targets` its first ten.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "ablation.tsv:target,layer,features,measure,zeroed,neurons,intact,estimate,random_estimate,random_ci_low,random_ci_high"
width = 9.0
page = "usual = 10; load here.'/targets.gp'; eval distinct('measures', 'ablation.tsv', 'measure', ". \
    "\"strcol('layer') eq layer\"); height = 0.55 + 1.75*words(measures) + 0.55"
height = 0
chosen_table = "ablation.tsv"
most = 20
load system("dirname '".ARG0."'")."/style.gp"

is_shown = "strcol('layer') eq layer && strcol('features') eq features && "
eval distinct("sizes", "ablation.tsv", "neurons", is_shown."strcol('zeroed') eq 'best'")
kinds = words(sizes) + 1
count = words(targets)
step = 0.8/kinds
place(name) = words((" ".targets." ")[1:strstrt(" ".targets." ", " ".name." ")]) + 1
listed(name) = strstrt(" ".targets." ", " ".name." ") > 0
measure_title(name) = name eq "lda" ? "classifier of all neurons" : \
    name eq "lda_refitted" ? "classifier trained without them" : "verification, ".metric_name(name)
top(r) = 1 - (0.62 + 1.75*(r - 1))/height
bottom(r) = 1 - (0.62 + 1.75*(r - 1) + 1.3)/height

set multiplot
set label 1 bold("What is lost without a target's neurons").", ".pretty(layer).", ". \
    features_name(features) at screen 0.065, screen 1 - 0.16/height left
set label 2 small("points: so many of its best neurons at zero; boxes: as many random ones; line: all neurons") \
    at screen 0.065, screen 1 - 0.36/height left textcolor rgb "#555555"
set key at screen 0.975, screen 1 - 0.27/height right top horizontal maxrows 1 width -5 samplen 1 reverse Left
set lmargin at screen 0.065
set rmargin at screen 0.985
set xtics scale 0
set style fill solid 1 noborder
do for [r = 1:words(measures)] {
    measure = word(measures, r)
    do for [k = 1:kinds] {
        eval select(sprintf("$k%d", k), "ablation.tsv", is_shown."strcol('measure') eq measure && ". \
            "listed(strcol('target')) && ".(k == kinds ? "strcol('zeroed') eq 'selective'" : \
            "strcol('zeroed') eq 'best' && strcol('neurons') eq word(sizes, ".k.")"), \
            "(place(strcol('target'))):(column('intact')):(column('estimate')):". \
            "(column('random_ci_low')):(column('random_ci_high'))")
        eval sprintf("if (|$k%d| == 0) { set print $k%d; print '-9 0 0 0 0'; unset print }", k, k)
        eval from_tables
    }
    eval from_memory
    low = 1
    high = 0
    do for [k = 1:kinds] {
        eval sprintf("stats [0:*] [*:*] $k%d using ($1 > 0 ? $3 : NaN) nooutput; ", k). \
            "if (STATS_records > 0 && STATS_min < low) { low = STATS_min }"
        eval sprintf("stats [*:*] [*:*] $k%d using ($1 > 0 ? $4 : NaN) nooutput; ", k). \
            "if (STATS_records > 0 && STATS_min < low) { low = STATS_min }"
        eval sprintf("stats [*:*] [*:*] $k%d using ($1 > 0 ? $2 : NaN) nooutput; ", k). \
            "if (STATS_records > 0 && STATS_max > high) { high = STATS_max }"
        eval sprintf("stats [*:*] [*:*] $k%d using ($1 > 0 ? $5 : NaN) nooutput; ", k). \
            "if (STATS_records > 0 && STATS_max > high) { high = STATS_max }"
    }
    set xrange [0.5:count + 0.5]
    set tmargin at screen top(r)
    set bmargin at screen bottom(r)
    set title measure_title(measure) offset 0, -0.8
    set yrange [low - 0.06*(high - low):high + 0.06*(high - low)]
    set ytics tick_step(high - low)
    set ylabel "accuracy" offset 1
    if (r == words(measures)) {
        set xtics rotate by 30 right offset 0, 0
    }
    set xtics ("" 0)
    do for [i = 1:count] {
        set xtics add (r == words(measures) ? plain(replace(word(targets, i), "_", " ")) : "" i)
    }
    at(k) = step*(k - (kinds + 1)/2.)
    all = ""
    do for [k = 1:kinds] {
        all = all.sprintf("$k%d using ($1+at(%d)):($4 + ($5-$4)/2):(0.38*step):(($5-$4)/2) with boxxyerror ". \
            "linecolor rgb '#CCCCCC' notitle, ", k, k)
    }
    all = all."$k1 using ($1-0.42):2:(0.84):(0) with vectors nohead linecolor rgb '#000000' linewidth 1 dashtype solid notitle"
    do for [k = 1:kinds] {
        all = all.sprintf(", $k%d using ($1+at(%d)):3 with points linetype %d pointsize 0.6 %s", k, k, k, \
            r > 1 ? "notitle" : k == kinds ? "title 'all selective'" : "title word(sizes, ".k.")")
    }
    eval "plot ".all
    unset label
    unset title
    unset key
    set xrange [*:*]
    set yrange [*:*]
    eval from_tables
}
unset multiplot
unset output
