"""experiments/onnx/run.sh on a small network and a few drawn faces: every stage leaves its tables, and
nothing is done twice. Usage: test_experiment.py SOURCES BUILD"""
import csv
import os
import subprocess
import sys
import tempfile

try:
    import onnx  # noqa: F401
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from models import small

SOURCES, BUILD = (os.path.abspath(path) for path in sys.argv[1:3])
SETTINGS = """identities=30
images=400
splits=2
top=2
synth_attributes=male
bootstrap=20
embedding=y
maps=r3
levels=bottom:50,block:30
"""


def run(*more):
    return subprocess.run([os.path.join(SOURCES, "experiments", "onnx", "run.sh"), "--bin", BUILD,
                           "--settings", "small.conf", "--out", "out", *more], text=True,
                          capture_output=True)


def main():
    failures = []
    with open("small.onnx", "wb") as f:
        f.write(small().SerializeToString())
    with open("small.conf", "w") as f:
        f.write(SETTINGS)
    if run().returncode != 2:
        failures.append("runs without a model")
    first = run("--model", "small.onnx")
    if first.returncode != 0:
        return [first.stderr]
    with open("out/comparison.tsv") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    if [name for name in rows[0]] != ["quantity", "of", "y", "deepid2plus fc4", "r3"]:
        failures.append(f"columns: {list(rows[0])}")
    found = {(row["quantity"], row["of"]): row for row in rows}
    for what in (("accuracy", "original, cosine"), ("accuracy", "mirror_sum, euclidean"),
                 ("sparsity", "active_share"), ("hidden", "bottom 50, cosine"),
                 ("hidden", "block 0, euclidean"), ("selectivity", "male, selective")):
        if what not in found or not 0 <= float(found[what]["y"]) <= 2000:
            failures.append(f"{what}: {found.get(what)}")
    if not 0 < float(found["sparsity", "active_share"]["r3"]) < 1:
        failures.append("the share of active neurons behind LeakyRelu")
    again = run("--model", "small.onnx")
    if again.returncode != 0 or again.stderr.count("done before") != 11:
        failures.append(f"the second time: {again.stderr}")
    return failures


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    found = main()
    os.chdir("/")
print(*found, sep="\n")
sys.exit(1 if found else 0)
