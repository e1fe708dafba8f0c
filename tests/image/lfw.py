"""Real photographs: LFW decodes as in Pillow, and its faces come to lie where the template says.
Usage: lfw.py DRIVER. Needs the data folder (FACET_DATA); exit status 77 without it."""
import os
import sys

import numpy as np
from PIL import Image

from driver import ask

here = os.path.dirname(os.path.abspath(__file__))
data = os.environ.get("FACET_DATA", os.path.join(here, "..", "..", "..", "shared", "data"))
lfw = os.path.join(data, "lfw", "lfw-deepfunneled")
table = os.path.join(data, "lfw", "landmarks.tsv")
if not os.path.isfile(table):
    print(f"skipped: no {table}")
    sys.exit(77)

with open(table, encoding="utf-8") as file:
    rows = [line.rstrip("\n").split("\t") for line in file][1::60]
paths = [os.path.join(lfw, row[0]) for row in rows]
decoded = ask(sys.argv[1], [("decode", path) for path in paths])
for path, got in zip(paths, decoded):
    assert np.array_equal(got, np.asarray(Image.open(path).convert("RGB"))), path

aligned = ask(sys.argv[1], [("align", path, 47, 55, 1, *row[1:]) for path, row in zip(paths, rows)])
assert not [a for a in aligned if isinstance(a, str)]
mean = np.mean(aligned, 0)[0]
# Eyes and mouth are the dark places of the mean face; the template has them at these rows.
dark = mean[:, 18:30].mean(1)
eyes = mean[8:24, 10:16].mean(1).argmin() + 8, mean[8:24, 32:38].mean(1).argmin() + 8
mouth = dark[34:46].argmin() + 34
assert all(abs(row + 0.5 - 32.15 / 2) <= 2 for row in eyes), eyes
assert abs(mouth + 0.5 - 80.5 / 2) <= 2, mouth
print(f"{len(paths)} photographs; mean face: eyes in rows {eyes}, mouth in row {mouth}")
