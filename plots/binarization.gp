# binarization.gp: what a code of bits keeps: accuracy of real and binary values beside the paper's
# Table 4; accuracy of a layer's bits against the threshold, and against how many of them are kept,
# the most informative or random ones; what a face takes; entropy and correlation of the bits.
#
#   gnuplot -c binarization.gp TABLES_DIR OUT_FILE [layer=fc4] [paper=DIR]
#
# `paper` is the folder of the paper's numbers; "none" leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "layer paper"
needs = "bits.tsv:layer,entropy_bits"
width = 11.0
height = 6.6
load system("dirname '".ARG0."'")."/style.gp"

# The other tables may be without this layer: their panels then have no data.
with_paper = paper ne "none"
paper_table = paper."/lfw_binarization.tsv"
array others[6] = ["table4.tsv:values,classifier,networks,layer,estimate,ci_low,ci_high", \
    "thresholds.tsv:layer,rule,threshold,classifier,estimate,ci_low,ci_high", \
    "lengths.tsv:layer,choice,bits,classifier,estimate,sd,ci_low,ci_high", \
    "correlation.tsv:layer,bin_left,bin_right,count", \
    "storage.tsv:layer,code,bytes_per_face,seconds_per_million,accuracy", \
    "lfw_binarization.tsv:features,classifier,nets,accuracy_pct"]
