# single_neurons.gp: the best single neuron of each layer beside the best single value of
# high-dimensional LBP, for every person and attribute, with the paper's for one layer and for LBP.
#
#   gnuplot -c single_neurons.gp RESULTS_DIR OUT_FILE [layer=fc4]
#
# RESULTS_DIR holds comparison.tsv of experiments/selectivity; `layer` is the one that the paper's
# network is set beside.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
options = "layer"
needs = "comparison.tsv:target,layer,measure,paper,ours,chosen"
width = 9.0
height = 3.6
load system("dirname '".ARG0."'")."/style.gp"

set datafile missing # rows of NA are left out by name
is_single = "strcol('measure') eq 'single'"
eval distinct("targets", "comparison.tsv", "target", is_single)
eval distinct("layers", "comparison.tsv", "layer", is_single)
count = words(targets)
width_of = words(layers)
step = 0.8/width_of
place(name) = int(strstrt(" ".targets." ", " ".name." ")) == 0 ? NaN : \
    words((" ".targets." ")[1:strstrt(" ".targets." ", " ".name." ")]) + 1

set label 1 bold("The best single neuron of each layer, and of LBP") at screen 0.063, 0.955 left
set lmargin at screen 0.063
set rmargin at screen 0.985
set tmargin at screen 0.78
longest = 1
do for [name in targets] { longest = strlen(name) > longest ? strlen(name) : longest }
is_crowded = longest*count > 13*width
set bmargin at screen (is_crowded ? 0.06 + 0.0115*longest : 0.10)
set key at screen 0.058, 0.92 left top horizontal Left reverse maxcols 8 maxrows 1 width 1
set xrange [0.5:count + 0.5]
set yrange [0.5:1]
set ytics 0.1
set ylabel "balanced accuracy" offset 1
set xtics scale 0
if (is_crowded) { set xtics rotate by 35 right }
set xtics ("" 0)
do for [i = 1:count] { set xtics add (plain(replace(word(targets, i), "_", " ")) i) }
set style fill solid 1 border -1
# light to dark with depth, LBP hatched grey: they can be told apart in grey
shade(k) = word(layers, k) eq "lbp" ? "#BBBBBB" : word("#DCEBF5 #A6CFE8 #56A5D4 #0072B2 #004B75 #00304A", k)
array name[width_of]
do for [k = 1:width_of] {
    name[k] = word(layers, k) eq "lbp" ? "LBP" : pretty(word(layers, k))
    eval select(sprintf("$b%d", k), "comparison.tsv", is_single." && strcol('layer') eq word(layers, ". \
        k.")", "(place(strcol('target'))):(column('ours')):(column('chosen'))")
    eval from_tables
    eval select(sprintf("$p%d", k), "comparison.tsv", is_single." && known('paper') && ". \
        "strcol('layer') eq word(layers, ".k.")", "(place(strcol('target'))):(column('paper'))")
    eval sprintf("if (|$p%d| == 0) { set print $p%d; print '-9 0'; unset print }", k, k)
    eval from_tables
}
eval from_memory
at(k) = step*(k - (width_of + 1)/2.)
bars = ""
do for [k = 1:width_of] {
    bars = bars.sprintf("$b%d using ($1+at(%d)):2:(step) with boxes linecolor rgb shade(%d) ". \
        "linewidth 0.5 dashtype solid title name[%d], ", k, k, k, k)
}
do for [k = 1:width_of] {
    bars = bars.sprintf("$b%d using ($1+at(%d)):3 with points linecolor rgb '#000000' pointtype 9 ". \
        "pointsize 0.45 %s, $p%d using ($1+at(%d)-0.5*step):2:(step):(0) with vectors nohead linecolor ". \
        "rgb '#D55E00' linewidth 2.2 dashtype solid %s", k, k, k == 1 ? \
        "title 'chosen on the other half'" : "notitle", k, k, k == 1 ? "title 'paper'" : "notitle"). \
        (k < width_of ? ", " : "")
}
eval "plot ".bars
unset output
