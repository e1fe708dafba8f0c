"""The whole network against PyTorch in double precision: every tensor, both kernel sets.
Usage: test_torch.py FACET-MODEL NET-DRIVER

The measure for a tensor is max|ours - theirs| / max|theirs| over all images and values; 1e-5 is
allowed."""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

import torch_net

PROGRAM, DRIVER = (os.path.abspath(a) for a in sys.argv[1:3])
SMALL = ["--maps", "8,12,6,10", "--width", "16,8,12,20"]
CASES = [
    # options, images, what is special
    (["--input", "55x47", *SMALL], 37, "more than a block of images"),
    (["--input", "55x47", "--fc4-input", "pool3+conv4", *SMALL], 3, "two inputs"),
    (["--input", "47x47", "--channels", "1", *SMALL], 3, "grey"),
    (["--input", "47x47", "--fc4-input", "pool3+conv4", *SMALL], 3, "square, two inputs"),
    (["--input", "59x51", *SMALL], 3, "odd pooling, regions cut at the border"),
    (["--input", "31x31", *SMALL], 3, "the smallest input"),
    (["--input", "55x47", "--fc4-input", "pool3+conv4"], 2, "128 maps, 512 neurons"),
]


def compare(model, kernels, images, truth):
    with tempfile.TemporaryDirectory(dir=".") as folder:
        images.tofile(folder + "/images.raw")
        subprocess.run([DRIVER, model, kernels, folder + "/images.raw", str(len(images)), folder],
                       check=True)
        found = {f[:-4] for f in os.listdir(folder)} - {"images"}
        assert found == set(truth), f"tensors {sorted(found)}, expected {sorted(truth)}"
        errors = {}
        for name, theirs in truth.items():
            theirs = theirs.numpy()
            ours = np.fromfile(f"{folder}/{name}.raw", np.float32).reshape(theirs.shape)
            errors[name] = np.abs(ours - theirs).max() / np.abs(theirs).max()
    return errors


def main():
    worst = 0
    for seed, (options, count, what) in enumerate(CASES):
        rng = np.random.default_rng(seed)
        subprocess.run([PROGRAM, "create", "-q", *options, "--seed", str(seed), "-o", "model.h5"],
                       check=True)
        with h5py.File("model.h5", "r+") as f:  # biases are zero, and would hide a fault
            shape = (f.attrs["input_channels"], f.attrs["input_height"], f.attrs["input_width"])
            for group in f.values():
                if "bias" in group:
                    group["bias"][...] = rng.normal(0, 0.1, group["bias"].shape)
        images = rng.uniform(-1, 1, (count, *shape)).astype(np.float32)
        truth = torch_net.forward(torch_net.load("model.h5"), torch.from_numpy(images).double())
        for kernels in "avx512", "avx2", "portable", "reference":
            errors = compare("model.h5", kernels, images, truth)
            name = max(errors, key=errors.get)
            print(f"{' '.join(options)} ({what}), {kernels}: worst {errors[name]:.2g} at {name}")
            worst = max(worst, errors[name])
    print(f"worst relative error {worst:.2g}")
    return not worst <= 1e-5


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    torch.set_num_threads(1)
    failed = main()
    os.chdir("/")
sys.exit(failed)
