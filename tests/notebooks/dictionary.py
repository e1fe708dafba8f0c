"""The data dictionary has every column that the programs write, as their tables' .json define it.
Usage: dictionary.py PROGRAMS DICTIONARY [--update]

Runs the programs on a few drawn faces. With --update the dictionary is written anew: do so when a
table has changed."""
import glob
import json
import os
import subprocess
import sys
import tempfile

build, dictionary = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])


def run(program, *arguments):
    path, = glob.glob(os.path.join(build, "*", "*", program))
    subprocess.run([path, *arguments, "-q"], check=True, stdout=subprocess.DEVNULL)


def rename(manifest, out):
    """The same people under other names."""
    with open(manifest, encoding="utf-8") as rows, open(out, "w", encoding="utf-8") as renamed:
        header = next(rows)
        renamed.write(header)
        at = header.rstrip("\n").split("\t").index("identity")
        for row in rows:
            cells = row.split("\t")
            renamed.write("\t".join([*cells[:at], "Other_" + cells[at], *cells[at + 1:]]))


def make_tables():
    for name, seed in (("faces", "1"), ("others", "2")):
        run("facet-synth", "--identities", "40", "--images", "160", "--seed", seed, "-o", name)
    rename("others/manifest.tsv", "others/others.tsv")
    run("facet-model", "create", "--maps", "4", "--width", "16", "--seed", "1", "-o", "small.h5")
    for name, manifest in (("faces", "manifest"), ("others", "others")):
        run("facet-dump", "-m", "small.h5", "-i", f"{name}/{manifest}.tsv", "--mirror", "-o",
            name + ".h5")
    fitted = ("--train-acts", "others.h5", "--pca", "8", "--bootstrap", "10")
    pairs = ("--pairs", "faces/pairs.txt", *fitted)
    os.mkdir("facet-dump")
    run("facet-dump", "-m", "small.h5", "-i", "faces/manifest.tsv", "--occlude", "bottom:20,bottom:50",
        "--layers", "fc4", "--mean-face", "facet-dump/mean_face.tsv", "-o", "hidden.h5")
    run("facet-sparsity", "faces.h5", "--bootstrap", "10", "-o", "facet-sparsity")
    run("facet-verify", "faces.h5", *pairs, "--scores", "-o", "facet-verify")
    run("facet-identify", "faces.h5", "--lfw", "open", "--people", "10", "--distractors", "0", *fitted,
        "-o", "facet-identify")
    run("facet-binarize", "faces.h5", *pairs, "-o", "facet-binarize")
    run("facet-selectivity", "faces.h5", "--by", "identity,male", "--classifiers", "1",
        "-o", "facet-selectivity")
    run("facet-population", "faces.h5", "--by", "identity,male", "--pairs", "faces/pairs.txt",
        "--bootstrap", "10", "-o", "facet-population")
    run("facet-occlusion", "hidden.h5", "--pairs", "faces/pairs.txt", "--bootstrap", "10", "-o",
        "facet-occlusion")
    run("facet-train", "--model", "small.h5", "--images", "faces/manifest.tsv", "--epochs", "1",
        "--batch-people", "8", "--validation", "0.4", "-o", "facet-train")


def entries():
    yield "program\ttable\tcolumn\ttype\tunit\tmeaning"
    for path in sorted(glob.glob("facet-*/*.json")):
        with open(path, encoding="utf-8") as file:
            columns = json.load(file)["columns"]
        with open(path[:-5] + ".tsv", encoding="utf-8") as file:
            header = file.readline().rstrip("\n").split("\t")
        assert header == [column["name"] for column in columns], path
        program, table = path[:-5].split("/")
        for column in columns:
            fields = [column[key] for key in ("name", "type", "unit", "meaning")]
            assert all(fields) and not any("\t" in field or "\n" in field for field in fields), path
            yield "\t".join([program, table, *fields])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    make_tables()
    found = list(entries())
if "--update" in sys.argv:
    with open(dictionary, "w", encoding="utf-8") as out:
        out.write("\n".join(found) + "\n")
with open(dictionary, encoding="utf-8") as file:
    written = file.read().splitlines()
assert written == found, "\n".join(
    [f"{dictionary} is not what the programs write; after a change: dictionary.py .. --update"]
    + [f"- {line}" for line in written if line not in found]
    + [f"+ {line}" for line in found if line not in written])
print(f"{len(found) - 1} columns of {len({tuple(line.split(chr(9))[:2]) for line in found[1:]})} tables")
