# style.gp: what every figure shares: arguments, checks, terminal, fonts, lines and colours.
#
# A figure script says what it needs and loads this file:
#
#   script = ARG0; argument_count = ARGC; array argument[9]
#   do for [i = 1:ARGC] { argument[i] = ARGV[i] }
#   layer = "fc4"; view = "original"                  # options with their defaults
#   options = "layer view"                            # which of them key=value may set
#   needs = "neurons.tsv:layer,view,neuron,active_share summary.tsv:layer,view,measure"
#   width = 7.0; height = 3.0                         # inches
#   page = "height = 1 + words(layers)"               # where the tables say how large: commands that
#                                                     # are run once these are checked
#   load system("dirname '".ARG0."'")."/style.gp"
#
# and is run as: gnuplot -c figure.gp TABLES_DIR OUT_FILE [key=value]...
# The ending of OUT_FILE says the format: .svg, .png, .pdf, or .tex (cairolatex: a .pdf comes beside
# it). On return every table in `needs` has its columns and rows for `layer` and `view`, and the
# output is open. A fault ends gnuplot with status 1, misuse with 2, before anything is written.

# ---- arguments ----

if (argument_count < 2) {
    print sprintf("usage: gnuplot -c %s TABLES_DIR OUT_FILE [key=value]... (keys: %s)", \
                  script, options)
    exit status 2
}
tables = argument[1]
output_file = argument[2]
do for [i = 3:argument_count] {
    equals = strstrt(argument[i], "=")
    key = equals > 1 ? argument[i][1:equals-1] : ""
    if (!strlen(key) || !strstrt(" ".options." ", " ".key." ")) {
        print sprintf("'%s': expected key=value with one of the keys: %s", argument[i], options)
        exit status 2
    }
    eval key." = argument[".i."][equals+1:*]"
}
here = system("dirname '".script."'")

# text with every `a` made `b`
replace(text, a, b) = strstrt(text, a) == 0 ? text : text[1:strstrt(text, a)-1].b. \
    replace(text[strstrt(text, a)+strlen(a):*], a, b)
quoted(path) = "'".replace(path, "'", "'\\''")."'"

# ---- tables ----

set datafile missing "NA"
from_tables = "set datafile separator tab columnheaders"
from_memory = "set datafile separator whitespace nocolumnheaders"
eval from_tables

table(name) = tables."/".name
# rows of a table with these columns, or a line that begins with "!"
inspect(path, columns, layer, view) = system(sprintf( \
    "awk -f %s -v columns=%s -v layer=%s -v view=%s %s", quoted(here."/check.awk"), columns, \
    quoted(layer), quoted(view), quoted(path)))
do for [need in needs] {
    colon = strstrt(need, ":")
    found = inspect(table(need[1:colon-1]), need[colon+1:*], layer, view)
    if (found[1:1] eq "!" || !strlen(found)) {
        print found[2:*]
        exit status 1
    }
}

# The rows of a large table with these values ("layer=fc4\ttarget=male"), for select(); and the values of
# a column in them, each once, a space before each.
choose(name, where, more) = sprintf("awk -f %s -v where=%s %s %s", quoted(here."/choose.awk"), \
    quoted(where), more, quoted(table(name)))
rows_of(name, where) = "< ".choose(name, where, "")
values_of(name, where, column) = system(choose(name, where, "-v show=".column))

# In `using`: is this row of that layer, in the figure's view?
is(name) = strcol("layer") eq name && strcol("view") eq view
only(condition, value) = condition ? value : NaN
# eval select("$block", "neurons.tsv", "is('fc4')", "(column('mean')):(column('sd'))") puts what
# `using` makes of a table's rows into a data block; then plots read gnuplot's own data until
# eval from_tables. (Rows left out as NaN would break lines and widen ranges.)
select(block, name, condition, fields) = from_tables."; set print ".block."; unset print; ". \
    "set table ".block."; plot ".source(name)." using ".fields." with table if (".condition."); ". \
    "unset table; ".from_memory
source(name) = name[1:1] ne "<" ? "'".replace(table(name), "'", "''")."'" : \
    strlen(command = name) ? "command" : "" # its quotes are more than one pair of quotes can hold
# eval distinct("layers", "neurons.tsv", "layer", "1") puts into a variable the values of a column in
# the rows of that condition, each once, in the table's order.
distinct(variable, name, column, condition) = variable." = ''; stats [*:*] [*:*] '". \
    replace(table(name), "'", "''")."' using ((".condition.") && !strstrt(' '.".variable.".' ', ". \
    "' '.strcol('".column."').' ') ? strlen(".variable." = ".variable.".' '.strcol('".column."')) ". \
    ": 0) nooutput"
known(name) = strcol(name) ne "NA"
# in place of a plot without rows
nothing = "set label 99 'no data' at graph 0.5, graph 0.5 center textcolor rgb '#777777'; ". \
    "plot [] [0:1] -1; unset label 99"

# ---- terminal ----

if (exists("page")) { eval page }

