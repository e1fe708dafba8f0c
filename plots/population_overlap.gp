# population_overlap.gp: do people share their excitatory neurons: Jaccard index of each pair's sets (bar)
# beside what independent sets of these sizes would have (line).
#
#   gnuplot -c population_overlap.gp TABLES_DIR OUT_FILE [layer=fc4]

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
options = "layer"
needs = "overlap.tsv:target_a,target_b,layer,shared,jaccard,jaccard_expected,q"
width = 7.0
most = 45
page = "stats [*:*] [*:*] table('overlap.tsv') using (strcol('layer') eq layer ? 1 : NaN) nooutput; ". \
    "pairs = STATS_records < most ? STATS_records : most; height = 0.95 + 0.17*pairs"
height = 0
load system("dirname '".ARG0."'")."/style.gp"

eval select("$rows", "overlap.tsv", "strcol('layer') eq layer && known('jaccard')", \
    "(column('jaccard')):(column('jaccard_expected')):(column('q'))")
eval from_tables
names = ""
stats [*:*] [*:*] table("overlap.tsv") using (strcol("layer") eq layer && known("jaccard") ? \
    strlen(names = names." ".strcol("target_a")."|".strcol("target_b")) : 0) nooutput
shown = words(names) < most ? words(names) : most
pretty_pair(name) = plain(replace(replace(name, "_", " "), "|", " and "))
eval from_memory

set label 1 bold("Excitatory neurons that two people share").", ".pretty(layer) \
    at screen 0.03, screen 1 - 0.16/height left
set label 2 small("bar: Jaccard index of the sets; line: expected of independent sets; dot: q < 0.05") \
    at screen 0.03, screen 1 - 0.36/height left textcolor rgb "#555555"
longest = 1
do for [name in names] { longest = strlen(name) > longest ? strlen(name) : longest }
set lmargin at screen 0.06 + 0.0105*longest
set rmargin at screen 0.97
set tmargin at screen 1 - 0.5/height
set bmargin at screen 0.4/height
unset key
set grid noytics xtics linetype -1 linewidth 0.4 linecolor rgb "#DDDDDD" dashtype solid
stats [*:*] [*:*] $rows using ($1 > $2 ? $1 : $2) nooutput
set xrange [0:1.12*STATS_max]
set yrange [shown + 0.6:0.4]
set ytics scale 0
set ytics ("" 0)
do for [i = 1:shown] { set ytics add (pretty_pair(word(names, i)) i) }
set xlabel "Jaccard index" offset 0, 0.6
set style fill solid 1 noborder
plot $rows every ::0::shown-1 using ($1/2):($0+1):($1/2):(0.34) with boxxyerror linecolor rgb ours_colour, \
    $rows every ::0::shown-1 using 2:($0+1-0.42):(0):(0.84) with vectors nohead linecolor rgb "#000000" \
        linewidth 1.6 dashtype solid, \
    $rows every ::0::shown-1 using (only($3 < 0.05, ($1 > $2 ? $1 : $2) + 0.02*STATS_max)):($0+1) \
        with points linecolor rgb "#D55E00" pointtype 7 pointsize 0.4
unset output
