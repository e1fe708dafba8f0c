"""The results on LFW that are committed are still what the programs give: all of LFW through the
network that comes with facet, and how sparse its neurons are.

usage: test_lfw.py SOURCE_ROOT FACET_DUMP FACET_SPARSITY
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT, DUMP, SPARSITY = sys.argv[1:]
sys.path.insert(0, os.path.join(ROOT, "tests"))
import expected  # noqa: E402

LFW = os.path.join(os.environ.get("FACET_DATA", os.path.join(ROOT, "..", "shared", "data")), "lfw")
RESULTS = os.path.join(ROOT, "notebooks-data", "results", "sparsity-lfw")


def main():
    if not os.path.isdir(LFW):
        print(f"skipped: {LFW} is not there")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        acts = f"{work}/activations.h5"
        subprocess.run([DUMP, "-q", "--model", "deepid2plus", "--images", f"{LFW}/lfw-deepfunneled",
                        "--landmarks", f"{LFW}/landmarks.tsv", "--layers", "fc1,fc2,fc3,fc4", "-o", acts], check=True)
        subprocess.run([SPARSITY, "-q", acts, "-o", f"{work}/tables", "--bootstrap", "1000", "--pairs", "10000", "--seed", "1"],
                       check=True, stdout=subprocess.DEVNULL)
        os.makedirs(f"{work}/committed")
        for name in os.listdir(RESULTS):
            if name.endswith(".tsv") and name != "comparison.tsv":
                shutil.copy(os.path.join(RESULTS, name), f"{work}/committed")
        sys.exit(expected.main(f"{work}/committed", f"{work}/tables"))


if __name__ == "__main__":
    main()
