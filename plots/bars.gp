# bars.gp: what figure07, figure08 and figure09 share: bars of accuracy, here beside the paper's, for
# each person or attribute. To be loaded by them, after style.gp; bars.awk joins the tables.
#
#   paper_file, ours_file    tables; key names the column of names in the paper's
#   methods                  the paper's two methods that are drawn, the network's first
#   heading, ours_title, note

with_paper = paper ne "none"
if (with_paper) {
    found = inspect(paper."/".paper_file, key.",features,accuracy", "", "")
    if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
}
joined = "< awk -f ".quoted(here."/bars.awk")." -v layer=".quoted(layer). \
    " -v features=".quoted(features)." -v methods=".quoted(methods). \
    " -v only=".quoted(only)." -v with_paper=".(with_paper ? 1 : 0)." ". \
    (with_paper ? quoted(paper."/".paper_file) : "/dev/null")." ".quoted(table(ours_file))
set datafile separator tab nocolumnheaders
set datafile missing # rows of NA are left out by name
count = 0
measured = 0
beside = 0 # have both: three bars; else the paper's two stand by themselves
longest = 4
names = ""
stats joined using (count = count + 1, names = names." ".replace(strcol(1), " ", "_"), length = strlen(strcol(1)), \
    longest = length > longest ? length : longest, \
    measured = measured + (strcol(4) ne "NA"), \
    beside = beside + (strcol(2) ne "NA" && strcol(4) ne "NA"), 0) nooutput
if (measured == 0) {
    print sprintf("%s: has no rows of layer '%s'%s", table(ours_file), layer, \
                  strlen(features) ? " and features '".features."'" : "")
    exit status 1
}

left = 0.57/width
set label 1 bold(heading).", ".pretty(layer) at screen left, 0.955 left
set label 2 small(note) at screen 0.985, 0.955 right textcolor rgb "#555555"
set lmargin at screen left
set rmargin at screen 0.985
set tmargin at screen 0.78
is_crowded = longest*count > 13*width
set bmargin at screen (is_crowded ? 0.06 + 0.0125*longest : 0.10)
set key at screen left - 0.005, 0.92 left top horizontal Left reverse maxcols 4 maxrows 1 width 1
set xrange [0.4:count + 0.6]
set yrange [0.5:1]
set ytics 0.1
set ylabel "balanced accuracy" offset 1
set xtics scale 0
if (is_crowded) { set xtics rotate by 35 right }
bar = 0.26
set style fill solid 1 border -1
at = beside ? bar : 0
from = beside ? bar : bar/2
set xtics ("" 0)
do for [i = 1:count] { set xtics add (plain(replace(word(names, i), "_", " ")) i) }
paper_bars = with_paper ? "joined using ($0+1-from):2:(bar) with boxes linecolor rgb '#444444' ". \
    "linewidth 0.6 dashtype solid title 'paper, DeepID2+', joined using ($0+1-from+bar):3:(bar) with boxes ". \
    "linecolor rgb '#BBBBBB' linewidth 0.6 dashtype solid title 'paper, LBP', " : ""
beyond = strlen(point_title) ? "using ($0+1+at):5 with points linecolor rgb '#000000' ". \
    "pointtype 9 pointsize 0.7 title point_title" : \
    "using ($0+1+at):5:(0):(column(6)-column(5)) with vectors nohead linecolor rgb '#000000' ". \
    "linewidth 1.2 dashtype solid notitle"
low(x) = x < 0.503 ? 0.503 : x # at chance or below: the foot of a bar
plot @paper_bars joined using ($0+1+at):(low(column(4))):(bar) with boxes linecolor rgb ours_colour \
        linewidth 0.6 dashtype solid title ours_title, \
    joined @beyond
unset output
