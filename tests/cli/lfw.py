"""facet-dump on Labeled Faces in the Wild as a user has it: the folder, landmarks and labels by image.
Skipped where the data isn't there (FACET_DATA, default ../shared/data). Usage: lfw.py BINDIR"""
import csv
import os
import sys
import tempfile

DATA = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "lfw")
if not os.path.isdir(os.path.join(DATA, "lfw-deepfunneled")):
    print("skipped: no LFW at", DATA)
    sys.exit(77)

import h5py
import numpy as np

from cli import expect, facet, failures, finish


def check(truth, text):
    if not truth:
        failures.append(text)


def main():
    facet("model", "create", "--maps", 4, "--width", 16, "-o", "model.h5", check=True)
    result = facet("dump", "--model", "model.h5", "--images", os.path.join(DATA, "lfw-deepfunneled"),
                   "--landmarks", os.path.join(DATA, "landmarks.tsv"),
                   "--labels", os.path.join(DATA, "attributes.tsv"), "--layers", "fc4,fc4_linear",
                   "--mirror", "-o", "lfw.h5")
    expect(result, 0, r"lfw\.h5: 13233 images in ")
    with h5py.File("lfw.h5") as f, open(os.path.join(DATA, "attributes.tsv"), newline="") as table:
        names = f["image"].asstr()[:]
        check(len(set(names)) == 13233 and list(names) == sorted(names), "images aren't LFW's, sorted")
        check(len(set(f["identity"][:])) == 5749, "LFW has 5,749 people")
        check(all(n.startswith(i + "/") for n, i in zip(names, f["identity"].asstr()[:])), "identity")
        rows = {r["image"]: r for r in csv.DictReader(table, delimiter="\t")}
        male = np.array([float(rows[n]["male"].replace("NA", "nan")) for n in names])
        np.testing.assert_array_equal(f["male"][:], male)
        linear, relu = f["fc4_linear"][:], f["fc4"][:]
        check(relu.shape == (13233, 2, 16) and np.isfinite(linear).all(), "shape or values of fc4")
        np.testing.assert_array_equal(relu, np.maximum(linear, 0))
        check((linear[:, 0] != linear[:, 1]).any(), "the mirror image is the image")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main()
    finish()
