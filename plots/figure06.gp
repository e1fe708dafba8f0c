# figure06.gp: the paper's Fig. 6. Left: how many neurons are active on an image. Right: on how
# many images a neuron is active. The paper's histograms are drawn as outlines; both axes are
# shares, because the numbers of images differ.
#
#   gnuplot -c figure06.gp TABLES_DIR OUT_FILE [layer=fc4] [view=original] [paper=DIR]
#
# `paper` is the folder of the paper's numbers; "none" leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = "original"
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "layer view paper"
needs = "summary.tsv:layer,view,measure,estimate,sd neurons.tsv:layer,view,neuron,n". \
    " active_neurons_per_image.tsv:layer,view,bin_left,bin_right,count". \
    " images_per_neuron.tsv:layer,view,bin_left,bin_right,count"
width = 7.0
height = 3.4
load system("dirname '".ARG0."'")."/style.gp"

with_paper = paper ne "none"
array paper_file[3] = [paper."/figure06_summary.tsv", \
    paper."/figure06_active_neurons_per_image.tsv", paper."/figure06_images_per_neuron.tsv"]
array paper_columns[3] = ["quantity,mean,sd,total", "bin_centre,images", "bin_centre,neurons"]
if (with_paper) {
    do for [i = 1:3] {
        found = inspect(paper_file[i], paper_columns[i], "", "")
        if (found[1:1] eq "!") { print found[2:*]; exit status 1 }
    }
}

# ---- totals and means ----

neurons = 0
images = 0
stats table("neurons.tsv") using \
    (is(layer) ? (neurons = neurons + 1, images = column("n")) : 0) nooutput

# mean and sd as "292 ± 34 of 512 (57 %)"
spread(mean, sd, total) = grouped(mean)." ".plus_minus." ".grouped(sd)." of ".grouped(total). \
    sprintf(" (%.0f %s)", 100.*mean/total, percent)

array measure[2] = ["active_neurons_per_image", "images_per_neuron"]
array total[2] = [neurons, images]
array ours[2]
array theirs[2]
array paper_total[2]
do for [i = 1:2] {
    ours[i] = ""
    stats table("summary.tsv") using (is(layer) && strcol("measure") eq measure[i] ? \
        strlen(ours[i] = spread(column("estimate"), column("sd"), total[i])) : 0) nooutput
    if (!strlen(ours[i])) {
        print sprintf("%s: has no measure '%s' of layer '%s'", table("summary.tsv"), measure[i], \
                      layer)
        exit status 1
    }
    theirs[i] = ""
    if (with_paper) {
        stats paper_file[1] using (strcol("quantity") eq measure[i] ? \
            (paper_total[i] = column("total"), \
             strlen(theirs[i] = spread(column("mean"), column("sd"), column("total")))) : 0) \
            nooutput
    }
}

# ---- drawing ----

heading(name, i) = bold(name)."\n".small("this network: ".ours[i]).(with_paper ? \
    "\n".small("paper: ".theirs[i]) : "")
share(x, all) = 100.*x/all
# share of all counts in a bin, by the bin's width, so that histograms of unlike bins compare
density(count, all, bin) = share(count, all)/bin

# the legend, in a row above both panels
top = 0.955
set object 1 rectangle from screen 0.17, top-0.02 to screen 0.205, top+0.02 \
    fillstyle solid 0.75 noborder fillcolor rgb ours_colour
set label 1 "this network, ".pretty(layer) at screen 0.215, top left
if (with_paper) {
    set arrow 1 from screen 0.43, top to screen 0.465, top nohead \
        linecolor rgb paper_colour linewidth 1.3
    set label 2 "paper (DeepID2+, trained on 290,000 images)" at screen 0.475, top left
}

set multiplot layout 1, 2 margins screen 0.075, 0.965, 0.15, 0.7 spacing screen 0.11
set xrange [0:100]
set xtics 0, 20, 100
set yrange [0:*]
set ytics
set grid noxtics
do for [i = 1:2] {
    source = table(measure[i].".tsv")
    counts = 0
    stats source using (is(layer) ? counts = counts + column("count") : 0) nooutput
    paper_counts = 0
    paper_bin = 0
    if (with_paper) {
        count_column = i == 1 ? "images" : "neurons"
        stats paper_file[i+1] using (paper_counts = paper_counts + column(count_column)) nooutput
        stats paper_file[i+1] using (column("bin_centre")) nooutput
        paper_bin = share((STATS_max - STATS_min)/(STATS_records - 1), paper_total[i])
    }
    set title heading(i == 1 ? "Active neurons per image" : "Images per neuron", i) \
        offset 0, -0.3
    if (i == 1) {
        set xlabel sprintf("active neurons (%s of %s)", percent, grouped(total[1]))
        set ylabel percent." of images per point" offset 1
    } else {
        set xlabel sprintf("images it is active on (%s of %s)", percent, grouped(total[2]))
        set ylabel percent." of neurons per point" offset 1
        unset object 1
        unset arrow
        unset label
    }
    middle(l, r) = share((l + r)/2., total[i])
    bin(l, r) = share(r - l, total[i])
    plot source using \
            (only(is(layer), middle(column("bin_left"), column("bin_right")))): \
            (density(column("count"), counts, bin(column("bin_left"), column("bin_right")))): \
            (bin(column("bin_left"), column("bin_right"))) \
            with boxes fillstyle solid 0.75 linecolor rgb ours_colour, \
        (with_paper ? paper_file[i+1] : "/dev/null") using \
            (share(column("bin_centre"), paper_total[i])): \
            (density(column(count_column), paper_counts, paper_bin)) \
            with histeps linecolor rgb paper_colour linewidth 1.3 dashtype solid
}
unset multiplot
unset output
