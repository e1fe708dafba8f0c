# layers.gp: which layers know people: accuracy of FC-1 to FC-4 of the network and its ablations, here
# on LFW by Joint Bayesian, or where that isn't in the table on pairs of held-out people by cosine,
# beside the paper's on LFW; and the active neurons of FC-4 after trainings with other rates of dropout
# (variants dropout_X).
#
#   gnuplot -c layers.gp TABLES_DIR OUT_FILE [paper=DIR]
#
# `paper` is the folder of the paper's numbers; "none" leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = ""
view = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "paper"
needs = "layers.tsv:variant,layer,cosine_accuracy,cosine_sd,active_share,active_sd,lfw_accuracy,lfw_sd"
width = 9.0
height = 3.7
load system("dirname '".ARG0."'")."/style.gp"

# ---- what there is ----

with_paper = paper ne "none"
paper_layers = paper."/lfw_layers.tsv"
paper_share = NaN
paper_sd = NaN
lbp = NaN
set datafile missing # rows of NA are left out by name
if (with_paper) {
    do for [need in "lfw_layers.tsv:variant,layer,accuracy figure06_summary.tsv:quantity,mean,sd,total"] {
        colon = strstrt(need, ":")
        found = inspect(paper."/".need[1:colon-1], need[colon+1:*], "", "")
        if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    }
    stats paper."/figure06_summary.tsv" using (strcol("quantity") eq "active_neurons_per_image" ? \
        (paper_sd = 100.*column("sd")/column("total"), \
        paper_share = 100.*column("mean")/column("total")) : 0) nooutput
    stats paper_layers using (strcol("variant") eq "high_dim_lbp" ? \
        (lbp = 100*column("accuracy")) : 0) nooutput
}

is_dropout(name) = name[1:8] eq "dropout_"
variants = ""
rates = ""
note(name) = is_dropout(name) ? \
    (strstrt(" ".rates." ", " ".name[9:*]." ") ? 0 : strlen(rates = rates." ".name[9:*])) : \
    (strstrt(" ".variants." ", " ".name." ") ? 0 : strlen(variants = variants." ".name))
stats table("layers.tsv") using (note(strcol("variant"))) nooutput
variant_count = words(variants)
rate_count = words(rates)
title_of(name) = name eq "deepid2plus" ? "DeepID2+" : replace(name, "_", " ")
eval distinct("measured", "layers.tsv", "lfw_accuracy", "known('lfw_accuracy')")
on_lfw = words(measured) > 0
measure = on_lfw ? "lfw" : "cosine"
# 4 of fc4 and of FC-4
place(name) = strstrt("1234", name[strlen(name):*])
# ours in $a1.., the paper's in $b1..: place, accuracy, sd
ours(k) = select(sprintf("$a%d", k), "layers.tsv", \
    "strcol('variant') eq word(variants, ".k.") && known('".measure."_accuracy')", \
    "(place(strcol('layer'))):(100*column('".measure."_accuracy')):(100*column('".measure."_sd'))")
theirs(k) = from_tables.sprintf("; set print $b%d; unset print; set table $b%d; ", k, k). \
    "plot paper_layers using (place(strcol('layer'))):(100*column('accuracy')) with table ". \
    "if (strcol('variant') eq word(variants, ".k.") && known('accuracy')); unset table; ".from_memory
# the layers of a block in order, however the table has them; a point out of sight where it is empty
in_order(block) = "if (|".block."| == 0) { set print ".block."; print '-9 0 0'; unset print }"

# ---- page ----

base = 0.145
ceiling = 0.74
array left[3] = [0.062, 0.395, 0.745]
array right[3] = [0.315, 0.65, 0.985]

set multiplot
do for [k = 1:variant_count] {
    # two columns of two
    x = left[1] + 0.32*((k - 1)%2)
    y = 0.955 - 0.062*int((k - 1)/2)
    set arrow k from screen x, y to screen x+0.036, y nohead linetype k linewidth 1.5
    set label 10+2*k "" at screen x+0.018, y point linetype k pointsize 0.7
    set label 11+2*k title_of(word(variants, k)) at screen x+0.044, y left
}
set label 1 small("bars: standard deviation over ten folds (left), over images (right)") \
    at screen left[1], 0.03 left textcolor rgb "#555555"
unset key
set title offset 0, -0.4
set ylabel offset 1
set xrange [0.6:4.4]
set xtics ('FC-1' 1, 'FC-2' 2, 'FC-3' 3, 'FC-4' 4)

