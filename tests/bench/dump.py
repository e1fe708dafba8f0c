"""The main job on all of LFW with DeepID2+, FC-1..FC-4: images a second, memory, and what the writer
takes of the time. Then its parts alone: processor time of an image in the whole path (what more images
add), in the network alone (batches of 64, as many threads), and in reading and decoding the part with
the face (nearly all of it libjpeg) and in aligning it; medians of interleaved rounds. What is left
of the whole path is writing, and what the parts take from each other's caches.
Usage: dump.py BINDIR BENCH_NET_FACET BENCH_IMAGE [ROUNDS]"""
import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np

from processor import network, usage

DATA = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "lfw")
BIN, NET, IMAGE = map(os.path.abspath, sys.argv[1:4])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
LAYERS, BATCH, THREADS, FEW, MANY, FACES = "fc1,fc2,fc3,fc4", 64, 2, 640, 12800, 8000


def facet(name, *arguments):
    process = subprocess.Popen([os.path.join(BIN, "facet-" + name), *arguments], text=True,
                               stderr=subprocess.PIPE)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, text
    return text, usage.ru_maxrss / 1024


def whole(rows, columns):
    """Seconds an image takes from file to file."""
    spent = []
    for count in FEW, MANY:
        with open("some.tsv", "w") as out:
            out.write("\n".join("\t".join(row) for row in [columns, *rows[:count]]) + "\n")
        spent.append(usage([os.path.join(BIN, "facet-dump"), "--model", "model.h5", "--images",
                            "some.tsv", "--root", os.path.join(DATA, "lfw-deepfunneled"), "--layers",
                            LAYERS, "-t", THREADS, "--force", "-o", "some.h5"])[0])
    return (spent[1] - spent[0]) / (MANY - FEW)


def decode(rows):
    """The same of decoding the face and of aligning it, all by the median landmarks."""
    points = np.median([[float(value) for value in row[1:]] for row in rows if "NA" not in row], 0)
    files = [os.path.join(DATA, "lfw-deepfunneled", row[0]) for row in rows[:MANY // 8]]
    text = subprocess.run([IMAGE, "1", *map(str, points), *files], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    seen = {name: float(value) for name, value in map(str.split, text.splitlines())}
    return seen["face"], seen["align"] - seen["face"]


def parts():
    with open(os.path.join(DATA, "landmarks.tsv"), newline="") as f:
        columns, *rows = csv.reader(f, delimiter="\t")
    np.random.default_rng(1).normal(0, 1, (BATCH, 3, 55, 47)).astype("f4").tofile("images.raw")
    net = [NET, "model.h5", "best", "images.raw"]
    found = [(whole(rows, columns), network(net, LAYERS, BATCH, THREADS, FACES), *decode(rows))
             for _ in range(ROUNDS)]
    a, b, c, d = (1e6 * statistics.median(part) for part in zip(*found))
    print(f"processor time of an image: whole path {a:.0f} us, network alone {b:.0f}, decoding {c:.0f}, "
          f"aligning {d:.0f}")
    print(f"whole path / network alone: {statistics.median(f[0] / f[1] for f in found):.3f}; the least "
          f"with this decoder: {1 + c / b:.3f}")


if not os.path.isdir(os.path.join(DATA, "lfw-deepfunneled")):
    print("skipped: no LFW at", DATA)
    sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    facet("model", "create", "-o", "model.h5")
    for mirror in ([], ["--mirror"]):
        text, memory = facet("dump", "--model", "model.h5", "--images",
                             os.path.join(DATA, "lfw-deepfunneled"), "--landmarks",
                             os.path.join(DATA, "landmarks.tsv"), *mirror, "-v", "--force", "-o",
                             "lfw.h5")
        rate = re.search(r"\((\d+) images/s\)", text).group(1)
        seen, net, write = re.search(r"decode and align ([\d.]+) s, network ([\d.]+) s .*writing "
                                     r"([\d.]+) s", text).groups()
        share = 100 * float(write) / (float(seen) + float(net))
        print(f"LFW{' with mirror' if mirror else ''}: {rate} images/s, peak {memory:.0f} MiB (goal: "
              f"at most 1,024); busy: decode {seen} s, network {net} s, writer {write} s "
              f"({share:.1f} % of the workers' time)")
    parts()
