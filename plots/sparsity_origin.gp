# sparsity_origin.gp: what sets the level of activity: for each factor, the share of a layer's neurons
# that are active during trainings that differ in it alone, and below, accuracy at their end. The
# base condition, which stands in every panel, is black. One line of panels holds five factors.
#
#   gnuplot -c sparsity_origin.gp TABLES_DIR OUT_FILE [layer=fc4]

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
options = "layer"
needs = "origin.tsv:factor,value,base,layer,step,active_share" . \
    " origin_final.tsv:factor,value,base,layer,outcome,cosine_accuracy,euclidean_accuracy,". \
    "paper_active_share"
# the page grows with the number of factors (style.gp, which checks the tables, comes after it)
quoted(path) = strstrt(path, "'") == 0 ? path : path[1:strstrt(path, "'")-1]."'\\''". \
    quoted(path[strstrt(path, "'")+1:*])
factors = argument_count < 1 ? "" : system("cut -f 1 '".quoted(argument[1])."/origin_final.tsv' ". \
    "2>/dev/null | awk 'NR > 1 && !seen[$0]++'")
factor_count = words(factors)
across = factor_count > 5 ? 5 : factor_count > 0 ? factor_count : 1
down = factor_count > 5 ? int(ceil(factor_count/5.)) : 1
width = across > 2 ? 0.69 + 2.2*across : 6.2
height = 0.57 + 3.85*down
load system("dirname '".ARG0."'")."/style.gp"

# ---- what there is ----

factors = ""
note(name) = strstrt(" ".factors." ", " ".name." ") ? 0 : strlen(factors = factors." ".name)
steps = 0 # thousands
low = 1
high = 0
paper_share = NaN
widen(x) = x ne "NA" ? (low = real(x) < low ? real(x) : low, high = real(x) > high ? real(x) : high) : 0
set datafile missing # rows of NA are looked at, too
stats table("origin_final.tsv") using (strcol("layer") eq layer ? (note(strcol("factor")), \
    widen(strcol("cosine_accuracy")), widen(strcol("euclidean_accuracy")), \
    strcol("paper_active_share") eq "NA" ? 0 : (paper_share = 100*column("paper_active_share"))) \
    : 0) nooutput
stats table("origin.tsv") using (strcol("layer") eq layer && strcol("step") ne "NA" ? \
    (steps = column("step")/1000 > steps ? column("step")/1000 : steps) : 0) nooutput
factor_count = words(factors)
if (steps == 0) { steps = 1 }
if (high < low) { low = 0.5; high = 1 }
if (high - low < 0.02) { low = low - 0.01; high = high + 0.01 }
with_paper = paper_share == paper_share

# "First mean" of first_mean
heading(name) = (t = replace(name, "_", " "), system("printf %s ".quoted(t[1:1])." | tr a-z A-Z"). \
    t[2:*])
# values of each factor, and which one is the base, 0 for none
array values_of[factor_count + 1]
array base_of[factor_count + 1]
note_value(f, name, is_base) = strlen(values_of[f] = values_of[f]." ".name) + \
    (is_base ? (base_of[f] = words(values_of[f])) : 0)
of_factor(f) = strcol("factor") eq f && strcol("layer") eq layer
do for [f = 1:factor_count] {
    values_of[f] = ""
    base_of[f] = 0
    stats table("origin_final.tsv") using (of_factor(word(factors, f)) ? \
        note_value(f, strcol("value"), column("base") > 0) : 0) nooutput
}
# the base is black, the others have the colours in order
style(k) = k == base_at ? 7 : base_at > 0 && k > base_at ? (k - 2)%6 + 1 : (k - 1)%6 + 1

# ---- page ----

inch_x(x) = x/width
inch_y(y) = y/height
left(c) = inch_x(0.62 + 2.2*c)
right(c) = inch_x(0.62 + 2.2*c + 1.92)
floor_of(r) = height - 0.57 - 3.85*(r + 1) # of a line of panels, in inches

