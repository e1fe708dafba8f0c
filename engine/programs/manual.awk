# manual.awk: a manual page, for man, from a program's --help, which is the one source of both.
#
#   facet-dump --help | awk -v version=0.1.0 -f manual.awk >facet-dump.1
#
# The help is, a blank line between each two: "NAME: SUMMARY", "Usage: ..", "Example:" with indented
# commands, paragraphs that describe, "Options:" with indented lines, "Commands:" with lines "NAME: ..",
# paragraphs of notes, "See also: ..". The first line's NAME may be of two words, a program's command.

function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    sub(/^[.']/, "\\\\\\&&", text)
    return text
}
function section(name) {
    if (name != current) print ".SH " name
    else print ".PP"
    current = name
}
# An option: its names in bold, what it takes in italics.
function option_head(text,    words, n, i, line) {
    n = split(text, words, " ")
    for (i = 1; i <= n; i++)
        line = line (i > 1 ? " " : "") (words[i] ~ /^-/ ? "\\fB" : "\\fI") escape(words[i]) "\\fR"
    print ".TP\n" line
}
function bad(text) {
    print "manual.awk: " text >"/dev/stderr"
    failed = 1
    exit 1
}

{ lines[NR] = $0 }
/^ *-h, --help / { column = match($0, /--help +/) + RLENGTH }

END {
    if (failed) exit 1
    colon = index(lines[1], ": ")
    if (!colon || !column) bad("this is no help: " lines[1])
    name = substr(lines[1], 1, colon - 1)
    title = name
    sub(/ /, "-", title)
    summary = substr(lines[1], colon + 2)
    sub(/\.$/, "", summary)
    print ".TH " toupper(escape(title)) " 1 \"\" \"facet " version "\" facet"
    section("NAME")
    print escape(name) " \\- " escape(summary)
    part = "DESCRIPTION"
    for (i = 2; i <= NR; i++) {
        line = lines[i]
        begins = lines[i - 1] == ""
        if (line == "") {
            if (part == "EXAMPLE") { print ".fi"; part = "DESCRIPTION" }
            if (part == "OPTIONS" && lines[i + 1] !~ /^ / || part == "COMMANDS") part = "NOTES"
        } else if (begins && line ~ /^Usage: /) {
            section("SYNOPSIS")
            print escape(substr(line, 8))
        } else if (begins && line ~ /^Examples?:$/) {
            section("EXAMPLE")
            print ".nf"
            part = "EXAMPLE"
        } else if (begins && line ~ /^Options:$/) {
            section("OPTIONS")
            part = "OPTIONS"
        } else if (begins && line ~ /^Commands:$/) {
            section("COMMANDS")
            part = "COMMANDS"
        } else if (part == "COMMANDS" && (colon = index(line, ": ")) > 0) {
            print ".TP\n\\fB" escape(substr(line, 1, colon - 1)) "\\fR"
            print escape(substr(line, colon + 2))
        } else if (begins && line ~ /^See also: /) {
            section("SEE ALSO")
            print escape(substr(line, 11))
        } else if (part == "OPTIONS" && match(line, /^ *-/) && RLENGTH <= 7) {
            # the text begins in its column, behind the option or, where that is longer, a blank
            at = column
            if (substr(line, at - 1, 1) != " ")
                at = match(substr(line, at), / /) ? at + RSTART : length(line) + 1
            option_head(substr(line, 1, at - 1))
            if (at <= length(line)) print escape(substr(line, at))
        } else {
            if (begins && part != "OPTIONS") section(part)
            sub(/^ +/, "", line)
            print escape(line)
        }
    }
}
