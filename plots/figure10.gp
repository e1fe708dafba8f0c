# figure10.gp: the paper's Fig. 10 and 11: the response of every neuron to a person or an attribute.
# Left, mean and standard deviation on the target, neurons sorted by that mean; in the middle, on the
# rest, in the same order; right, what each neuron alone tells, excitatory and inhibitory ones.
#
#   gnuplot -c figure10.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [targets=A,B,..]
#
# `features` is by default the table's first, `targets` its first five.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "response.tsv:target,layer,features,place,neuron,mean_target,sd_target,mean_rest,sd_rest,direction,balanced_accuracy"
width = 9.0
page = "load here.'/targets.gp'; height = 0.75 + 1.55*words(targets)"
height = 0
chosen_table = "response.tsv"
most = 8
load system("dirname '".ARG0."'")."/style.gp"

rows = words(targets)
array left[3] = [0.065, 0.385, 0.715]
array right[3] = [0.335, 0.655, 0.985]
top(k) = 1 - (0.62 + 1.55*(k - 1))/height
bottom(k) = 1 - (0.62 + 1.55*(k - 1) + 1.12)/height

set multiplot
set label 1 bold("Responses of all neurons").", ".pretty(layer).", ".features_name(features) \
    at screen left[1], screen 1 - 0.16/height left
set label 2 small("grey: mean ".plus_minus." standard deviation over images") \
    at screen left[1], screen 1 - 0.38/height left textcolor rgb "#555555"
set label 3 small("excitatory") at screen left[3] + 0.02, screen 1 - 0.38/height left \
    point linetype 2 pointsize 0.6 offset 0.8, 0
set label 4 small("inhibitory") at screen left[3] + 0.13, screen 1 - 0.38/height left \
    point linetype 6 pointsize 0.6 offset 0.8, 0
unset key
set style fill solid 1 noborder
do for [k = 1:rows] {
    target = word(targets, k)
    chosen = "layer=".layer."\tfeatures=".features."\ttarget=".target
    eval select("$rows", rows_of("response.tsv", chosen), "1", "(column('place')):(column('mean_target')):". \
        "(column('sd_target')):(column('mean_rest')):(column('sd_rest')):(column('balanced_accuracy')):". \
        "(strcol('direction') eq 'excitatory' ? 1 : strcol('direction') eq 'inhibitory' ? -1 : 0)")
    stats [*:*] [*:*] $rows using 2:4 nooutput
    count = STATS_records
    step = ceil(count/1024.) # of many more values some are drawn
    stats [*:*] [*:*] $rows using ($2+$3) nooutput
    high = STATS_max
    stats [*:*] [*:*] $rows using ($4+$5) nooutput
    if (STATS_max > high) { high = STATS_max }
    stats [*:*] [*:*] $rows using ($2-$3) nooutput
    low = STATS_min < 0 ? STATS_min : 0
    stats [*:*] [*:*] $rows using ($4-$5) nooutput
    if (STATS_min < low) { low = STATS_min }
    set tmargin at screen top(k)
    set bmargin at screen bottom(k)
    set xrange [-1:count]
    set xtics tick_step(1.5*count)
    set yrange [low:high]
    set ytics tick_step(1.5*(high - low))
    set ylabel "activation" offset 1
    if (k == rows) { set xlabel "neuron, by its mean on the target" offset 0, 0.5 }
    set lmargin at screen left[1]
    set rmargin at screen right[1]
    set title bold(plain(replace(target, "_", " "))) offset 0, -0.8
    plot $rows every step using 1:($2-$3):($2+$3) with filledcurves linecolor rgb "#CCCCCC", \
        $rows every step using 1:2 with lines linecolor rgb "#000000" linewidth 1 dashtype solid
    unset label
    set lmargin at screen left[2]
    set rmargin at screen right[2]
    unset ylabel
    set title "the rest" offset 0, -0.8
    plot $rows every step using 1:($4-$5):($4+$5) with filledcurves linecolor rgb "#CCCCCC", \
        $rows every step using 1:4 with lines linecolor rgb "#000000" linewidth 0.7 dashtype solid
    set lmargin at screen left[3]
    set rmargin at screen right[3]
    set title "accuracy of each neuron" offset 0, -0.8
    set yrange [0.4:1]
    set ytics 0.2
    plot 0.5 with lines linecolor rgb "#777777" linewidth 0.6 dashtype (2, 3), \
        $rows every step using ($7 < 0 ? $1 : NaN):6 with points linetype 6 pointsize 0.3, \
        $rows every step using ($7 > 0 ? $1 : NaN):6 with points linetype 2 pointsize 0.3
    eval from_tables
}
unset multiplot
unset output
