#!/bin/sh
# summary.sh: the experiment on one page that needs no other file.
#
#   summary.sh OUT_DIR LAYER VIEW trained|untrained FACES COMMAND    writes HTML to stdout
#
# OUT_DIR holds comparison.tsv, tables/ and figures/ as run.sh leaves them.
set -eu
export LC_ALL=C

[ $# -eq 6 ] || { echo "usage: summary.sh OUT_DIR LAYER VIEW TRAINING FACES COMMAND" >&2 && exit 2; }
out=$1 layer=$2 view=$3 training=$4 faces=$5 command=$6

escaped() {
    printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
}

# figure NAME TEXT CAPTION
figure() {
    printf '<figure><img alt="%s" src="data:image/svg+xml;base64,' "$2"
    base64 -w 0 "$out/figures/$1.svg"
    printf '">\n<figcaption>%s</figcaption></figure>\n' "$3"
}

comparison() {
    awk -F '\t' '
        function shown(x) {
            if (x == "NA") return "&ndash;"
            return x < 1 ? sprintf("%.1f&nbsp;%%", 100 * x) : sprintf(x == int(x) ? "%d" : "%.1f", x)
        }
        NR > 1 {
            label = $1
            gsub(/_/, " ", label)
            interval = $4 == "NA" ? "&ndash;" : shown($4) " to " shown($5)
            printf "<tr><td>%s<td>%s<td>%s<td class="one">%s<td>%s\n", label, shown($2), shown($3), interval, $6
        }' "$out/comparison.tsv"
}

# One row a layer of the measures that summary.tsv has.
layers() {
    awk -F '\t' -v view="$view" '
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["view"] == view {
            if (!($at["layer"] in seen)) { order[++count] = $at["layer"]; seen[$at["layer"]] }
            value[$at["layer"], $at["measure"]] = $at["estimate"]
        }
        function cell(layer, measure, scale, format) {
            if (!((layer, measure) in value) || value[layer, measure] == "NA") return "<td>&ndash;"
            return "<td>" sprintf(format, scale * value[layer, measure])
        }
        END {
            for (k = 1; k <= count; k++) {
                l = order[k]
                print "<tr><td>" l cell(l, "active_share", 100, "%.1f&nbsp;%%") \
                    cell(l, "treves_rolls", 1, "%.3f") cell(l, "hoyer", 1, "%.3f") \
                    cell(l, "gini", 1, "%.3f") cell(l, "kurtosis", 1, "%.2f") \
                    cell(l, "entropy_bits", 1, "%.3f") cell(l, "dead_neurons", 1, "%d") \
                    cell(l, "always_on_neurons", 1, "%d")
            }
        }' "$out/tables/summary.tsv"
}

cat <<'END'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sparsity of a face network's neurons</title>
<style>
:root { color-scheme: light dark; --line: #ccc; --soft: #f3f3f3; --warn: #fff3d6; }
@media (prefers-color-scheme: dark) { :root { --line: #444; --soft: #222; --warn: #3d3010; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; }
.one { white-space: nowrap; }
figure { margin: 1.5rem 0; } figcaption { font-size: .9rem; }
img { width: 100%; background: #fff; border-radius: 4px; }
.note { background: var(--warn); padding: .6rem 1rem; border-radius: 4px; }
code { background: var(--soft); padding: .1rem .3rem; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; }
               figure, tr { break-inside: avoid; } }
</style>
<h1>Are the neurons sparse?</h1>
END
printf '<p>Images: %s. Layer: %s. View: %s.\n' "$(escaped "$faces")" "$(escaped "$layer")" \
    "$(escaped "$view")"
if [ "$training" = untrained ]; then
    cat <<'END'
<p class="note"><strong>The network's weights are random; it was never trained.</strong> What follows
shows what the architecture does by itself. It is no reproduction of the paper's result: that needs a
trained network (<code>--model deepid2plus</code>) and real faces (<code>--lfw</code>).
END
elif [ "${faces#synthetic}" != "$faces" ]; then
    cat <<'END'
<p class="note"><strong>The faces are drawn.</strong> The network was trained on photographs; what it
does on drawn faces shows that everything runs, and is no reproduction of the paper's result. For that
give it photographs (<code>--lfw</code>).
END
fi
cat <<'END'
<h2>Beside the paper</h2>
<p>Sun, Wang and Tang (CVPR 2015) found that in DeepID2+ an image activates about half of the
neurons, and that each neuron is active on about half of the images. A neuron is active when its
value after the rectifier is above zero.</p>
<div class="scroll"><table>
<tr><th>quantity<th>paper<th>here<th>95&nbsp;% interval<th>meaning
END
comparison
echo '</table></div>'
figure figure06 "Histograms of active neurons per image and of images per neuron" \
    "The paper's Fig. 6. Both axes are shares, so that sets of different size compare. Outlines: the
paper's histograms, read off its figure."
cat <<'END'
<h2>How to read it</h2>
<ul>
<li><strong>Active neurons per image</strong>: a narrow peak says that every face is described by a
similar number of neurons, so that no face is a special case.
<li><strong>Images per neuron</strong>: a neuron near 0&nbsp;% or 100&nbsp;% tells nothing about a
face, whatever the average; one near 50&nbsp;% can carry a whole bit (entropy 1). A wide histogram
with neurons at both ends is typical of random weights.
<li><strong>Treves-Rolls, Hoyer, Gini, kurtosis</strong> weigh how unevenly the activation is spread
over the neurons of one image. Low Treves-Rolls, high Hoyer, Gini and kurtosis mean sparse.
<li><strong>Distance within and between identities</strong>: the share of neurons that are on for
just one of two images. Where the network knows people, two images of one identity differ in fewer
neurons than images of two identities.
<li><strong>Intervals</strong> come from drawing identities again, not images: images of one person
are not independent.
</ul>
<h2>Every layer</h2>
<div class="scroll"><table>
<tr><th>layer<th>active share<th>Treves-Rolls<th>Hoyer<th>Gini<th>kurtosis<th>entropy, bits<th>never
active<th>always active
END
layers
echo '</table></div>'
figure sparsity "Nine panels on the sparsity of each layer" \
    "Left: who is active. Middle: how sparse. Right: other thresholds, and pairs of images."
figure neuron_histograms "Histograms of twelve neurons' activations" \
    "Twelve neurons, evenly spaced in the layer. The tall first bar holds the images on which a
neuron is off."
cat <<END
<h2>How it was made</h2>
<p><code>$(escaped "$command")</code></p>
<p>Beside this page: <code>tables/</code> (each table with a .json that defines its columns and names
the inputs with their hashes), <code>comparison.tsv</code>, <code>figures/</code> (svg, pdf, png),
<code>contact_sheet.png</code> (what the network saw), <code>activations.h5</code>.</p>
</html>
END
