"""The main job on all of LFW with DeepID2+, FC-1..FC-4: images a second, memory, and what the writer
takes of the time. Then rounds of the same job, of faces a second in the network alone (batches of 64,
as many threads), and of processor time for reading and decoding the part with the face (nearly all
of it libjpeg) and for aligning it. Images a second are what facet-dump says, without its start.
Usage: dump.py BINDIR BENCH_NET_FACET BENCH_IMAGE [ROUNDS]"""
import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np

from processor import passes

DATA = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "lfw")
BIN, NET, IMAGE = map(os.path.abspath, sys.argv[1:4])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 9
LAYERS, BATCH, THREADS, SECONDS, FILES = "fc1,fc2,fc3,fc4", 64, 2, 8, 1600


def facet(name, *arguments):
    process = subprocess.Popen([os.path.join(BIN, "facet-" + name), *arguments], text=True,
                               stderr=subprocess.PIPE)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, text
    return text, usage.ru_maxrss / 1024


def whole(*options):
    """Images a second from file to file, and what facet-dump says of the run."""
    text, memory = facet("dump", "--model", "model.h5", "--images",
                         os.path.join(DATA, "lfw-deepfunneled"), "--landmarks",
                         os.path.join(DATA, "landmarks.tsv"), "--layers", LAYERS, "-t", str(THREADS),
                         *options, "-v", "--force", "-o", "lfw.h5")
    rate = float(re.search(r"\((\d+) images/s\)", text).group(1))
    return rate, memory, *map(float, re.search(
        r"decode and align ([\d.]+) s, network ([\d.]+) s .*writing ([\d.]+) s", text).groups())


def decode(rows):
    """Microseconds of decoding the face and of aligning it, all by the median landmarks."""
    points = np.median([[float(value) for value in row[1:]] for row in rows if "NA" not in row], 0)
    files = [os.path.join(DATA, "lfw-deepfunneled", row[0]) for row in rows[:FILES]]
    text = subprocess.run([IMAGE, "1", *map(str, points), *files], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    seen = {name: 1e6 * float(value) for name, value in map(str.split, text.splitlines())}
    return seen["face"], seen["align"] - seen["face"]


def parts():
    with open(os.path.join(DATA, "landmarks.tsv"), newline="") as f:
        _, *rows = csv.reader(f, delimiter="\t")
    np.random.default_rng(1).normal(0, 1, (BATCH, 3, 55, 47)).astype("f4").tofile("images.raw")
    net = [NET, "model.h5", "best", "images.raw"]
    found = [(whole()[0], passes(net, LAYERS, BATCH, THREADS, SECONDS)[2], *decode(rows))
             for _ in range(ROUNDS)]
    a, b, c, d = map(statistics.median, zip(*found))
    print(f"whole path {a:.0f} images/s, network alone {b:.0f} faces/s; decoding {c:.0f} us, aligning "
          f"{d:.0f} us")
    low, middle, high = statistics.quantiles((f[1] / f[0] for f in found), n=4)
    print(f"network alone / whole path: {middle:.3f}, quartiles {low:.3f} to {high:.3f} (goal: at most "
          f"1.1); the least with this decoder: {1 + c * b / THREADS / 1e6:.3f}")


if not os.path.isdir(os.path.join(DATA, "lfw-deepfunneled")):
    print("skipped: no LFW at", DATA)
    sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    facet("model", "create", "-o", "model.h5")
    for mirror in ([], ["--mirror"]):
        rate, memory, seen, net, write = whole(*mirror)
        share = 100 * write / (seen + net)
        print(f"LFW{' with mirror' if mirror else ''}: {rate:.0f} images/s, peak {memory:.0f} MiB (goal: "
              f"at most 1,024); busy: decode {seen} s, network {net} s, writer {write} s "
              f"({share:.1f} % of the workers' time)")
    parts()
