# judge.awk: the studies' numbers beside the paper's, each judged by its rule.
#
#   awk -F '\t' -v OFS='\t' -v drawn=0|1 -f judge.awk rules.tsv of=NAME NAME/comparison.tsv ..
#
# A study's comparison.tsv has columns that name a quantity, then paper, then ours (or estimate),
# ci_low, ci_high. The names joined by "/" are a quantity's key. A rule's expression is a key, the
# difference "KEY - KEY" of two, or a key with one * for any text: every such key that the paper has a
# number for. What the rules ask:
#
#   near T    |ours - paper| <= T
#   ratio F   ours and paper have one sign, and neither is more than F times the other
#   error F   the same of 1 - ours and 1 - paper, of accuracies
#   sign T    ours and paper have one sign, or both are at most T from zero
#   none      they don't compare: the note says why
#
# A difference has no interval: its two numbers come from the same images.
function key_of(    i, key) {
    key = $1
    for (i = 2; i < at["paper"]; i++) key = key "/" $i
    return key
}
function field(name) { return name in at ? $at[name] : "NA" }
function abs(x) { return x < 0 ? -x : x }
function within(a, b, factor) { return a * b > 0 && abs(a) <= factor * abs(b) && abs(b) <= factor * abs(a) }
function less(from, a, b) {
    return from[a] == "NA" || from[b] == "NA" ? "NA" : sprintf("%.9g", from[a] - from[b])
}
# yes or no
function judge(rule, tolerance, x, y) {
    if (rule == "near") return abs(y - x) <= tolerance ? "yes" : "no"
    if (rule == "ratio") return within(x, y, tolerance) ? "yes" : "no"
    if (rule == "error") return within(1 - x, 1 - y, tolerance) ? "yes" : "no"
    if (rule == "sign")
        return x * y > 0 || abs(x) <= tolerance && abs(y) <= tolerance ? "yes" : "no"
    print "judge.awk: rules.tsv: no rule \"" rule "\"" >"/dev/stderr"
    exit failed = 1
}
function words(rule, tolerance) {
    if (rule == "near") return "differ by at most " tolerance
    if (rule == "ratio") return "within a factor of " tolerance
    if (rule == "error") return "errors (1 - accuracy) within a factor of " tolerance
    if (rule == "sign") return "same sign, or both within " tolerance " of zero"
    return "not judged"
}
function row(r, quantity, x, y, from, to,    verdict, why) {
    why = note[r]
    verdict = "not_comparable"
    if (rule[r] == "none")
        verdict = "not_comparable"
    else if (!(study[r] in present))
        why = "the study " study[r] " was not run"
    else if (y == "NA")
        why = "not measured here"
    else if (x == "NA")
        why = "the paper has no number"
    else if (faces[r] == "photographs" && drawn)
        why = "drawn faces: it takes photographs"
    else
        verdict = judge(rule[r], tolerance[r], x, y)
    if (verdict == "yes")
        why = "NA"
    else if (verdict == "no" && why == "")
        why = "outside the rule"
    print place[r], study[r], quantity, x, y, from, to, verdict, words(rule[r], tolerance[r]), why
}
function get(from, key) { return key in from ? from[key] : "NA" }
function is_between(text, start, end) {
    return length(text) >= length(start) + length(end) && index(text, start) == 1 && \
        substr(text, length(text) - length(end) + 1) == end
}
function apply(r,    name, part, i, found) {
    name = study[r] "/" expression[r]
    if (split(expression[r], part, " - ") == 2) {
        part[1] = study[r] "/" part[1]
        part[2] = study[r] "/" part[2]
        if (!(part[1] in ours) || !(part[2] in ours))
            row(r, quantity[r], "NA", "NA", "NA", "NA")
        else
            row(r, quantity[r], less(paper, part[1], part[2]), less(ours, part[1], part[2]), "NA", "NA")
        return
    }
    if (name !~ /\*/) {
        row(r, quantity[r], get(paper, name), get(ours, name), get(low, name), get(high, name))
        return
    }
    split(name, part, "*")
    for (i = 1; i <= keys; i++)
        if (is_between(key[i], part[1], part[2]) && paper[key[i]] != "NA") {
            found = 1
            row(r, quantity[r] " " substr(key[i], length(part[1]) + 1, \
                length(key[i]) - length(part[1]) - length(part[2])), paper[key[i]], ours[key[i]], \
                low[key[i]], high[key[i]])
        }
    if (!found) row(r, quantity[r] " ..", "NA", "NA", "NA", "NA")
}
FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i }
FNR == 1 && FNR != NR && !("paper" in at) {
    print "judge.awk: " FILENAME ": has no column paper" >"/dev/stderr"
    exit failed = 1
}
FNR == 1 { next }
FNR == NR {
    rules++
    place[rules] = $at["place"]; study[rules] = $at["study"]; quantity[rules] = $at["quantity"]
    expression[rules] = $at["expression"]; rule[rules] = $at["rule"]
    tolerance[rules] = $at["tolerance"]; faces[rules] = $at["faces"]; note[rules] = $at["note"]
    next
}
{
    name = of "/" key_of()
    present[of]
    key[++keys] = name
    paper[name] = $at["paper"]
    ours[name] = "ours" in at ? $at["ours"] : field("estimate")
    low[name] = field("ci_low")
    high[name] = field("ci_high")
}
END {
    if (failed) exit 1
    print "place", "study", "quantity", "paper", "ours", "ci_low", "ci_high", "agrees", "rule", "why_not"
    for (r = 1; r <= rules; r++) apply(r)
}