tail = strlen(output_file) > 4 ? output_file[strlen(output_file)-3:*] : ""
face = "DejaVu Sans"
if (tail eq ".svg") {
    set terminal svg size width*96, height*96 font face.",8" fontscale 4./3 linewidth 4./3 \
        enhanced rounded background "white"
} else { if (tail eq ".png") {
    set terminal pngcairo size width*200, height*200 font face.",8" fontscale 200./96 \
        linewidth 200./72 pointscale 200./96 dashlength 2 enhanced rounded background "white"
} else { if (tail eq ".pdf") {
    set terminal pdfcairo size width in, height in font face.",8" fontscale 0.75 linewidth 2 dashlength 2 pointscale 0.7 \
        enhanced rounded background "white"
} else { if (tail eq ".tex") {
    set terminal cairolatex pdf size width in, height in font ",8" fontscale 0.75 linewidth 2 dashlength 2 pointscale 0.7 \
        rounded
} else {
    print sprintf("'%s': the name must end in .svg, .png, .pdf or .tex", output_file)
    exit status 2
}}}}
is_tex = tail eq ".tex"

# ---- text ----

percent = is_tex ? "\\%" : "%"
plus_minus = is_tex ? "$\\pm$" : "±"
bold(text) = is_tex ? "\\textbf{".text."}" : "{/:Bold ".text."}"
small(text) = is_tex ? "{\\footnotesize ".text."}" : "{/=7 ".text."}"
# a name from a table or the command line, without markup
plain(text) = is_tex ? replace(replace(text, "_", "\\_"), "%", "\\%") : replace(text, "_", "\\_")
# FC-1 for fc1, as the paper writes, FC-1+FC-2 for fc1+fc2; other names as they are
pretty(name) = strstrt(name, "+") > 1 ? pretty(name[1:strstrt(name, "+")-1])."+". \
    pretty(name[strstrt(name, "+")+1:*]) : \
    name[1:2] eq "fc" && strlen(name) == 3 ? "FC-".name[3:3] : name eq "lbp" ? "LBP" : plain(name)
# what scores a pair, and its line type, the same in every figure
metric_name(metric) = metric eq "joint_bayesian" ? "Joint Bayesian" : metric eq "cosine" ? "cosine" : \
    metric eq "euclidean" ? "Euclidean" : metric eq "hamming" ? "Hamming" : plain(metric)
metric_style(metric) = metric eq "joint_bayesian" ? 1 : metric eq "hamming" ? 2 : \
    metric eq "cosine" ? 3 : metric eq "euclidean" ? 4 : 5
# what of an image and its mirror image is compared
features_name(features) = features eq "original" ? "image alone" : \
    features eq "mirror_sum" ? "image plus mirror image" : \
    features eq "mirror_concat" ? "image and mirror image" : plain(features)
# 26,565
grouped(n) = n < 1000 ? sprintf("%.0f", n) : \
    grouped(floor(n/1000)).sprintf(",%03.0f", n - 1000*floor(n/1000))

# 1, 2 or 5 times a power of ten: about five ticks on an axis of that length
magnitude(x) = 10**floor(log10(x))
tick_step(range) = range <= 0 ? 1 : magnitude(range/5.)*(range/5./magnitude(range/5.) < 1.5 ? 1 : \
    range/5./magnitude(range/5.) < 3.5 ? 2 : range/5./magnitude(range/5.) < 7.5 ? 5 : 10)

# ---- lines and colours ----

# Okabe and Ito's colours, which the colour-blind tell apart; dashes and points differ as well, so
# that a grey copy can be read.
set linetype 1 linecolor rgb "#0072B2" linewidth 1.2 dashtype 1 pointtype 7 pointsize 0.45
set linetype 2 linecolor rgb "#D55E00" linewidth 1.2 dashtype (9, 3) pointtype 5 pointsize 0.45
set linetype 3 linecolor rgb "#009E73" linewidth 1.2 dashtype (3, 2) pointtype 9 pointsize 0.55
set linetype 4 linecolor rgb "#CC79A7" linewidth 1.2 dashtype (9, 2, 2, 2) pointtype 11 pointsize 0.55
set linetype 5 linecolor rgb "#E69F00" linewidth 1.2 dashtype (1, 2) pointtype 13 pointsize 0.55
set linetype 6 linecolor rgb "#56B4E9" linewidth 1.2 dashtype (12, 2) pointtype 4 pointsize 0.45
set linetype 7 linecolor rgb "#000000" linewidth 1.2 dashtype (6, 2, 1, 2) pointtype 6 pointsize 0.45
set linetype cycle 7

ours_colour = "#56B4E9"
paper_colour = "#000000"

set border 3 linewidth 0.6 linecolor rgb "#444444"
set tics nomirror out scale 0.5 textcolor rgb "#222222"
set grid ytics linetype -1 linewidth 0.4 linecolor rgb "#DDDDDD" dashtype solid
set key noautotitle samplen 2 spacing 1.1
set style fill solid 0.25 noborder
set errorbars small

set output output_file
