# figure12.gp: the paper's Fig. 12 and 13: histograms of the five best excitatory and the five best
# inhibitory neurons of a person or an attribute: over its images (filled) and over all others (line).
#
#   gnuplot -c figure12.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [targets=A,B,..]
#
# `features` is by default the table's first, `targets` its first five.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "histograms.tsv:target,layer,features,direction,rank,neuron,balanced_accuracy,images,n,bin_left,bin_right,count"
width = 10.5
page = "load here.'/targets.gp'; height = 0.75 + 1.35*words(targets)"
height = 0
chosen_table = "histograms.tsv"
most = 8
load system("dirname '".ARG0."'")."/style.gp"

rows = words(targets)
top(k) = 1 - (0.78 + 1.35*(k - 1))/height
bottom(k) = 1 - (0.78 + 1.35*(k - 1) + 0.82)/height
left(c) = 0.055 + 0.0945*(c - 1) + (c > 5 ? 0.01 : 0)
array directions[2] = ["excitatory", "inhibitory"]
array colours[2] = ["#D55E00", "#56B4E9"]

set multiplot
set label 1 bold("Histograms of single neurons").", ".pretty(layer).", ".features_name(features) \
    at screen 0.055, screen 1 - 0.16/height left
set label 2 small("filled: images of the target; line: its rest. Above: neuron, balanced accuracy. Axis: activation; height: share of images (that of zeros cut off)") \
    at screen 0.055, screen 1 - 0.38/height left textcolor rgb "#555555"
unset key
set style fill solid 1 noborder
set border 1
unset ytics
set grid noytics
do for [k = 1:rows] {
    target = word(targets, k)
    set tmargin at screen top(k)
    set bmargin at screen bottom(k)
    set label 3 bold(plain(replace(target, "_", " "))) at screen 0.04, screen (top(k) + bottom(k))/2 \
        center rotate by 90
    do for [c = 1:10] {
        d = c > 5 ? 2 : 1
        rank = c > 5 ? c - 5 : c
        is_pick = "strcol('target') eq '".target."' && strcol('layer') eq layer && ". \
            "strcol('features') eq features && strcol('direction') eq directions[d] && column('rank') == rank"
        eval select("$on", "histograms.tsv", is_pick." && strcol('images') eq 'target'", \
            "(column('bin_left')):(column('bin_right')):(column('count')/column('n')):". \
            "(column('neuron')):(column('balanced_accuracy'))")
        eval from_tables
        eval select("$off", "histograms.tsv", is_pick." && strcol('images') eq 'rest'", \
            "(column('bin_left')):(column('bin_right')):(column('count')/column('n'))")
        set lmargin at screen left(c)
        set rmargin at screen left(c) + 0.083
        if (|$on| > 0) {
            stats [*:*] [*:*] $on using 2 nooutput
            right = STATS_max
            stats [*:*] [*:*] $on using 1 nooutput
            first = STATS_min
            last = first
            stats [*:*] [*:*] $on using 4:5 nooutput
            set title small(sprintf("%.0f, %.1f %s", STATS_min_x, 100*STATS_min_y, percent)) offset 0, -1
            if (k == 1 && rank == 1) {
                set label 4 directions[d]." neurons" at screen left(c), screen 1 - 0.56/height left \
                    textcolor rgb (d == 1 ? "#A04000" : "#005080")
            }
            highest = 1e-6
            do for [block in "$on $off"] { # but for the first bin, which holds the zeros
                eval sprintf("stats [*:*] [*:*] %s using ($0 > 0 ? $3 : 0) nooutput; ". \
                    "highest = STATS_max > highest ? STATS_max : highest; ". \
                    "stats [*:*] [*:*] %s using ($3 > 0.004 ? $2 : first) nooutput; ". \
                    "last = STATS_max > last ? STATS_max : last", block, block)
            }
            if (last <= first) { last = right }
            set xrange [first:last]
            set xtics tick_step(2*(last - first))
            set yrange [0:1.25*highest]
            plot $on using (($1+$2)/2):3:($2-$1) with boxes linecolor rgb colours[d], \
                $off using 1:3 with steps linecolor rgb "#000000" linewidth 0.8 dashtype solid
        }
        unset label
        eval from_tables
    }
}
unset multiplot
unset output
