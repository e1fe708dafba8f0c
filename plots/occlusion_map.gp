# occlusion_map.gp: where it hurts: a square slid over the face, and at each place of it how much it
# takes: of the verification, by layer; of the binary states of the neurons, by layer; and how far single
# neurons of one layer move. Drawn over the mean face.
#
#   gnuplot -c occlusion_map.gp TABLES_DIR OUT_FILE [layer=fc4] [features=original]
#           [metric=joint_bayesian] [neurons=3,17,204,388]
#
# Without `neurons`, four of the layer's, evenly spaced. `features` is by default the table's first,
# `metric` joint_bayesian, or the table's first where it is absent. TABLES_DIR also holds the mean face
# (facet-dump --mean-face TABLES_DIR/face.tsv).

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
metric = ""
neurons = ""
options = "layer features metric neurons"
needs = "accuracy.tsv:layer,features,metric,kind,level,x,y,separation". \
    " drift.tsv:layer,features,kind,level,x,y,measure,estimate". \
    " neurons.tsv:layer,features,kind,level,x,y,neuron,change"
width = 7.6
height = 6.4
load system("dirname '".ARG0."'")."/style.gp"

# light where little is lost, so that the face shows; a grey copy keeps the order (ColorBrewer YlOrBr)
set palette defined (0 "#FFFFE5", 0.25 "#FEE391", 0.5 "#FB9A29", 0.75 "#CC4C02", 1 "#662506")
set colorbox noborder
set style fill solid 1 noborder
found = inspect(table("face.tsv"), "x,y,red,green,blue", "", "")
if (found[1:1] eq "!") { print found[2:*]; exit status 1 }

# ---- what there is ----

most = 4 # maps side by side
set datafile missing # rows of NA are left out by name
square = "strcol('kind') eq 'square'"
if (!strlen(features)) {
    eval distinct("choices", "accuracy.tsv", "features", square)
    features = word(choices, 1)
}
square = square." && strcol('features') eq features"
if (!strlen(metric)) {
    eval distinct("choices", "accuracy.tsv", "metric", square)
    metric = strstrt(choices." ", " joint_bayesian ") ? "joint_bayesian" : word(choices, 1)
}
by_metric = square." && strcol('metric') eq metric"
eval distinct("layers", "accuracy.tsv", "layer", by_metric)
if (!strlen(layers)) {
    print sprintf("%s: has no squares at places (facet-dump --occlude slide:20/10) of features '%s' and metric '%s'", \
                  table("accuracy.tsv"), features, metric)
    exit status 1
}
count = words(layers) < most ? words(layers) : most
name(k) = word(layers, k)
if (!strlen(neurons)) {
    total = 0
    stats [*:*] [*:*] table("neurons.tsv") using (strcol("layer") eq layer && column("neuron") >= total ? \
        (total = column("neuron") + 1) : 0) nooutput
    do for [i = 0:most-1] { neurons = neurons.sprintf(" %d", int(total*i/most)) }
} else { neurons = replace(neurons, ",", " ") }
if (words(neurons) > most) {
    print sprintf("neurons: %d given, at most %d fit a page", words(neurons), most)
    exit status 2
}

# the places: a cell of the map is a step of the grid around a square's middle
face_wide = 94. # pixels that places are told in
side = 0
step = 1e9
last = -1e9
note_place(x) = (x > last && x - last < step ? (step = x - last) : 0, last = x, 0)
stats [*:*] [*:*] table("accuracy.tsv") using (@by_metric && strcol("layer") eq name(1) && known("x") ? \
    (side = column("level"), note_place(column("x"))) : 0) nooutput
if (step > 1e8) { step = side }
columns = 0
rows = 0
stats [*:*] [*:*] table("face.tsv") using (columns = column("x") + 1 > columns ? column("x") + 1 : columns, \
    rows = column("y") + 1 > rows ? column("y") + 1 : rows, 0) nooutput
pixel = face_wide/columns
face_high = rows*pixel
place = "(column('x') + side/2.):(column('y') + side/2.)"

# ---- rows: what is lost at each place ----

