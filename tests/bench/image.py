"""From a 250 x 250 JPEG to a 47 x 55 input: facet in one thread against Pillow, on the same files,
in turns; and from a 94 x 110 JPEG to a random view of it. Processor time. Usage: image.py BENCH_IMAGE"""
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

FILES, REPEATS, ROUNDS = 40, 5, 5
LANDMARKS = [103.0, 114.0, 147.5, 110.0, 124.0, 137.0, 109.0, 159.5, 145.0, 156.0]
# The same turn and scale as ours, so that Pillow's warp does the same work.
WARP = (1.0, -0.08, 60.0, 0.08, 1.0, 40.0)


def face_like(rng, size):
    """Smooth shapes with a little noise: about as many bytes as a photograph of that size."""
    coarse = Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8))
    smooth = np.asarray(coarse.resize(size, Image.BICUBIC), float)
    noisy = smooth + rng.normal(0, 5, smooth.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def decode(path):
    Image.open(path).convert("RGB").load()


def align(path):
    """Shrink first, then turn: transform() alone would alias."""
    image = Image.open(path).convert("RGB").resize((130, 130), Image.BILINEAR)
    np.asarray(image.transform((47, 55), Image.AFFINE, WARP, Image.BILINEAR), np.float32)


def resize(path):
    np.asarray(Image.open(path).convert("RGB").resize((47, 55), Image.BILINEAR), np.float32)


def pillow(paths):
    seconds = {}
    for work in (decode, align, resize):
        begun = time.process_time()
        for _ in range(REPEATS):
            for path in paths:
                work(path)
        seconds[work.__name__] = (time.process_time() - begun) / (REPEATS * len(paths))
    return seconds


def facet(paths):
    words = [sys.argv[1], str(REPEATS), *map(str, LANDMARKS), *paths]
    text = subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE).stdout
    return {name: float(value) for name, value in map(str.split, text.splitlines())}


with tempfile.TemporaryDirectory() as folder:
    rng = np.random.default_rng(1)
    paths = [os.path.join(folder, f"{i}.jpg") for i in range(FILES)]
    crops = [os.path.join(folder, f"{i}-crop.jpg") for i in range(FILES)]
    for path, crop in zip(paths, crops):
        face_like(rng, (250, 250)).save(path, quality=90)
        face_like(rng, (94, 110)).save(crop, quality=90)
    size = sum(map(os.path.getsize, paths)) / FILES / 1024
    print(f"{FILES} JPEG files of 250 x 250, {size:.0f} KiB each; the best of the rounds")
    rounds = [(facet(paths), pillow(paths)) for _ in range(ROUNDS)]
    print("stage\tfacet_images_per_s\tpillow_images_per_s\tratio")
    for stage in ("decode", "align", "resize"):
        ours, theirs = (min(r[side][stage] for r in rounds) for side in (0, 1))
        print(f"{stage}\t{1 / ours:.0f}\t{1 / theirs:.0f}\t{theirs / ours:.2f}")
    view = min(facet(crops)["view"] for _ in range(ROUNDS))
    print(f"a random view of 94 x 110 pixels, decoding included: {view * 1e6:.0f} us")
