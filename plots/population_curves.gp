# population_curves.gp: how many neurons are enough: accuracy of each target's classifier with the first
# neurons of a ranking (line) and in random order (dashed grey); the mark is nine tenths of the way from
# chance to all neurons.
#
#   gnuplot -c population_curves.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [targets=A,B,..]
#
# `features` is by default the table's first, `targets` its first ten.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "curves.tsv:target,layer,features,order,neurons,estimate,sd needed.tsv:target,layer,features,goal,neurons,neurons_random"
width = 9.0
page = "usual = 10; load here.'/targets.gp'; rows = (words(targets) + 4)/5; height = 0.75 + 1.6*rows"
height = 0
chosen_table = "curves.tsv"
most = 20
load system("dirname '".ARG0."'")."/style.gp"

set datafile missing # rows of NA are left out by name
top(r) = 1 - (0.68 + 1.6*(r - 1))/height
bottom(r) = 1 - (0.68 + 1.6*(r - 1) + 1.05)/height
left(c) = 0.068 + 0.186*(c - 1)
stats [*:*] [*:*] table("curves.tsv") using (strcol("layer") eq layer ? column("neurons") : 1) nooutput
widest = STATS_max

set multiplot
set label 1 bold("How many neurons are enough").", ".pretty(layer).", ".features_name(features) \
    at screen left(1), screen 1 - 0.16/height left
set label 2 small("line: ranked on the half trained on; dashed: random order; band: standard deviation over splits; mark: nine tenths of the way to all neurons") \
    at screen left(1), screen 1 - 0.38/height left textcolor rgb "#555555"
unset key
set xtics (1, 8, 64, 512, 4096, 32768)
set ytics 0.1
do for [k = 1:words(targets)] {
    target = word(targets, k)
    r = 1 + (k - 1)/5
    c = 1 + (k - 1)%5
    is_target = "strcol('target') eq target && strcol('layer') eq layer && strcol('features') eq features"
    eval select("$ranked", "curves.tsv", is_target." && strcol('order') eq 'ranked'", \
        "(column('neurons')):(column('estimate')):(known('sd') ? column('sd') : 0)")
    eval from_tables
    eval select("$random", "curves.tsv", is_target." && strcol('order') eq 'random'", \
        "(column('neurons')):(column('estimate'))")
    eval from_tables
    eval select("$needed", "needed.tsv", is_target, "(column('neurons')):(column('goal'))")
    set lmargin at screen left(c)
    set rmargin at screen left(c) + 0.165
    set tmargin at screen top(r)
    set bmargin at screen bottom(r)
    stats [*:*] [*:*] $needed using 1 nooutput
    set title bold(plain(replace(target, "_", " "))).sprintf(": %.0f", STATS_max) offset 0, -0.8
    if (c == 1) { set ylabel "balanced accuracy" offset 0.5; set format y "%g" } else {
        unset ylabel
        set format y ""
    }
    if (r == rows) { set xlabel "neurons" offset 0, 0.6 } else { unset xlabel }
    set logscale x 2
    set xrange [0.8:1.3*widest]
    set yrange [0.45:1.02]
    plot 0.5 with lines linecolor rgb "#777777" linewidth 0.6 dashtype (2, 3), \
        $ranked using 1:($2-$3):($2+$3) with filledcurves linecolor rgb "#CCCCCC", \
        $random using 1:2 with lines linecolor rgb "#777777" linewidth 1 dashtype (6, 3), \
        $ranked using 1:2 with lines linecolor rgb "#0072B2" linewidth 1.4 dashtype solid, \
        $needed using 1:2 with points linecolor rgb "#D55E00" pointtype 7 pointsize 0.6
    unset label
    unset logscale
    set xrange [*:*]
    set yrange [*:*]
    eval from_tables
}
unset multiplot
unset output
