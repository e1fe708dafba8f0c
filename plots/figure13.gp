# figure13.gp: the paper's Fig. 13 b): histograms of the best excitatory and the best inhibitory neuron of
# each of a group of attributes (races), a column each: over all images and over every attribute of the
# group, a row each. Filled: the attribute that the neuron was chosen for.
#
#   gnuplot -c figure13.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [targets=A,B,..]
#
# `features` is by default the table's first, `targets` the group that facet-selectivity was given.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
targets = ""
options = "layer features targets"
needs = "histograms.tsv:target,layer,features,direction,rank,neuron,balanced_accuracy,images,n,bin_left,bin_right,count"
width = 10.5
page = "if (!strlen(targets)) { eval distinct('targets', 'histograms.tsv', 'images', ". \
    "\"strcol('images') ne 'all' && strcol('images') ne 'target' && strcol('images') ne 'rest'\"); ". \
    "targets = replace(targets[2:*], ' ', ',') }; ". \
    "load here.'/targets.gp'; height = 1.95 + 0.85*words(targets)"
height = 0
chosen_table = "histograms.tsv"
most = 6
load system("dirname '".ARG0."'")."/style.gp"

rows = words(targets) + 1
columns = 2*words(targets)
pitch = 0.92/columns
left(c) = 0.065 + pitch*(c - 1) + (c > columns/2 ? 0.012 : 0)
top(r) = 1 - (0.98 + 0.85*(r - 1))/height
bottom(r) = 1 - (0.98 + 0.85*(r - 1) + 0.58)/height
array directions[2] = ["excitatory", "inhibitory"]
array colours[2] = ["#D55E00", "#56B4E9"]

set multiplot
set label 1 bold("Histograms over classes").", ".pretty(layer).", ".features_name(features) \
    at screen 0.065, screen 1 - 0.16/height left
set label 2 small("columns: the best neuron of a class, filled over its own. Above: class, neuron, balanced accuracy. Axis: activation; height: share of images (that of zeros cut off)") \
    at screen 0.065, screen 1 - 0.36/height left textcolor rgb "#555555"
unset key
set style fill solid 1 noborder
set border 1
unset ytics
set grid noytics
do for [c = 1:columns] {
    d = c > columns/2 ? 2 : 1
    own = word(targets, d == 1 ? c : c - columns/2)
    is_pick = "strcol('target') eq own && strcol('layer') eq layer && strcol('features') eq features ". \
        "&& strcol('direction') eq directions[d] && column('rank') == 1"
    # the same axes down a column, as wide as the shares above 0.4 % reach
    eval select("$all", "histograms.tsv", is_pick." && strcol('images') ne 'rest'", \
        "(column('bin_left')):(column('bin_right')):(column('count')/column('n')):". \
        "(column('neuron')):(column('balanced_accuracy'))")
    if (|$all| > 0) {
        stats [*:*] [*:*] $all using 1 nooutput
        first = STATS_min
        stats [*:*] [*:*] $all using ($3 > 0.004 ? $2 : first) nooutput
        last = STATS_max > first ? STATS_max : first + 1
        stats [*:*] [*:*] $all using ($1 > first ? $3 : 0) nooutput
        highest = STATS_max > 0 ? STATS_max : 1
        stats [*:*] [*:*] $all using 4:5 nooutput
        head = small(plain(replace(own, "_", " ")))."\n".small(sprintf("%.0f, %.1f %s", STATS_min_x, \
            100*STATS_min_y, percent))
    }
    eval from_tables
    do for [r = 1:rows] {
        name = r == 1 ? "all" : word(targets, r - 1)
        is_row = "strcol('images') eq '".(name eq own ? "target" : name)."'"
        eval select("$row", "histograms.tsv", is_pick." && ".is_row, \
            "(column('bin_left')):(column('bin_right')):(column('count')/column('n'))")
        set lmargin at screen left(c)
        set rmargin at screen left(c) + 0.86*pitch
        set tmargin at screen top(r)
        set bmargin at screen bottom(r)
        if (c == 1) {
            set label 3 bold(plain(replace(name, "_", " "))) at screen 0.045, \
                screen (top(r) + bottom(r))/2 center rotate by 90
        }
        if (r == 1 && (c == 1 || c == columns/2 + 1)) {
            set label 4 directions[d]." neurons" at screen left(c), screen 1 - 0.54/height left \
                textcolor rgb (d == 1 ? "#A04000" : "#005080")
        }
        if (|$row| > 0) {
            if (r == 1) { set title head offset 0, -1.1 }
            set xrange [first:last]
            set xtics tick_step(2*(last - first))
            set format x (r == rows ? "%g" : "")
            set yrange [0:1.2*highest]
            if (name eq own) {
                plot $row using (($1+$2)/2):3:($2-$1) with boxes linecolor rgb colours[d]
            } else {
                plot $row using 1:3 with steps linecolor rgb "#000000" linewidth 0.8 dashtype solid
            }
            unset title
        }
        unset label
        eval from_tables
    }
}
unset multiplot
unset output
