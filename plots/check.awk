# Counts a table's rows of one layer and view, once it has the columns a figure needs.
#
#   awk -f check.awk -v columns=layer,view,count -v layer=fc4 -v view=original table.tsv
#
# Prints the count, or one line that begins with "!" and says what is wrong. An empty `layer` or
# `view` stands for any.
BEGIN {
    FS = "\t"
    file = ARGV[1]
    wanted = split(columns, want, ",")
    opened = (getline line < file)
    if (opened <= 0) {
        finish(opened < 0 ? "cannot be read" : "is empty")
    }
    fields = split(trim(line), name, FS)
    for (i = 1; i <= fields; i++) {
        at[name[i]] = i
    }
    for (i = 1; i <= wanted; i++) {
        if (!(want[i] in at)) {
            finish("has no column '" want[i] "'; it has: " join())
        }
    }
    while ((getline line < file) > 0) {
        split(trim(line), field, FS)
        count += matches("layer", layer) && matches("view", view)
    }
    if (count == 0) {
        finish("has no rows" (layer == "" ? "" : " of layer '" layer "'") \
               (view == "" ? "" : (layer == "" ? " of" : " and") " view '" view "'"))
    }
    print count
    done = 1
    exit
}

function trim(text) {
    sub(/\r$/, "", text)
    return text
}

function matches(column, value) {
    return !(column in at) || value == "" || field[at[column]] == value
}

function join(    i, text) {
    for (i = 1; i <= fields; i++) {
        text = text (i > 1 ? ", " : "") name[i]
    }
    return text
}

function finish(fault) {
    print "!" file ": " fault
    exit
}
