"""Descriptors against their definition in numpy, with Pillow's resizing, and the bins of patterns
against scikit-image's "nri_uniform". Usage: lbp.py DRIVER"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

try:
    from skimage.feature import local_binary_pattern
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from driver import ask

program = sys.argv[1]
rng = np.random.default_rng(20130623)
RING = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]  # row, column


def bin_table():
    """scikit-image's bin of each pattern. It interpolates the diagonal neighbours, so these are far
    from the middle and the others near."""
    table = []
    for pattern in range(256):
        picture = np.full((3, 3), 1000.0)
        for p, (dy, dx) in enumerate(RING):
            picture[1 + dy, 1 + dx] += (1 if pattern >> p & 1 else -1) * (500 if dy and dx else 1)
        table.append(int(local_binary_pattern(picture, 8, 1, "nri_uniform")[1, 1]))
    return np.array(table)


TABLE = bin_table()


def bins(picture):
    """Bin of each pixel that has a ring; 59 for the others."""
    p = picture.astype(int)
    h, w = p.shape
    out = np.full((h, w), 59)
    if h > 2 and w > 2:
        code = sum((p[1 + dy:h - 1 + dy, 1 + dx:w - 1 + dx] >= p[1:-1, 1:-1]).astype(int) << k
                   for k, (dy, dx) in enumerate(RING))
        out[1:-1, 1:-1] = TABLE[code]
    return out


def descriptor(face, points, scales, cells):
    """lbp.h's definition; points (n, 2) in pixels of the face."""
    h, w = face.shape
    pyramid = []
    for k in range(scales):
        size = int(np.floor(w * 2 ** (-k / 2) + 0.5)), int(np.floor(h * 2 ** (-k / 2) + 0.5))
        plane = np.asarray(Image.fromarray(face.astype(np.float32)).resize(size, Image.BILINEAR))
        pyramid.append(bins(np.floor(plane + 0.5)))
    values = []
    for x, y in points:
        for plane in pyramid:
            ph, pw = plane.shape
            wide = np.pad(plane, 200, constant_values=59)
            left = int(np.floor(x * pw / w - cells * 5 + 0.5)) + 200
            top = int(np.floor(y * ph / h - cells * 5 + 0.5)) + 200
            for row in range(cells):
                for column in range(cells):
                    cell = wide[top + 10 * row:, left + 10 * column:][:10, :10]
                    values.append(np.sqrt(np.bincount(cell.ravel(), minlength=60)[:59] / 100))
    return np.concatenate(values)


def put(folder, name, grey):
    path = os.path.join(folder, name)
    Image.fromarray(np.repeat(grey[..., None], 3, 2).astype(np.uint8)).save(path)
    return path


def patterns(folder):
    sizes = [(1, 1), (2, 5), (3, 3), (64, 64), (65, 33), (200, 131)]
    pictures = [rng.integers(0, high, size) for size in sizes for high in (3, 256)]
    commands = [("bins", put(folder, f"b{i}.png", p)) for i, p in enumerate(pictures)]
    for picture, got in zip(pictures, ask(program, commands)):
        assert (got[0] == bins(picture)).all(), picture.shape
    print(f"bins of {len(pictures)} pictures are scikit-image's")


def descriptors(folder):
    cases = [(5, 1, 1), (5, 5, 4), (21, 5, 4), (21, 2, 8)]
    known = rng.uniform(-20, 230, (5, 2))
    for points, scales, cells in cases:
        smooth = Image.fromarray(rng.integers(0, 256, (28, 24)).astype(np.uint8)).resize((188, 220))
        face = np.clip(np.asarray(smooth) + rng.integers(-20, 20, (220, 188)), 0, 255)
        path = put(folder, "face.png", face)
        own = ask(program, [("lbp", path, points, scales, cells, *known.ravel())])[0].ravel()
        placed = ask(program, [("lbp", path, points, scales, cells)])[0].ravel()
        block = scales * cells * cells * 59
        assert len(own) == len(placed) == points * block
        want = descriptor(face, known, scales, cells)
        # Where a pixel lies within rounding of a half, one side of it may fall into another bin.
        off = (own[:5 * block] != want.astype(np.float32)).mean()
        assert off < 1e-3, off
        assert (own[5 * block:] == placed[5 * block:]).all()
        assert (own[:5 * block] != placed[:5 * block]).any()
        print(f"{points} points, {scales} scales, {cells} cells: {len(own)} values, {off:.1e} of "
              "them another than numpy's")


with tempfile.TemporaryDirectory() as scratch:
    patterns(scratch)
    descriptors(scratch)
