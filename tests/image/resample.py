"""The resampler against Pillow (maps without rotation) and against its definition summed by numpy
(maps with rotation); the similarity against Umeyama's formula by SVD. Usage: resample.py DRIVER"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

from driver import ask

program = sys.argv[1]
rng = np.random.default_rng(20150612)


def put(folder, name, array):
    path = os.path.join(folder, name)
    Image.fromarray(array).save(path)
    return path


def noise(w, h):
    return rng.integers(0, 256, (h, w, 3), np.uint8)


def triangle(t):
    return np.maximum(0, 1 - np.abs(t))


def defined(array, m, width, height):
    """resample.h's definition, pixel by pixel in double."""
    h, w, _ = array.shape
    turn = np.array([[m[0], m[1]], [m[3], m[4]]])
    back = np.linalg.inv(turn)
    sharp = np.minimum(1, np.hypot(turn[0], turn[1]))
    y, x = np.mgrid[0:h, 0:w] + 0.5
    out = np.zeros((3, height, width))
    for v in range(height):
        for u in range(width):
            sx, sy = turn @ (u + 0.5, v + 0.5) + (m[2], m[5])
            weight = (triangle((back[0, 0] * (x - sx) + back[0, 1] * (y - sy)) * sharp[0])
                      * triangle((back[1, 0] * (x - sx) + back[1, 1] * (y - sy)) * sharp[1]))
            if weight.sum() > 0:
                out[:, v, u] = (weight[..., None] * array).sum((0, 1)) / weight.sum()
    return out


def against_pillow(folder):
    sizes = [(1, 1, 1, 1), (1, 1, 47, 55), (1, 9, 5, 1), (250, 250, 47, 55), (47, 55, 250, 250),
             (94, 110, 47, 55), (61, 59, 61, 59), (600, 3, 1, 40)]
    sizes += [tuple(rng.integers(1, high, 4)) for high in (6, 40, 300) for _ in range(30)]
    commands, expected = [], []
    for k, (w, h, width, height) in enumerate(sizes):
        array = noise(w, h)
        path = put(folder, f"{k}.png", array)
        box = (0.0, 0.0, float(w), float(h))
        if k % 2:
            left, top = rng.uniform(0, 0.6, 2) * (w, h)
            box = (left, top, left + rng.uniform(0.1, 1) * (w - left), top + 0.9 * (h - top))
            box = tuple(np.floor(np.array(box) * 64 + (0, 0, 1, 1)) / 64)  # Pillow's are float32
        x, y = (box[2] - box[0]) / width, (box[3] - box[1]) / height
        commands.append(("resample", path, width, height, x, 0, box[0], 0, y, box[1]))
        image = Image.fromarray(array)
        planes = [Image.fromarray(array[..., c].astype(np.float32)) for c in range(3)]
        expected.append([np.asarray(i.resize((width, height), Image.BILINEAR, box=box))
                         for i in (image, *planes)])
    worst, worst8 = 0, 0
    for command, got, (bytes8, *planes) in zip(commands, ask(program, commands), expected):
        assert got.shape == np.shape(planes)
        difference, difference8 = np.abs(got - planes), np.abs(got - bytes8.transpose(2, 0, 1))
        # Half a level for each of Pillow's roundings, and its weights of 22 bits.
        assert difference.max() < 2e-3 and difference8.max() < 1.02, command
        worst, worst8 = max(worst, difference.max()), max(worst8, difference8.max())
    print(f"{len(sizes)} maps without rotation: at most {worst:.1e} from Pillow in float, "
          f"{worst8:.3f} in 8 bits")


def against_definition(folder):
    commands, expected = [], []
    for k in range(40):
        w, h, width, height = rng.integers(1, 40, 4)
        scale, angle = np.exp(rng.uniform(-1.5, 2)), rng.uniform(-np.pi, np.pi)
        a, b = scale * np.cos(angle), scale * np.sin(angle)
        m = [a, -b, rng.uniform(-0.5, 1) * w, b, a, rng.uniform(-0.5, 1) * h]
        if k % 4 == 0:
            m[1], m[4] = rng.uniform(-3, 3, 2)  # any affine map, mirrored ones too
        if k % 5 == 0:
            m[1] = m[3] = 0
        if k in (10, 11):
            m[2] = 1000  # nothing of the picture is seen
        array = noise(w, h)
        if k == 12:
            width, height, m = 2, 2, [500, -200, 100, 210, 480, 60]
            array = noise(1200, 1000) // 4 + 190  # a kernel of a million pixels, far from 0
        commands.append(("resample", put(folder, f"d{k}.png", array), width, height, *m))
        expected.append(defined(array, m, width, height))
    worst, black = 0, 0
    for command, got, want in zip(commands, ask(program, commands), expected):
        difference = np.abs(got - want).max()
        assert difference < 2e-3, (command, difference)
        worst = max(worst, difference)
        black += (want == 0).all(0).sum()
    assert black > 100, "no map left the picture"
    print(f"{len(commands)} maps, most with rotation: at most {worst:.1e} from the definition")


def umeyama(source, output):
    """Umeyama 1991, eq. 38-42, with the SVD, as scikit-image and others write it."""
    ms, mo = source.mean(0), output.mean(0)
    u, d, vt = np.linalg.svd((output - mo).T @ (source - ms) / len(source))
    s = np.diag([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    scale = np.trace(np.diag(d) @ s) / ((source - ms) ** 2).sum(1).mean()
    matrix = scale * u @ s @ vt
    return matrix, mo - matrix @ ms


def similarities():
    commands, expected = [], []
    for k in range(200):
        source, output = rng.normal(0, 30, (2, 5, 2))
        if k % 2:
            output = source @ rng.normal(0, 1, (2, 2)) + rng.normal(0, 2, (5, 2))  # mirrored, too
        matrix, shift = umeyama(source, output)
        back = np.linalg.inv(matrix)
        left = output - source @ matrix.T - shift
        fit = 1 - (left ** 2).sum() / ((output - output.mean(0)) ** 2).sum()
        commands.append(("similarity", *source.ravel(), *output.ravel()))
        expected.append([*back[0], -(back @ shift)[0], *back[1], -(back @ shift)[1], fit])
    for got, want in zip(ask(program, commands), expected):
        np.testing.assert_allclose(got.ravel(), want, rtol=1e-7, atol=1e-7)
    same = ("similarity", *[5] * 10, *range(10))
    assert "coincide" in ask(program, [same])[0]
    print(f"{len(commands)} similarities as Umeyama's")


def refusals(folder):
    path = put(folder, "r.png", noise(4, 4))
    for m in [(0, 0, 0, 0, 0, 0), (1, 2, 0, 2, 4, 0), (1, 0, "nan", 0, 1, 0),
              ("inf", 0, 0, 0, 1, 0)]:
        answer = ask(program, [("resample", path, 3, 3, *m)])[0]
        assert isinstance(answer, str) and "inverted" in answer, (m, answer)


with tempfile.TemporaryDirectory() as scratch:
    against_pillow(scratch)
    against_definition(scratch)
    similarities()
    refusals(scratch)
