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


def same_bits():
    """DeepID2+ on some faces, all at once and in two shards with other batches and threads."""
    layers = ["fc1", "fc2", "fc3", "fc4", "conv2"]
    with h5py.File("lfw.h5") as f:
        names = list(f["image"].asstr()[:400])
    facet("model", "create", "-o", "whole.h5", check=True)

    def dump(part, out, *how):
        with open("part.tsv", "w") as f:
            f.write("\n".join(["image", *part]) + "\n")
        expect(facet("dump", "--model", "whole.h5", "--images", "part.tsv", "--root",
                     os.path.join(DATA, "lfw-deepfunneled"), "--landmarks",
                     os.path.join(DATA, "landmarks.tsv"), "--layers", ",".join(layers), "--mirror",
                     *how, "-o", out), 0)

    dump(names, "all.h5", "--batch", 64, "-t", 2)
    dump(names[::3], "third.h5", "--batch", 1, "-t", 1)
    dump(names[1::3] + names[2::3], "rest.h5", "--batch", 50, "-t", 2)
    with h5py.File("all.h5") as f, h5py.File("third.h5") as third, h5py.File("rest.h5") as rest:
        for layer in layers:
            values, parts = f[layer][:], np.concatenate([third[layer][:], rest[layer][:]])
            order = np.concatenate([values[::3], values[1::3], values[2::3]])
            check(order.tobytes() == parts.tobytes(), f"{layer} has other bits in another shard")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main()
        same_bits()
    finish()
