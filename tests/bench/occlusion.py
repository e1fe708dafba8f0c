"""The full sweep of hidden faces (15 levels, FC-1..FC-4) against the network alone: processor time of
a face, so that other work on the machine doesn't count, by what more images add; medians of
interleaved runs; and memory beside that of a dump without hidden faces.
Usage: occlusion.py BINDIR BENCH_NET_FACET [ROUNDS]"""
import os
import statistics
import sys
import tempfile

import numpy as np

from processor import network, usage

BIN, NET = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
LAYERS, SWEEP, LEVELS = "fc1,fc2,fc3,fc4", "bottom:10-70/10,block:10-70/10", 15
FEW, MANY, FACES, BATCH = 20, 140, 4000, 64


def facet(name, *arguments):
    return usage([os.path.join(BIN, "facet-" + name), *arguments])


def dump(count, *hidden):
    with open("faces/manifest.tsv") as f, open("faces/some.tsv", "w") as out:
        out.writelines(f.readlines()[:count + 1])
    return facet("dump", "--model", "model.h5", "--images", "faces/some.tsv", "--layers", LAYERS, *hidden,
                 "-t", 1, "--force", "-o", "out.h5")


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    facet("model", "create", "-o", "model.h5")
    facet("synth", "--identities", 40, "--images", MANY, "-o", "faces")
    np.random.default_rng(1).normal(0, 1, (BATCH, 3, 55, 47)).astype("f4").tofile("images.raw")
    swept, alone = [], []
    for _ in range(ROUNDS):
        (few, _), (many, memory) = (dump(n, "--occlude", SWEEP) for n in (FEW, MANY))
        swept.append((many - few) / ((MANY - FEW) * LEVELS))
        alone.append(network([NET, "model.h5", "best", "images.raw"], LAYERS, BATCH, 1, FACES))
    _, clean = dump(MANY)
    share = statistics.median(b / a for a, b in zip(swept, alone))
    print(f"a face: {1e6 * statistics.median(swept):.0f} us in the sweep, "
          f"{1e6 * statistics.median(alone):.0f} us in the network alone: {100 * share:.1f} % of its speed "
          "(goal: at least 90 %)")
    print(f"peak memory of the sweep {memory:.0f} MiB, without hidden faces {clean:.0f} MiB")
