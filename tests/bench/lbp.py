"""High-dimensional LBP in one thread: facet against Pillow, scikit-image and numpy on the same face, in
turns (processor time, the least of some rounds); and facet-lbp on a part of LFW, images a second and
memory. Usage: lbp.py BENCH_LBP BINDIR"""
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

try:
    from skimage.feature import local_binary_pattern
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DATA = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "lfw")
BENCH, BIN = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUNDS, IMAGES = 3, 1000


def patterns(face):
    pyramid = []
    for k in range(5):
        size = int(188 * 2 ** (-k / 2) + 0.5), int(220 * 2 ** (-k / 2) + 0.5)
        plane = np.asarray(Image.fromarray(face).resize(size, Image.BILINEAR))
        pyramid.append(local_binary_pattern((plane + 0.5).astype(np.uint8), 8, 1, "nri_uniform"))
    return pyramid


def histograms(pyramid, points):
    """All cells of a scale by one bincount."""
    values = []
    for plane in pyramid:
        wide = np.pad(plane.astype(np.int64), 40, constant_values=59)
        h, w = plane.shape
        left = (points[:, 0] * w / 188 + 20).astype(int)
        top = (points[:, 1] * h / 220 + 20).astype(int)
        row, column = np.mgrid[0:40, 0:40]
        seen = wide[top[:, None, None] + row, left[:, None, None] + column]
        cell = 16 * np.arange(21)[:, None, None] + row // 10 * 4 + column // 10
        counts = np.bincount((60 * cell + seen).ravel(), minlength=21 * 16 * 60).reshape(21, 16, 60)
        values.append(np.sqrt(counts[..., :59] / 100).astype(np.float32))
    return np.concatenate(values, 1)


def least(function, *arguments):
    begun = time.process_time()
    result = function(*arguments)
    return 1e6 * (time.process_time() - begun), result


def against_numpy(folder):
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 256, (28, 24), np.uint8)).resize((188, 220))
    face = np.clip(np.asarray(coarse) + rng.normal(0, 8, (220, 188)), 0, 255).astype(np.float32)
    face.tofile(os.path.join(folder, "face"))
    points = rng.uniform(20, 168, (21, 2))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        text = subprocess.run([BENCH, os.path.join(folder, "face")], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        ours.append([float(line) for line in text.split()])
        first, pyramid = least(patterns, face)
        theirs.append([first, least(histograms, pyramid, points)[0]])
    for name, a, b in zip(("pyramid and patterns", "histograms"), np.min(ours, 0), np.min(theirs, 0)):
        print(f"{name}: {a:.0f} us a face; Pillow, scikit-image and numpy {b:.0f} us: {b / a:.1f} times")
    a, b = np.min(ours, 0).sum(), np.min(theirs, 0).sum()
    print(f"together: {a:.0f} us, {1e6 / a:.0f} faces/s; they {b:.0f} us: {b / a:.1f} times as fast")


def on_lfw(folder):
    images = sorted(os.path.relpath(os.path.join(d, n), os.path.join(DATA, "lfw-deepfunneled"))
                    for d, _, names in os.walk(os.path.join(DATA, "lfw-deepfunneled")) for n in names)
    with open(os.path.join(folder, "list.tsv"), "w", encoding="utf-8") as file:
        file.write("\n".join(["image", *images[:IMAGES], ""]))
    process = subprocess.Popen(
        [os.path.join(BIN, "facet-lbp"), "--images", "list.tsv", "--root",
         os.path.join(DATA, "lfw-deepfunneled"), "--landmarks", os.path.join(DATA, "landmarks.tsv"),
         "-t", "1", "-v", "-o", "lfw.h5"], cwd=folder, text=True, stderr=subprocess.PIPE)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, text
    rate = re.search(r"\((\d+) images/s\)", text).group(1)
    spent = usage.ru_utime + usage.ru_stime
    size = os.path.getsize(os.path.join(folder, "lfw.h5")) / IMAGES / 1024
    print(f"LFW, {IMAGES} images, one thread: {rate} images/s, {1000 * spent / IMAGES:.1f} ms of "
          f"processor time an image, {size:.0f} KiB of file an image, peak "
          f"{usage.ru_maxrss / 1024:.0f} MiB")
    print(text.strip().splitlines()[-1])


with tempfile.TemporaryDirectory() as scratch:
    against_numpy(scratch)
    if os.path.isdir(os.path.join(DATA, "lfw-deepfunneled")):
        on_lfw(scratch)
    else:
        print("skipped: no LFW at", DATA)
