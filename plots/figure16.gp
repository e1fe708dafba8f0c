# figure16.gp: the paper's Fig. 16: verification when a square of the faces is hidden, at a place drawn
# for each image, by layer, with 95 % intervals over people; the paper's curves; how many neurons keep
# their binary state.
#
#   gnuplot -c figure16.gp TABLES_DIR OUT_FILE [features=original] [metric=joint_bayesian] [paper=DIR]
#
# `features` is by default the table's first, `metric` joint_bayesian, or the table's first where it is
# absent. `paper` is the folder of the paper's numbers; "none" leaves them out.

script = ARG0; argument_count = ARGC; array argument[9]
do for [i = 1:ARGC] { argument[i] = ARGV[i] }
layer = ""
view = ""
features = ""
metric = ""
paper = system("d=$(dirname '".ARG0."'); for p in \"$d/paper\" \"$d/../notebooks-data/paper\"; do ". \
    "if [ -d \"$p\" ]; then echo \"$p\"; exit; fi; done; echo none")
options = "features metric paper"
needs = "accuracy.tsv:layer,features,metric,kind,level,estimate,ci_low,ci_high". \
    " drift.tsv:layer,features,kind,level,measure,estimate,ci_low,ci_high"
width = 10.0
height = 3.8
load system("dirname '".ARG0."'")."/style.gp"

kind = "block"
paper_file = "figure16_block.tsv"
paper_unit = 1 # a level of the paper's in one of ours
heading = "A square of the face hidden"
axis = "side of the square, pixels of 94 x 110"
load here."/hidden.gp"
