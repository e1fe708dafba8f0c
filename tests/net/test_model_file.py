"""The model file: opens in h5py with the values that facet exports, and every kind of damage is
found and named. Usage: test_model_file.py FACET-MODEL"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv[1])
SMALL = ["--input", "31x31", "--maps", "5,6,4,3", "--width", "9,8,7,6"]
failures = []


def facet(*arguments):
    return subprocess.run([PROGRAM, *arguments], text=True, capture_output=True)


def check(condition, what):
    if not condition:
        failures.append(what)


def refused(path, pattern, what):
    """`facet-model list` fails with exit code 1 and a message that has the pattern."""
    result = facet("list", path)
    check(result.returncode == 1 and re.search(pattern, result.stderr),
          f"{what}: exit {result.returncode}, {result.stderr.strip()!r} lacks {pattern!r}")


def spoilt(change):
    shutil.copy("model.h5", "bad.h5")
    with h5py.File("bad.h5", "r+") as f:
        change(f)
    return "bad.h5"


def replace(f, name, **how):
    del f[name]
    f.create_dataset(name, **how)


def opens_in_h5py():
    with h5py.File("model.h5") as f:
        check(f.attrs["Conventions"] == "facet-model-1", "Conventions")
        check(f.attrs["seed"] == 5, "seed")
        check(re.match(r"\d{4}-\d\d-\d\dT[\d:]+Z: facet-model create -q ", f.attrs["history"]),
              "history")
        order = sorted(f, key=lambda name: f[name].attrs["order"])
        check(order == "conv1 pool1 fc1 conv2 pool2 fc2 conv3 pool3 fc3 conv4 fc4".split(), "order")
        for name, group in f.items():
            for tensor, data in group.items():
                exported = np.load(f"weights/{name}.{tensor}.npy")
                check(data.fletcher32 and data.dtype == np.float32, f"{name}/{tensor}: storage")
                check(exported.shape == data.shape and (exported == data[...]).all(),
                      f"{name}/{tensor}: values")
        check(f["conv3/weight"].shape == (2, 2, 4, 6, 3, 3), "conv3's shape")
        with h5py.File("half.h5") as half:
            for name in [n for n in f if "weight" in f[n]]:
                ours, exact = half[name]["weight"], f[name]["weight"][...]
                exported = np.load(f"half/{name}.weight.npy")
                check(ours.dtype == np.float16, f"half: {name}: type")
                check((ours[...] == exact.astype(np.float16)).all(), f"half: {name}: rounding")
                check((exported == ours[...].astype(np.float32)).all(), f"half: {name}: widening")


def damage_is_named():
    refused("absent.h5", "absent.h5: No such file", "absent")
    refused(".", "folder", "a folder")
    open("empty.h5", "w").close()
    refused("empty.h5", "empty", "empty")
    with open("text.h5", "w") as f:
        f.write("not a model\n" * 100)
    refused("text.h5", "not an HDF5 file", "text")
    with h5py.File("other.h5", "w") as f:
        f["x"] = 1
    refused("other.h5", "not a model", "another HDF5 file")

    def attribute(name, value, group="/"):
        def change(f):
            del f[group].attrs[name]
            if value is not None:
                f[group].attrs[name] = value
        return change

    def nan(f):
        f["fc2/weight"][3, 4] = np.nan

    def infinite(f):
        f["conv2/bias"][1] = -np.inf

    def missing_chunk(f):
        shape = f["fc1/weight"].shape
        replace(f, "fc1/weight", shape=shape, dtype="f4", chunks=(1, shape[1]))
        f["fc1/weight"][:3] = 1

    cases = [
        (attribute("Conventions", "facet-model-9"), 'Conventions are "facet-model-9"'),
        (attribute("seed", "seven"), "attribute seed"),
        (attribute("input_width", None), "input_width is missing"),
        (attribute("mean", [1.0]), "mean"),
        (attribute("kind", None, "conv2"), "bad.h5: conv2: attribute kind is missing"),
        (attribute("kind", "dropout", "conv2"), "conv2: unknown kind \"dropout\""),
        (attribute("inputs", "pool1,pool1,pool1", "conv2"), "conv2: inputs"),
        (attribute("inputs", "pool7", "conv2"), "conv2: its input \"pool7\""),
        (attribute("order", 99, "conv2"), "conv2: its order is 99, but there are 11 layers"),
        (attribute("order", 0, "conv2"), "conv2: it has the same order as conv1"),
        (attribute("region_h", 0.5, "conv3"), "conv3: attribute region_h"),
        (attribute("region_h", 1, "conv3"), r"conv3: weight has shape \(2, 2, 4, 6, 3, 3\), "
                                            r"expected \(4, 2, 4, 6, 3, 3\)"),
        (lambda f: f["conv1"].attrs.create("stride", 2), "conv1: a convolution has no attribute"),
        (nan, "bad.h5: fc2/weight: value 652 is nan, expected finite"),
        (infinite, "conv2/bias: value 1 is -inf"),
        (lambda f: f["conv2"].pop("bias"), "bad.h5: conv2/bias: missing"),
        (lambda f: f["conv2"].pop("weight"), "bad.h5: conv2/weight: missing"),
        (lambda f: (f["fc3"].pop("weight"), f["fc3"].pop("bias")), "fc3: weight is missing"),
        (lambda f: replace(f, "fc4/bias", data=np.zeros(5, "f4")),
         r"bad.h5: layer fc4: bias has shape \(5\), expected \(6\)"),
        (lambda f: replace(f, "fc4/weight", data=np.zeros((6, 4), "f4")),
         r"fc4: weight has shape \(6, 4\), expected \(any, 3\)"),
        (lambda f: replace(f, "fc4/bias", data=np.zeros(6, "i4")), "fc4/bias: expected float32"),
        (lambda f: replace(f, "fc4/bias", data=np.zeros(6, "f8")), "fc4/bias: expected float32"),
        (lambda f: replace(f, "fc4/bias", data=["a"] * 6), "fc4/bias: expected float32"),
        (lambda f: replace(f, "fc4/bias", data=np.float32(1)), "fc4/bias: 0 dimensions"),
        (lambda f: replace(f, "fc4/bias", shape=(0,), dtype="f4"), "fc4/bias: dimension 0 of 0"),
        (lambda f: replace(f, "fc4/weight", shape=(2**40, 2**40), dtype="f4", chunks=(1, 64)),
         "fc4/weight: dimension 1 of 1099511627776"),
        (missing_chunk, "fc1/weight: some of its values are missing"),
        (lambda f: f.create_dataset("extra", data=[1.0]), "extra: is not a layer's group"),
    ]
    for change, pattern in cases:
        refused(spoilt(change), pattern, pattern)


def truncation_is_found():
    with open("model.h5", "rb") as f:
        whole = f.read()
    rng = random.Random(4)
    for size in sorted({1, 8, 9, 48, 96, len(whole) - 1} | {rng.randrange(len(whole)) for _ in range(40)}):
        with open("cut.h5", "wb") as f:
            f.write(whole[:size])
        refused("cut.h5", r"cut\.h5", f"cut to {size} of {len(whole)} bytes")


def flips_are_found():
    """One bit in every dataset's data, which its checksum must catch; and bits all over the file,
    which must never crash or give other weights."""
    with h5py.File("model.h5") as f:
        places = {}
        for name, group in f.items():
            for tensor, data in group.items():
                chunk = data.id.get_chunk_info(0)
                places[f"{name}/{tensor}"] = chunk.byte_offset + chunk.size // 2
    with open("model.h5", "rb") as f:
        whole = f.read()

    def flipped(at, bit):
        data = bytearray(whole)
        data[at] ^= 1 << bit
        with open("flip.h5", "wb") as f:
            f.write(data)
        return "flip.h5"

    for name, at in places.items():
        refused(flipped(at, 3), rf"flip.h5: {name}: cannot be read", f"a bit of {name}")
    rng = random.Random(8)
    with h5py.File("model.h5") as f:
        good = {name: f[name][...] for name in places}
    unseen = 0
    for _ in range(60):
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        shutil.rmtree("other", ignore_errors=True)
        result = facet("export", "-q", flipped(at, bit), "-o", "other")
        check(result.returncode in (0, 1), f"bit {bit} of byte {at}: exit {result.returncode}")
        if result.returncode == 0:
            unseen += 1
            for name, values in good.items():
                other = np.load("other/" + name.replace("/", ".") + ".npy")
                check(np.array_equal(other, values), f"bit {bit} of byte {at}: other {name}")
    print(f"{unseen} of 60 flipped bits changed nothing that is read")


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    for arguments in (["create", "-q", *SMALL, "--seed", "5", "-o", "model.h5"],
                      ["create", "-q", *SMALL, "--seed", "5", "--half", "-o", "half.h5"],
                      ["export", "-q", "model.h5", "-o", "weights"],
                      ["export", "-q", "half.h5", "-o", "half"]):
        result = facet(*arguments)
        check(result.returncode == 0 and result.stderr == "", f"{arguments}: {result.stderr}")
    opens_in_h5py()
    damage_is_named()
    truncation_is_found()
    flips_are_found()
    os.chdir("/")
for failure in failures:
    print("FAILED:", failure)
print(f"{len(failures)} failures")
sys.exit(1 if failures else 0)
