# figure15.gp: the paper's Fig. 15: verification when the bottom of the faces is hidden, by layer, with
# 95 % intervals over people; the paper's curves; how many neurons keep their binary state.
#
#   gnuplot -c figure15.gp TABLES_DIR OUT_FILE [features=original] [metric=joint_bayesian] [paper=DIR]
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

kind = "bottom"
paper_file = "figure15_partial.tsv"
paper_unit = 100 # a level of the paper's in one of ours
heading = "The bottom of the face hidden"
axis = percent." of the face hidden"
load here."/hidden.gp"