array clean[count]
array top[3] = [-1e9, -1e9, -1e9]
array bottom[3] = [1e9, 1e9, 1e9]
widen(row, value) = (value > top[row] ? (top[row] = value) : 0, value < bottom[row] ? (bottom[row] = value) : 0, 0)
# a place out of sight where there is none
fill(block) = "if (|".block."| == 0) { set print ".block."; print '-9 -9 0'; unset print }; ". \
    "stats [*:*] [*:*] ".block." using ($1 >= 0 ? widen(row, $3) : 0) nooutput"
do for [k = 1:count] {
    stats [*:*] [*:*] table("accuracy.tsv") using (@by_metric && strcol("layer") eq name(k) && \
        column("level") == 0 && known("separation") ? (clean[k] = column("separation"), 0) : 0) nooutput
    eval select(sprintf("$score%d", k), "accuracy.tsv", by_metric." && strcol('layer') eq name(k) && ". \
        "known('x') && known('separation')", place.":(100*(1 - column('separation')/clean[k]))")
    row = 1
    eval fill(sprintf("$score%d", k))
    eval from_tables
    eval select(sprintf("$state%d", k), "drift.tsv", square." && strcol('layer') eq name(k) && ". \
        "strcol('measure') eq 'state_kept' && known('x') && known('estimate')", \
        place.":(100*(1 - column('estimate')))")
    row = 2
    eval fill(sprintf("$state%d", k))
    eval from_tables
}
do for [k = 1:words(neurons)] {
    eval select(sprintf("$neuron%d", k), "neurons.tsv", square." && strcol('layer') eq layer && ". \
        "column('neuron') == word(neurons, k) + 0 && known('x') && known('change')", \
        place.":(column('change'))")
    row = 3
    eval fill(sprintf("$neuron%d", k))
    eval from_tables
}
eval from_tables
set table $face
plot table("face.tsv") using ((column("x") + 0.5)*pixel):((column("y") + 0.5)*pixel): \
    (0.299*column("red") + 0.587*column("green") + 0.114*column("blue")) with table
unset table
eval from_memory

# ---- page ----

array low_edge[3] = [0.665, 0.345, 0.025]
array heading[3]
heading[1] = bold("Verification").": loss of the separation of scores, ".percent.", ".metric_name(metric)
heading[2] = bold("Binary states").": neurons of an image that change, ".percent
heading[3] = bold("Single neurons").sprintf(" of %s: change, in standard deviations", pretty(layer))
set multiplot
set label 1 small(sprintf("square of %g, step of %g, on a face of %g x %.0f; %s", side, step, face_wide, \
    face_high, features_name(features))) at screen 0.985, 0.982 right textcolor rgb "#555555"
unset key
unset grid
unset border
unset tics
set size noratio
panel_high = 0.24
panel_wide = panel_high*height/width*face_wide/face_high
gap = (0.86 - most*panel_wide)/most
shade(grey) = (255 - grey)*0.6 # of black over the colours
do for [r = 1:3] {
    panels = r == 3 ? words(neurons) : count
    set cbrange [(bottom[r] < 0 ? bottom[r] : 0):(top[r] > bottom[r] ? top[r] : bottom[r] + 1)]
    do for [k = 1:panels] {
        set lmargin at screen 0.02 + (k - 1)*(panel_wide + gap)
        set rmargin at screen 0.02 + (k - 1)*(panel_wide + gap) + panel_wide
        set bmargin at screen low_edge[r]
        set tmargin at screen low_edge[r] + panel_high
        set xrange [0:face_wide]
        set yrange [face_high:0]
        set label 2 (r == 3 ? "neuron ".word(neurons, k) : pretty(name(k))) at graph 0.5, graph 1.05 center
        if (k == 1) { set label 3 heading[r] at graph 0, graph 1.17 left }
        if (k == panels) {
            set colorbox user origin 0.915, low_edge[r] size 0.018, panel_high
            set cbtics tick_step(1.5*(top[r] > bottom[r] ? top[r] - (bottom[r] < 0 ? bottom[r] : 0) : 1))
        } else { unset colorbox; unset cbtics }
        block = sprintf(r == 1 ? "$score%d" : r == 2 ? "$state%d" : "$neuron%d", k)
        # boxes reach a little under their neighbours, so that no seam shows
        plot block using ($1 < 0 ? NaN : $1):2:(step/2. + 0.2):(step/2. + 0.2):3 with boxxyerror palette, \
            $face using 1:2:(0):(0):(0):(shade($3)) with rgbalpha
        unset label
    }
}
unset multiplot
unset output