by_joint_bayesian = "accuracy by Joint Bayesian, ".percent
array headings[2] = [on_lfw ? "Here: LFW" : "Here: pairs of held-out people", "Paper: LFW"]
array axis[2] = [on_lfw ? by_joint_bayesian : "accuracy by cosine, ".percent, by_joint_bayesian]
array letter[2] = ["$a", "$b"]
do for [p = 1:2] {
    set lmargin at screen left[p]
    set rmargin at screen right[p]
    set bmargin at screen base
    set tmargin at screen ceiling
    set title bold(headings[p])
    set ylabel axis[p]
    low = 1e9
    high = -1e9
    do for [k = 1:variant_count] {
        block = sprintf("%s%d", letter[p], k)
        if (p == 1 || with_paper) {
            if (p == 1) { eval ours(k) } else { eval theirs(k) }
            set xrange [*:*]
            set yrange [*:*]
            eval sprintf("if (|%s| > 0) { stats %s using 2 nooutput; ", block, block). \
                "low = STATS_min < low ? STATS_min : low; high = STATS_max > high ? STATS_max : high }"
            set xrange [0.6:4.4]
        }
        eval sprintf("if (%d == 2 && !with_paper) { set print %s; unset print }", p, block)
        eval in_order(block)
    }
    if (low > high) { set yrange [0:1]; set ytics autofreq; eval nothing } else {
        if (p == 2 && lbp == lbp && lbp < low) { low = lbp }
        room = high - low < 1 ? 0.5 : 0.12*(high - low)
        set yrange [low - room:high + room]
        set ytics tick_step(high - low)
        if (p == 2 && lbp == lbp) {
            set arrow 20 from graph 0, first lbp to graph 1, first lbp nohead back \
                linecolor rgb "#777777" linewidth 0.8 dashtype solid
            set label 30 small("high-dimensional LBP") at graph 0.98, first lbp right offset 0, -0.6 \
                textcolor rgb "#555555"
        }
        dodge(k) = p == 1 ? 0.05*(k - (variant_count + 1)/2.) : 0
        if (p == 1) {
            plot for [k = 1:variant_count] sprintf("$a%d", k) using ($1 + dodge(k)):2:3 \
                    with yerrorbars linetype k dashtype solid linewidth 0.7 pointsize 0, \
                for [k = 1:variant_count] sprintf("$a%d", k) using ($1 + dodge(k)):2 \
                    with linespoints linetype k pointsize 0.7
        } else {
            plot for [k = 1:variant_count] sprintf("$b%d", k) using 1:2 \
                with linespoints linetype k pointsize 0.7
        }
    }
    unset arrow
    unset label
}

set lmargin at screen left[3]
set rmargin at screen right[3]
set title bold("FC-4 and dropout")
set ylabel percent." of neurons active"
set xlabel "share of neurons left out" offset 0, 0.4
set xtics ('' 0)
set xrange [0.5:(rate_count > 0 ? rate_count : 1) + 0.5]
set yrange [0:100]
set ytics 20
find_rate(name) = (found_rate = 0, sum [k = 1:rate_count] \
    (word(rates, k) eq name ? (found_rate = k) : 0), found_rate)
eval select("$rates", "layers.tsv", "is_dropout(strcol('variant')) && strcol('layer') eq 'fc4' && ". \
    "known('active_share')", "(find_rate(strcol('variant')[9:*])):(100*column('active_share')):". \
    "(100*column('active_sd'))")
do for [k = 1:rate_count] { set xtics add (plain(word(rates, k)) k) }
if (|$rates| == 0) { set yrange [0:1]; set ytics autofreq; eval nothing } else {
    if (with_paper) {
        set object 1 rectangle from graph 0, first paper_share-paper_sd to graph 1, \
            first paper_share+paper_sd back fillstyle solid 1 noborder fillcolor rgb "#EEEEEE"
        set arrow 1 from graph 0, first paper_share to graph 1, first paper_share nohead back \
            linecolor rgb "#777777" linewidth 0.8 dashtype solid
        set label 1 small(sprintf("paper: %.0f %s %.0f %s", paper_share, plus_minus, paper_sd, percent)) \
            at graph 0.98, first paper_share+paper_sd right offset 0, 0.6 textcolor rgb "#555555"
    }
    plot $rates using 1:2:3 with yerrorbars linecolor rgb "#000000" linewidth 1 dashtype solid \
        pointtype 7 pointsize 0.7
}
unset multiplot
unset output
