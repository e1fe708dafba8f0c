"""The obvious script that facet-sparsity is measured against: blocks of images by h5py, statistics by
numpy: active neurons per image, images per neuron, mean and standard deviation, and a histogram of
64 bins for every neuron, whose range takes a pass of its own.

usage: peer.py ACTS.h5
"""
import resource
import sys
import time

import h5py
import numpy as np

BLOCK, BINS = 4096, 64


def measure(data):
    images, neurons = data.shape
    active, high = np.zeros(neurons, "i8"), 0.0
    total, squares = np.zeros(neurons), np.zeros(neurons)
    per_image = []
    for at in range(0, images, BLOCK):
        x = data[at:at + BLOCK]
        on = x > 0
        per_image.append(on.sum(1))
        active += on.sum(0)
        total += x.sum(0, dtype="f8")
        squares += np.square(x, dtype="f8").sum(0)
        high = max(high, x.max())
    counts = np.zeros((neurons, BINS), "i8")
    for at in range(0, images, BLOCK):
        x = np.ascontiguousarray(data[at:at + BLOCK].T)
        for j in range(neurons):
            counts[j] += np.histogram(x[j], BINS, (0, high))[0]
    mean = total / images
    return np.concatenate(per_image), active, mean, np.sqrt(squares / images - mean ** 2), counts


start = time.perf_counter()
with h5py.File(sys.argv[1]) as f:
    for name in sorted(k for k in f if k.startswith("fc") and not k.endswith("neuron")):
        on, _, _, _, histogram = measure(f[name])
        print(f"{name} {on.mean():.1f} +- {on.std():.1f} of {len(histogram)}")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{time.perf_counter() - start:.2f} s, {peak:.0f} MiB")
