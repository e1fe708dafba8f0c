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

# ---- totals, means, counts ----

share(x, all) = 100.*x/all
# mean and sd as "292 ± 34 of 512 (57 %)"
spread(mean, sd, total) = grouped(mean)." ".plus_minus." ".grouped(sd)." of ".grouped(total). \
    sprintf(" (%.0f %s)", share(mean, total), percent)

array measure[2] = ["active_neurons_per_image", "images_per_neuron"]
array total[2] = [0, 0] # neurons, images
stats table("neurons.tsv") using (is(layer) ? \
    (total[1] = total[1] + 1, total[2] = column("n")) : 0) nooutput

array ours[2] = ["", ""]
array paper_text[2] = ["", ""]
array counts[2] = [0, 0]
array paper_total[2]
array paper_counts[2] = [0, 0]
array paper_bin[2] # width, in percent
do for [i = 1:2] {
    stats table("summary.tsv") using (is(layer) && strcol("measure") eq measure[i] ? \
        strlen(ours[i] = spread(column("estimate"), column("sd"), total[i])) : 0) nooutput
    if (!strlen(ours[i])) {
        print sprintf("%s: has no measure '%s' of layer '%s'", table("summary.tsv"), measure[i], \
                      layer)
        exit status 1
    }
    stats table(measure[i].".tsv") using (is(layer) && column("count") > 0 ? \
        (counts[i] = counts[i] + column("count")) : 0) nooutput
    if (with_paper) {
        stats paper_file[1] using (strcol("quantity") eq measure[i] ? \
            (paper_total[i] = column("total"), strlen(paper_text[i] = \
                spread(column("mean"), column("sd"), column("total")))) : 0) nooutput
        stats paper_file[i+1] using (column("bin_centre")): \
            (paper_counts[i] = paper_counts[i] + column(2)) nooutput
        paper_bin[i] = share((STATS_max_x - STATS_min_x)/(STATS_records - 1), paper_total[i])
    }
}

# ---- drawing ----

heading(text, i) = bold(text)."\n".small("this network: ".ours[i]).(with_paper ? \
    "\n".small("paper: ".paper_text[i]) : "")
# share of all counts in a bin, by the bin's width, so that histograms of unlike bins compare
density(count, all, bin) = share(count, all)/bin
middle(i) = share((column("bin_left") + column("bin_right"))/2, total[i])
bin(i) = share(column("bin_right") - column("bin_left"), total[i])

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

set multiplot layout 1, 2 margins screen 0.075, 0.965, 0.15, 0.72 spacing screen 0.11
set xtics 0, 20, 100
set yrange [0:*]
set title offset 0, -0.3
set ylabel offset 1
array titles[2] = ["Active neurons per image", "Images per neuron"]
array x_labels[2] = ["active neurons", "images it is active on"]
array y_labels[2] = ["images", "neurons"]
do for [i = 1:2] {
    set title heading(titles[i], i)
    set xlabel sprintf("%s (%s of %s)", x_labels[i], percent, grouped(total[i]))
    set ylabel sprintf("%s of %s, per 1 %s of %s", percent, y_labels[i], percent, y_labels[3-i])
    set xrange [0:100]
    eval select("$ours", measure[i].".tsv", "is(layer)", \
        "(middle(i)):(density(column('count'), counts[i], bin(i))):(bin(i))")
    if (with_paper) {
        eval from_tables
        set table $paper
        plot paper_file[i+1] using (share(column("bin_centre"), paper_total[i])): \
            (density(column(2), paper_counts[i], paper_bin[i])) with table
        unset table
        eval from_memory
        plot $ours using 1:2:3 with boxes fillstyle solid 0.75 linecolor rgb ours_colour, \
            $paper using 1:2 with histeps linecolor rgb paper_colour linewidth 1.3 dashtype solid
    } else {
        plot $ours using 1:2:3 with boxes fillstyle solid 0.75 linecolor rgb ours_colour
    }
    unset object 1
    unset arrow
    unset label
}
unset multiplot
unset output