set linetype 7 linecolor rgb "#000000" linewidth 1.8 dashtype 1
set multiplot
top = 1 - inch_y(0.2)
second = 1 - inch_y(0.42)
set label 1 bold("What sets the level of activity: ".pretty(layer)) at screen left(0), top left
x = left(0)
y = second
legend(gap) = (x = x + inch_x(gap))
set arrow 1 from screen x, y to screen x+inch_x(0.3), y nohead linetype 7
set label 2 "base, in every panel" at screen legend(0.36), y left
dummy = legend(1.34)
if (with_paper) {
    set arrow 2 from screen x, y to screen x+inch_x(0.3), y nohead linecolor rgb "#777777" \
        linewidth 0.8 dashtype solid
    set label 3 sprintf("paper %.0f %s", paper_share, percent) at screen legend(0.36), y left
    dummy = legend(0.95)
}
set label 8 "held-out pairs:" at screen x, y left
set label 4 "" at screen legend(1.0), y point linecolor rgb "#000000" pointtype 7 pointsize 0.6
set label 5 "cosine" at screen legend(0.1), y left
set label 6 "" at screen legend(0.62), y point linecolor rgb "#000000" pointtype 6 pointsize 0.6
set label 7 "Euclidean" at screen legend(0.1), y left

unset key
do for [f = 1:factor_count] {
    factor = word(factors, f)
    r = (f - 1)/5
    c = (f - 1)%5
    values = values_of[f]
    base_at = base_of[f]
    count = words(values)

    # how active
    set lmargin at screen left(c)
    set rmargin at screen right(c)
    set bmargin at screen inch_y(floor_of(r) + 1.63)
    set tmargin at screen inch_y(floor_of(r) + 3.28)
    set title bold(heading(factor)) offset 0, 0.9
    set xrange [0:steps]
    set xtics tick_step(steps)
    set xlabel "thousand steps" offset 0, 0.5
    set yrange [0:100]
    set ytics 20
    if (c == 0) { set ylabel percent." of neurons active" offset 1.5 } else { unset ylabel }
    do for [k = 1:count] {
        eval select(sprintf("$rows%d", k), "origin.tsv", "of_factor(factor) && ". \
            "strcol('value') eq word(values, k) && strcol('active_share') ne 'NA'", \
            "(column('step')/1000):(100*column('active_share'))")
        x = (k - 1.)/count
        set arrow 10+k from graph x, graph 1.07 to graph x+0.07, graph 1.07 nohead linetype style(k)
        set label 10+k plain(word(values, k)) at graph x+0.085, graph 1.07 left
        # without rows: a point out of sight
        eval sprintf("if (|$rows%d| == 0) { set print $rows%d; print '-1 -1'; unset print }", k, k)
    }
    if (with_paper) {
        set arrow 20 from graph 0, first paper_share to graph 1, first paper_share nohead back \
            linecolor rgb "#777777" linewidth 0.8 dashtype solid
    }
    others = ""
    do for [k = 1:count] { if (k != base_at) { others = others.sprintf(" %d", k) } }
    plot for [k in (base_at > 0 ? sprintf("%d", base_at) : "").others] sprintf("$rows%s", k) \
        using 1:2 with lines linetype style(int(k))
    unset arrow
    unset label

    # how good
    set bmargin at screen inch_y(floor_of(r) + 0.28)
    set tmargin at screen inch_y(floor_of(r) + 1.08)
    unset title
    unset xlabel
    set xrange [0.5:count + 0.5]
    set xtics ('' 1)
    set yrange [100*low - 8*(high - low):100*high + 8*(high - low)]
    set ytics tick_step(170*(high - low))
    if (c == 0) { set ylabel "accuracy, ".percent offset 1.5 } else { unset ylabel }
    do for [k = 1:count] {
        set xtics add (plain(word(values, k)) k)
        eval select(sprintf("$rows%d", k), "origin_final.tsv", "of_factor(factor) && ". \
            "strcol('value') eq word(values, k) && strcol('outcome') eq 'finished'", \
            "(strcol('cosine_accuracy') eq 'NA' ? -1 : 100*column('cosine_accuracy')):". \
            "(strcol('euclidean_accuracy') eq 'NA' ? -1 : 100*column('euclidean_accuracy'))")
        eval sprintf("finished = |$rows%d|", k)
        if (finished == 0) {
            eval sprintf("set print $rows%d; print '-1 -1'; unset print", k)
            set label k small("diverged") at k, graph 0.5 center rotate textcolor rgb "#777777"
        }
    }
    plot for [k = 1:count] sprintf("$rows%d", k) using (k):2 with points linetype style(k) \
            pointtype 6 pointsize 0.6, \
        for [k = 1:count] sprintf("$rows%d", k) using (k):1 with points linetype style(k) \
            pointtype 7 pointsize 0.6
    unset label
}
unset multiplot
unset output
