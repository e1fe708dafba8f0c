"""The whole study: how numbers are judged, that the committed table is what rules and results give,
and a small run from faces to the page.

usage: test_paper.py SOURCE_ROOT BUILD_ROOT
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

ROOT, BUILD = sys.argv[1:]
PAPER = os.path.join(ROOT, "experiments", "paper")
RULES = """place	study	quantity	expression	rule	tolerance	faces	note
F1	s	near	a/x	near	0.1	any	
F1	s	far	b/x	near	0.1	any	they are far
F2	s	ratio	a/x - b/x	ratio	2	any	
F3	s	error	c/x	error	2	photographs	
F4	s	sign	a/x - c/x	sign	0.001	any	
F5	s	none	d/x	none	NA	any	cannot
F6	s	every	e/*	near	0.01	any	
F6	s	any	*/y	near	0.2	any	
F7	gone	gone	a/x	near	0.1	any	
F8	s	no such	z/x	near	0.1	any	
F9	s	no paper	f/x	near	0.1	any	
"""
NUMBERS = """quantity	kind	paper	ours	ci_low	ci_high
a	x	0.5	0.55	0.5	0.6
b	x	0.2	0.45	0.4	0.5
c	x	0.99	0.97	NA	NA
d	x	0.9	0.9	NA	NA
e	x	1	1.001	NA	NA
e	y	1	1.1	NA	NA
e	z	NA	1.1	NA	NA
f	x	NA	0.3	NA	NA
"""


def judge(work, rules, numbers, drawn):
    for name, text in (("rules.tsv", rules), ("comparison.tsv", numbers)):
        with open(os.path.join(work, name), "w", encoding="utf-8") as f:
            f.write(text)
    return subprocess.run(["awk", "-F", "\t", "-v", "OFS=\t", "-v", f"drawn={drawn}", "-f", os.path.join(PAPER, "judge.awk"),
                           "rules.tsv", "of=s", "comparison.tsv"], cwd=work, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"})


def check_rules(work):
    done = judge(work, RULES, NUMBERS, 0)
    assert done.returncode == 0, done.stderr
    rows = [list(r.values()) for r in csv.DictReader(done.stdout.splitlines(), delimiter="\t")]
    found = {r[2]: (r[3], r[4], r[7], r[9]) for r in rows}
    assert found == {
        "near": ("0.5", "0.55", "yes", "NA"),
        "far": ("0.2", "0.45", "no", "they are far"),
        "ratio": ("0.3", "0.1", "no", "outside the rule"),
        "error": ("0.99", "0.97", "no", "outside the rule"),
        "sign": ("-0.49", "-0.42", "yes", "NA"),
        "none": ("0.9", "0.9", "not_comparable", "cannot"),
        "every x": ("1", "1.001", "yes", "NA"),
        "every y": ("1", "1.1", "no", "outside the rule"),
        "any e": ("1", "1.1", "yes", "NA"),
        "gone": ("NA", "NA", "not_comparable", "the study gone was not run"),
        "no such": ("NA", "NA", "not_comparable", "not measured here"),
        "no paper": ("NA", "0.3", "not_comparable", "the paper has no number"),
    }, found
    assert [r[5:7] for r in rows if r[2] == "near"] == [["0.5", "0.6"]]
    drawn = judge(work, RULES, NUMBERS, 1).stdout
    assert [line.split("\t")[7] for line in drawn.splitlines() if "\terror\t" in line[:20]] == ["not_comparable"]
    done = judge(work, RULES.replace("\tnear\t0.1", "\tnearly\t0.1"), NUMBERS, 0)
    assert done.returncode == 1 and 'no rule "nearly"' in done.stderr
    done = judge(work, RULES, NUMBERS.replace("paper", "papers", 1), 0)
    assert done.returncode == 1 and "comparison.tsv: has no column paper" in done.stderr


def check_committed():
    """The table of LFW is what the rules make of the committed comparisons."""
    folder = os.path.join(ROOT, "notebooks-data", "results", "paper-lfw")
    done = subprocess.run([os.path.join(PAPER, "compare.sh"), folder, "photographs"], capture_output=True, text=True)
    with open(os.path.join(folder, "paper_vs_ours.tsv"), encoding="utf-8") as f:
        assert done.stdout == f.read(), "make notebooks-data/results/paper-lfw/paper_vs_ours.tsv again, and say why"


def experiment(out, *options):
    return subprocess.run([os.path.join(PAPER, "run.sh"), "--out", out, "--bin", BUILD, *options], capture_output=True,
                          text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def check_run(work):
    settings, out = os.path.join(work, "settings"), os.path.join(work, "a run")
    with open(settings, "w", encoding="utf-8") as f:
        f.write("identities=15 images=90 train_identities=10 train_images_drawn=20 formats=svg\n")
    options = ["--settings", settings, "--only", "sparsity", "--bootstrap", "20"]
    done = experiment(out, *options)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "4 agree" in done.stdout or "don't compare" in done.stdout
    assert "The faces are drawn" in done.stdout
    with open(os.path.join(out, "paper_vs_ours.tsv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    with open(os.path.join(out, "sparsity", "comparison.tsv"), encoding="utf-8") as f:
        ours = {r["quantity"]: r["ours"] for r in csv.DictReader(f, delimiter="\t")}
    assert [r["ours"] for r in rows if r["study"] == "sparsity"] == [ours[k] for k in (
        "active_share", "active_neurons_per_image_sd", "images_per_neuron_share", "images_per_neuron_share_sd")]
    assert {r["agrees"] for r in rows if r["study"] != "sparsity"} == {"not_comparable"}
    with open(os.path.join(out, "report.html"), encoding="utf-8") as f:
        page = f.read()
    assert '"present":false' in page and "synthetic faces, drawn from seed 1" in page
    again = experiment(out, *options)
    assert again.returncode == 0 and again.stderr.count("done before") >= 6, again.stderr
    with open(os.path.join(out, "report.html"), encoding="utf-8") as f:
        assert f.read() == page, "a second run moves nothing"
    changed = experiment(out, *options, "--bootstrap", "30")
    assert changed.returncode == 0 and "facet-dump" not in changed.stderr and "== analysis\n" in changed.stderr, changed.stderr


def check_misuse(work):
    for status, text, options in (
            (2, "no experiment 'dreams'", ["--only", "dreams"]),
            (2, "belong to --lfw", ["--pairs", "x"]),
            (2, "is not a positive number", ["--images", "none"]),
            (1, "nowhere: no such folder", ["--lfw", "nowhere"]),
            (1, "has no pairs.txt", ["--lfw", work]),
            (1, "cannot be read", ["--lfw", work, "--pairs", "nowhere.txt"])):
        done = experiment(os.path.join(work, "misuse"), *options)
        assert done.returncode == status and text in done.stderr, (options, done.stderr)


def main():
    for need in ("bash", "awk", "gnuplot"):
        if shutil.which(need) is None:
            print(f"skipped: {need} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        check_rules(work)
        check_committed()
        check_misuse(work)
        check_run(work)
    print("the whole study works")


if __name__ == "__main__":
    main()