do for [i = 1:(with_paper ? 6 : 5)] {
    colon = strstrt(others[i], ":")
    found = inspect(i < 6 ? table(others[i][1:colon-1]) : paper_table, others[i][colon+1:*], "", "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
}

# ---- rows of the tables ----

set datafile missing # rows of NA are left out by name
of_layer = "strcol('layer') eq layer"
number(name, otherwise) = strcol(name) eq "NA" ? otherwise : column(name)
# an estimate and its interval, in percent
low_end = "number('ci_low', column('estimate'))"
high_end = "number('ci_high', column('estimate'))"
estimate(low, high) = "(100*column('estimate')):(100*".low."):(100*".high.")"
# $NAME1, $NAME2, ... hold rows `x estimate low high`; `drawn` names those with rows, x_low .. x_high and
# low .. high are the ranges of all.
begin = "drawn = ''; low = 1e9; high = -1e9; x_low = 1e9; x_high = -1e9"
widen(x, y_low, y_high) = (y_low < low ? (low = y_low) : 0, y_high > high ? (high = y_high) : 0, \
    x < x_low ? (x_low = x) : 0, x > x_high ? (x_high = x) : 0, 0)
rows(block, name, condition, fields) = select(block, name, of_layer." && known('estimate') && ".condition, \
    fields)."; if (|".block."| > 0) { drawn = drawn.' ".block."'; ". \
    "stats [*:*] [*:*] ".block." using (widen($1, $3, $4)) nooutput }; ".from_tables
room(low, high) = high - low < 0.5 ? 0.25 : 0.06*(high - low)

eval distinct("classifiers", "thresholds.tsv", "classifier", of_layer)
eval distinct("more", "lengths.tsv", "classifier", of_layer)
do for [name in more] {
    if (!strstrt(classifiers." ", " ".name." ")) { classifiers = classifiers." ".name }
}
classifier_count = words(classifiers)
classifier(k) = word(classifiers, k)

# ---- page ----

inch_x(x) = x/width
inch_y(y) = y/height
array left[3] = [1.55, 4.6, 8.0] # of the panels, in inches
array right[3] = [3.9, 7.3, 10.75]
array bottom[2] = [3.72, 0.52]
array top[2] = [5.62, 2.75]
panel(column, row) = sprintf("set lmargin at screen %g; set rmargin at screen %g; ", \
    inch_x(left[column]), inch_x(right[column])). \
    sprintf("set bmargin at screen %g; set tmargin at screen %g", inch_y(bottom[row]), inch_y(top[row]))
grid(axis) = "unset grid; set grid ".axis."tics linetype -1 linewidth 0.4 linecolor rgb '#DDDDDD' dashtype solid"
grey = "#555555"
key_y = inch_y(height - 0.48)

set multiplot
unset key
set title offset 0, -0.4
set xlabel offset 0, 0.4
set ylabel offset 1
set label 1 bold("Binary codes: ".pretty(layer)) at screen inch_x(0.2), inch_y(height - 0.2) left
set label 2 small("bars and bands: 95 ".percent." intervals; of random bits: standard deviation over draws") \
    at screen inch_x(right[3]), inch_y(height - 0.2) right textcolor rgb grey

# ---- Table 4: a row for each kind of values and classifier, a lane for each number of networks ----

networks = with_paper ? " 1 25" : ""
eval distinct("more", "table4.tsv", "networks", of_layer)
do for [n in more] {
    if (!strstrt(networks." ", " ".n." ")) { networks = networks." ".n }
}
network_count = words(networks)
kind(values) = strcol(values).":".strcol("classifier")
kinds = ""
note_kind(kind) = strstrt(kinds." ", " ".kind." ") ? 0 : strlen(kinds = kinds." ".kind)
do for [values in "real binary"] {
    if (with_paper) {
        stats [*:*] [*:*] paper_table using (strcol("features") eq values ? note_kind(kind("features")) : 0) nooutput
    }
    stats [*:*] [*:*] table("table4.tsv") using (strcol("layer") eq layer && strcol("values") eq values ? \
        note_kind(kind("values")) : 0) nooutput
}
kind_count = words(kinds)
find_kind(kind) = (position = 0, sum [i = 1:kind_count] (word(kinds, i) eq kind ? (position = i) : 0), position)
kind_name(kind) = kind[1:strstrt(kind, ":")-1].", ".metric_name(kind[strstrt(kind, ":")+1:*])
# the paper's beside ours
lane(j, of_paper) = 0.8*((2*j - 1.5 + of_paper)/(2.*network_count) - 0.5)
array filled[5] = [7, 5, 9, 11, 13]
array open[5] = [6, 4, 8, 10, 12]

eval begin
do for [j = 1:network_count] {
    eval rows(sprintf("$ours%d", j), "table4.tsv", "strcol('networks') eq word(networks, j) && ". \
        "find_kind(kind('values'))", "(find_kind(kind('values')) + lane(j, 0)):".estimate(low_end, high_end))
}
ours_drawn = drawn
if (with_paper) {
    do for [j = 1:2] {
        eval sprintf("set print $paper%d; unset print; set table $paper%d", j, j)
        plot paper_table using (find_kind(kind("features")) + lane(j, 1)):(column("accuracy_pct")) \
            with table if (strcol("nets") eq word("single 25", j) && known("accuracy_pct"))
        unset table
        eval from_memory.sprintf("; stats [*:*] [*:*] $paper%d using (widen($1, $2, $2)) nooutput; ", j).from_tables
    }
}
eval from_memory

x = 0.2
do for [j = 1:network_count] {
    set label 10+2*j "" at screen inch_x(x+0.05), key_y point linecolor rgb ours_colour \
        pointtype filled[1 + (j - 1)%5] pointsize 0.9
    set label 11+2*j word(networks, j).(word(networks, j) eq "1" ? " network" : " networks") \
        at screen inch_x(x+0.15), key_y left
    x = x + 1.0
}
if (with_paper) {
    set label 30 "" at screen inch_x(x+0.05), key_y point linecolor rgb paper_colour pointtype open[1] pointsize 0.8
    set label 31 "" at screen inch_x(x+0.17), key_y point linecolor rgb paper_colour pointtype open[2] pointsize 0.8
    set label 32 "paper's" at screen inch_x(x+0.27), key_y left
}
set label 33 "" at screen inch_x(left[3]+0.05), key_y point linecolor rgb grey pointtype 7 pointsize 0.7
set label 34 "most informative, all bits" at screen inch_x(left[3]+0.15), key_y left
set label 35 "" at screen inch_x(left[3]+1.85), key_y point linecolor rgb grey pointtype 6 pointsize 0.7
set label 36 "random bits" at screen inch_x(left[3]+1.95), key_y left
do for [k = 1:classifier_count] {
    x = left[2] + 1.45*(k - 1)
    set arrow k from screen inch_x(x), key_y to screen inch_x(x+0.35), key_y nohead \
        linetype metric_style(classifier(k)) linewidth 1.5
    set label 40+2*k "" at screen inch_x(x+0.175), key_y point linetype metric_style(classifier(k)) pointsize 0.7
    set label 41+2*k metric_name(classifier(k)) at screen inch_x(x+0.42), key_y left
}

eval panel(1, 1)
eval grid("x")
set title bold("Real and binary values")
set xlabel "accuracy, ".percent
if (low > high) { set xrange [0:1]; eval nothing } else {
    do for [i = 1:kind_count:2] {
        set object i rectangle from graph 0, first i-0.5 to graph 1, first i+0.5 behind \
            fillstyle solid 1 noborder fillcolor rgb "#F3F3F3"
    }
    set xrange [low - room(low, high):high + room(low, high)]
    set xtics tick_step(1.6*(high - low))
    set yrange [kind_count + 0.5:0.5]
    set ytics ('' 1) scale 0
    do for [i = 1:kind_count] { set ytics add (kind_name(word(kinds, i)) i) }
    our_rows = "for [j = 1:network_count] sprintf('$ours%d', j) using 2:1:3:4 with xerrorbars ". \
        "linecolor rgb ours_colour dashtype solid linewidth 1.2 pointtype filled[1 + (j - 1)%5] pointsize 0.9"
    paper_rows = "for [j = 1:2] sprintf('$paper%d', j) using 2:1 with points ". \
        "linecolor rgb paper_colour pointtype open[j] pointsize 0.8"
    do for [j = 1:network_count] { # a point out of sight where there is none
        eval sprintf("if (|$ours%d| == 0) { set print $ours%d; print '-1 -1 -1 -1'; unset print }", j, j)
    }
    eval "plot ".our_rows.(with_paper ? ", ".paper_rows : "")
}
unset object
unset label
unset arrow

# ---- the threshold: a sweep, and the other rules in a zone of their own to the right ----

eval panel(2, 1)
eval grid("y")
set title bold("Threshold")
set xlabel "threshold on the activation"
set ylabel "accuracy, ".percent
set ytics scale 0.5
eval from_tables
eval distinct("rules", "thresholds.tsv", "rule", of_layer." && strcol('rule') ne 'value'")
eval begin
do for [k = 1:classifier_count] {
    eval rows(sprintf("$sweep%d", k), "thresholds.tsv", "strcol('rule') eq 'value' && known('threshold') && ". \
        "strcol('classifier') eq classifier(k)", "(column('threshold')):".estimate(low_end, high_end))
}
sweeps = drawn
if (!strlen(sweeps)) { x_low = 0; x_high = -0.26 } # the zone begins at once
sweep_low = x_low
sweep_high = x_high
span = sweep_high > sweep_low ? sweep_high - sweep_low : 1
find_rule(rule) = (position = 0, sum [i = 1:words(rules)] (word(rules, i) eq rule ? (position = i) : 0), position)
rule_x(i) = sweep_high + span*(0.36*i - 0.1)
do for [k = 1:classifier_count] {
    eval rows(sprintf("$rules%d", k), "thresholds.tsv", "find_rule(strcol('rule')) && ". \
        "strcol('classifier') eq classifier(k)", "(rule_x(find_rule(strcol('rule'))) + ". \
        "0.05*span*(k - (classifier_count + 1)/2.)):".estimate(low_end, high_end))
}
eval from_memory
set xrange [(strlen(sweeps) ? sweep_low - 0.04*span : -0.3):sweep_high + span*(words(rules) > 0 ? 0.36*words(rules) + 0.1 : 0.04)]
set xtics ('' 0)
step = sweep_high > sweep_low ? tick_step(1.3*span) : abs(sweep_low)
if (strlen(sweeps) && step == 0) { set xtics ("0" 0) }
if (strlen(sweeps) && step > 0) {
    do for [i = ceil(sweep_low/step - 1e-9):floor(sweep_high/step + 1e-9)] {
        set xtics add (sprintf("%g", i*step) i*step)
    }
}
do for [i = 1:words(rules)] { set xtics add (plain(word(rules, i)) rule_x(i)) }
if (!strlen(drawn)) { set xrange [0:1]; set xtics autofreq; set ytics autofreq; eval nothing } else {
    set yrange [low - room(low, high):high + room(low, high)]
    set ytics tick_step(high - low)
    if (words(rules) > 0 && strlen(sweeps)) {
        set arrow 1 from first sweep_high+0.07*span, graph 0 to first sweep_high+0.07*span, graph 1 \
            nohead linecolor rgb "#AAAAAA" linewidth 0.6 dashtype solid
    }
    drawn_of(block, k) = strstrt(drawn." ", sprintf(" $%s%d ", block, k)) > 0
    parts = ""
    do for [k = 1:classifier_count] {
        style = sprintf("linetype %d", metric_style(classifier(k)))
        if (drawn_of("sweep", k)) {
            parts = parts.sprintf(", $sweep%d using 1:3:4 with filledcurves %s ", k, style). \
                "fillstyle transparent solid 0.2 noborder". \
                sprintf(", $sweep%d using 1:2 with linespoints %s", k, style)
        }
        if (drawn_of("rules", k)) {
            parts = parts.sprintf(", $rules%d using 1:2:3:4 with yerrorbars %s dashtype solid pointsize 0.7", \
                k, style)
        }
    }
    eval "plot ".parts[3:*]
}
unset arrow

# ---- the number of bits ----

eval panel(3, 1)
set title bold("Length of the code")
set xlabel "bits"
eval from_tables
eval begin
sd_low = "(column('estimate') - number('sd', 0))"
sd_high = "(column('estimate') + number('sd', 0))"
do for [k = 1:classifier_count] {
    of_classifier = "known('bits') && strcol('classifier') eq classifier(k) && strcol('choice')"
    eval rows(sprintf("$best%d", k), "lengths.tsv", of_classifier." ne 'random'", \
        "(column('bits')):".estimate(low_end, high_end))
    eval rows(sprintf("$random%d", k), "lengths.tsv", of_classifier." eq 'random'", \
        "(column('bits')):".estimate(sd_low, sd_high))
}
eval from_memory
if (!strlen(drawn)) { set xrange [0:1]; set xtics autofreq; set ytics autofreq; eval nothing } else {
    set logscale x 2
    set xrange [x_low/1.3:x_high*1.3]
    set xtics ('' 0)
    do for [e = ceil(log10(x_low)/log10(2)-0.01):log10(x_high)/log10(2)+0.01:(x_high/x_low > 600 ? 2 : 1)] {
        set xtics add (sprintf("%d", 2**e) 2**e)
    }
    set yrange [low - room(low, high):high + room(low, high)]
    set ytics tick_step(high - low)
    parts = ""
    do for [k = 1:classifier_count] { # beside each other
        style = sprintf("linetype %d", metric_style(classifier(k)))
        do for [block in "random best"] {
            if (strstrt(drawn." ", sprintf(" $%s%d ", block, k))) {
                point = block eq "random" ? \
                    "pointtype ".word("6 4 8 10 12", metric_style(classifier(k))) : ""
                place = sprintf("using ($1*2**(%g))", 0.08*(2*k - (block eq "random") - classifier_count - 0.5))
                parts = parts.sprintf(", $%s%d %s:2:3:4 with yerrorbars %s dashtype solid ", block, k, place, style). \
                    sprintf("linewidth 0.8 %s pointsize 0.7", point). \
                    sprintf(", $%s%d %s:2 smooth unique with lines %s", block, k, place, style)
            }
        }
    }
    eval "plot ".parts[3:*]
    unset logscale x
}

# ---- what a face takes ----

eval panel(1, 2)
eval grid("x")
set title bold("Storage of a face")
set xlabel "accuracy, ".percent
unset ylabel
eval from_tables
eval distinct("codes", "storage.tsv", "code", of_layer." && known('accuracy')")
code_count = words(codes)
find_code(code) = (position = 0, sum [i = 1:code_count] (word(codes, i) eq code ? (position = i) : 0), position)
array size[code_count + 1]
array seconds[code_count + 1]
low = 1e9
high = -1e9
note_code(i) = (size[i] = strcol("bytes_per_face"), seconds[i] = strcol("seconds_per_million"), \
    widen(0, 100*column("accuracy"), 100*column("accuracy")))
stats [*:*] [*:*] table("storage.tsv") using (strcol("layer") eq layer && known("accuracy") ? \
    note_code(find_code(strcol("code"))) : 0) nooutput
eval select("$codes", "storage.tsv", of_layer." && known('accuracy')", \
    "(find_code(strcol('code'))):(100*column('accuracy'))")
if (|$codes| == 0) { set xrange [0:1]; set xtics autofreq; set ytics autofreq; eval nothing } else {
    set xrange [low - room(low, high):high + room(low, high)]
    set xtics tick_step(1.8*(high - low + 2*room(low, high)))
    set yrange [code_count + 0.5:0.5]
    set ytics ('' 1) scale 0
    do for [i = 1:code_count] {
        text = plain(word(codes, i)).(size[i] eq "NA" ? "" : ": ".grouped(real(size[i]))." bytes")
        if (seconds[i] ne "NA") {
            text = text."\n".small(sprintf("%.2g s per million", real(seconds[i])))
        }
        set ytics add (text i)
    }
    plot $codes using 2:1 with points linecolor rgb "#000000" pointtype 7 pointsize 0.8
}
unset label

# ---- the bits ----

eval panel(2, 2)
eval grid("y")
set title bold("Entropy of a bit")
set xlabel "entropy, bits"
set ylabel percent." of the bits"
set ytics scale 0.5
eval select("$entropy", "bits.tsv", of_layer." && known('entropy_bits')", "(column('entropy_bits'))")
bits = |$entropy|
set xrange [0:1]
set xtics 0.2
set yrange [0:*]
set ytics autofreq
if (bits == 0) { eval nothing } else {
    stats [*:*] [*:*] $entropy using 1 nooutput
    set title bold("Entropy of a bit").sprintf(", mean %.2f, %s bits", STATS_mean, grouped(bits))
    set boxwidth 0.025
    plot $entropy using (0.025*(floor(40*($1 < 1 ? $1 : 0.999)) + 0.5)):(100./bits) smooth frequency \
        with boxes fillstyle solid 0.75 linecolor rgb ours_colour
}

eval panel(3, 2)
set title bold("Correlation of two bits")
set xlabel "correlation"
set ylabel sprintf("%s of the pairs, per 0.1", percent)
eval from_tables
pairs = 0
x_low = 0
x_high = 0
stats [*:*] [*:*] table("correlation.tsv") using (strcol("layer") eq layer && column("count") > 0 ? \
    (pairs = pairs + column("count"), widen(column("bin_left"), 0, 0), widen(column("bin_right"), 0, 0)) \
    : 0) nooutput
eval select("$correlation", "correlation.tsv", of_layer, \
    "((column('bin_left') + column('bin_right'))/2):(column('count')):(column('bin_right') - column('bin_left'))")
set yrange [0:*]
if (pairs == 0) { set xrange [-1:1]; set xtics autofreq; eval nothing } else {
    set title bold("Correlation of two bits").sprintf(", %s pairs", grouped(pairs))
    set xrange [x_low - 0.02:x_high + 0.02]
    set xtics tick_step(x_high - x_low)
    set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead linecolor rgb "#777777" linewidth 0.6 \
        dashtype solid
    plot $correlation using 1:(10*$2/pairs/$3):3 with boxes fillstyle solid 0.75 linecolor rgb ours_colour
}
unset multiplot
unset output
