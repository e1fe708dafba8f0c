# figure08.gp: the paper's Fig. 8: how well the best single neuron tells a person, beside the paper's
# network and its best single LBP value.
#
#   gnuplot -c figure08.gp TABLES_DIR OUT_FILE [layer=fc4] [features=mirror_concat] [paper=DIR]
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
needs = "targets.tsv:target,layer,features,kind,best_excitatory_accuracy,best_inhibitory_accuracy,chosen_excitatory_accuracy,chosen_inhibitory_accuracy"
width = 7.0
height = 3.2
load system("dirname '".ARG0."'")."/style.gp"

paper_file = "figure08_single_feature_identity.tsv"
key = "identity"
methods = "deepid2plus,high_dim_lbp"
ours_file = "targets.tsv"
heading = "The best single neuron: people"
ours_title = "here, the best of all"
only = "identity"
point_title = "chosen on the other half"
note = ""
load here."/bars.gp"
