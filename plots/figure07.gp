# figure07.gp: the paper's Fig. 7: how well all neurons together tell each attribute, by a linear
# classifier, beside the paper's network and its best LBP.
#
#   gnuplot -c figure07.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [paper=DIR]
#
# `features` is by default the table's first. `paper` is the folder of the paper's numbers; "none"
# leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = "fc4"
view = ""
features = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "layer features paper"
needs = "classifiers.tsv:target,layer,features,classifier,estimate,ci_low,ci_high"
width = 9.0
height = 3.2
load system("dirname '".ARG0."'")."/style.gp"

paper_file = "figure07_attributes.tsv"
key = "attribute"
methods = "deepid2plus,lbp_99120"
ours_file = "classifiers.tsv"
heading = "All neurons together"
ours_title = "here"
only = ""
point_title = ""
note = "linear SVM, one half judged by the other; bars: 95 % intervals over identities"
load here."/bars.gp"
