# Prints a table's heading and the rows in which columns have these values, or with `show` what stands
# in a column of these rows: each value once, in the table's order, a space before each.
#
#   awk -f choose.awk -v where='layer=fc4[tab]target=male' [-v show=features] table.tsv
#
# For tables of a million rows: gnuplot takes seconds over those that it leaves out.
BEGIN {
    FS = "\t"
    wanted = split(where, want, FS)
    for (i = 1; i <= wanted; i++) {
        value[i] = substr(want[i], index(want[i], "=") + 1)
        sub(/=.*/, "", want[i])
    }
}

{
    sub(/\r$/, "")
}

NR == 1 {
    for (i = 1; i <= NF; i++) {
        at[$i] = i
    }
    for (i = 1; i <= wanted; i++) {
        column[i] = at[want[i]]
    }
    if (show == "") {
        print
    }
    next
}

{
    for (i = 1; i <= wanted; i++) {
        if ($column[i] != value[i]) { # as text: substr() made it
            next
        }
    }
    if (show == "") {
        print
    } else if (!($at[show] in seen)) {
        seen[$at[show]]
        printf " %s", $at[show]
    }
}
