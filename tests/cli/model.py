"""facet-model and facet-info on the command line. Usage: model.py BINDIR

What the files hold is tested in tests/net/test_model_file.py."""
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    from PIL import Image
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from cli import BIN, conventions, expect, facet, failures, finish

SMALL = ["--input", "47x47", "--maps", "4,5,6,7", "--width", "11,12,13,14"]

# By hand, for an input of 47 x 47: conv1 44, pool1 22, conv2 20, pool2 10, conv3 8, pool3 4, conv4 3.
LIST = """\
layer	kind	inputs	output	relu	weights	macs
conv1	convolution	input	4x44x44	1	196	371712
pool1	max_pool	conv1	4x22x22	0	0	0
fc1	fully_connected	pool1	11	1	21307	21296
conv2	convolution	pool1	5x20x20	1	185	72000
pool2	max_pool	conv2	5x10x10	0	0	0
fc2	fully_connected	pool2	12	1	6012	6000
conv3	local_convolution	pool2	6x8x8	1	4416	17280
pool3	max_pool	conv3	6x4x4	0	0	0
fc3	fully_connected	pool3	13	1	1261	1248
conv4	local_convolution	pool3	7x3x3	1	1575	1512
fc4	fully_connected	pool3,conv4	14	1	2240	2226
"""


def check(condition, what):
    if not condition:
        failures.append(what)


def help_and_misuse():
    conventions("model")
    conventions("info")
    expect(facet("model", "--help"), 0, stdout=r"create: .*\nlist: .*\nexport: ")
    for command in "create", "list", "export":
        out = expect(facet("model", command, "--help"), 0,
                     stdout=rf"^facet-model {command}: .+\n\nUsage: facet-model {command} ")
        check(all(len(line) <= 100 for line in out.stdout.splitlines()), f"{command}: wide help")
        expect(facet("model", command, "--nope"), 2,
               rf"unknown option --nope\nTry 'facet-model {command} --help'")
    misuse = [
        (["destroy"], r'^facet-model: unknown command "destroy" \(there are: create, list, export, convert\)'),
        (["create"], "^facet-model create: expected -o MODEL.h5"),
        (["create", "-o", "x.h5", "more"], 'unexpected argument "more"'),
        (["create", "-o", "x.h5", "--arch", "vgg"], r'"vgg" is unknown \(there is: deepid2plus\)'),
        (["create", "-o", "x.h5", "--input", "55"], '--input: "55": expected 2 numbers'),
        (["create", "-o", "x.h5", "--input", "55x47x3"], "expected 2 numbers"),
        (["create", "-o", "x.h5", "--input", "55x"], "--input: .* not a whole number"),
        (["create", "-o", "x.h5", "--channels", "2"], "neither 1 nor 3"),
        (["create", "-o", "x.h5", "--maps", "1,2"], '--maps: "1,2": expected one number or 4'),
        (["create", "-o", "x.h5", "--maps", "0"], "--maps: 0 is outside 1 to 65536"),
        (["create", "-o", "x.h5", "--width", "5,5,5,x"], "--width: .*x"),
        (["create", "-o", "x.h5", "--fc4-input", "pool3"], "neither conv4 nor pool3"),
        (["create", "-o", "x.h5", "--seed", "-1"], "--seed: -1 is outside"),
        (["list", "-o", "x.tsv"], "-o needs a MODEL.h5"),
        (["convert", "model.h5", "-o", "x.h5"], "expected --precision TYPE"),
        (["convert", "model.h5", "--precision", "int4", "-o", "x.h5"], "--precision: no precision"),
        (["export", "model.h5"], "expected -o FOLDER"),
    ]
    for arguments, pattern in misuse:
        expect(facet("model", *arguments), 2, pattern)
    check(not os.path.exists("x.h5"), "misuse leaves a file behind")


def failing():
    expect(facet("model", "create", "--input", "30x47", "-o", "x.h5"), 1,
           "an input of 30 x 47 doesn't suit the network")
    expect(facet("model", "create", *SMALL, "-o", "no/folder/x.h5"), 1, "no/folder/x.h5")
    for command in ["model", "list"], ["info"]:
        expect(facet(*command, "absent.h5"), 1, r"^facet-\w+( list)?: absent\.h5: No such file")
    expect(facet("model", "export", "model.h5", "--layer", "pool1", "-o", "w"), 1,
           r'no layer "pool1" with weights \(it has: conv1, fc1, conv2,')
    expect(facet("model", "export", "model.h5", "-o", "model.h5"), 1, "a file of that name exists")
    with h5py.File("plain.h5", "w") as f:
        f["x"] = 1
    expect(facet("info", "plain.h5"), 1, "plain.h5: is HDF5, but neither a model nor an activation")
    with open("/dev/full", "w") as full:
        for name, arguments in ("info", ["model.h5"]), ("model", ["list", "model.h5"]):
            result = subprocess.run([os.path.join(BIN, "facet-" + name), *arguments], stdout=full,
                                    stderr=subprocess.PIPE, text=True)
            check(result.returncode == 1 and "cannot write" in result.stderr, f"{name}: full disk")


def working():
    out = expect(facet("model", "create", *SMALL, "--fc4-input", "pool3+conv4", "--seed", "9", "-o",
                       "model.h5"), 0, r"^facet-model create: model.h5: 11 layers, 37192 weights, ")
    check(out.stdout == "", "create prints on stdout")
    expect(facet("model", "list", "model.h5", "-o", "list.tsv"), 0)
    with open("list.tsv") as f:
        check(f.read() == LIST, "list.tsv is not as expected")
    with open("list.json") as f:
        sidecar = json.load(f)
    check([c["name"] for c in sidecar["columns"]] == LIST.split("\n")[0].split("\t"), "list.json")
    shown = expect(facet("model", "list", "model.h5"), 0).stdout.splitlines()
    rows = [line.split() for line in LIST.splitlines()]
    check([line.split() for line in shown[1:-1]] == [r[:4] + r[5:] for r in rows[1:]], "list")
    check(shown[-1].split() == ["all", "37192", "493274"], f"list: sums: {shown[-1]}")
    expect(facet("model", "export", "model.h5", "--layer", "conv3", "-o", "w/conv3"), 0, "2 files")
    check(sorted(os.listdir("w/conv3")) == ["conv3.bias.npy", "conv3.weight.npy"], "export")
    check(np.load("w/conv3/conv3.weight.npy").shape == (4, 4, 6, 5, 3, 3), "exported shape")
    same = expect(facet("model", "create", "-q", *SMALL, "--fc4-input", "pool3+conv4", "--seed", "9",
                        "-o", "again.h5"), 0)
    check(same.stderr == "", "create -q says something")
    with h5py.File("model.h5") as a, h5py.File("again.h5") as b:
        check(all((a[n]["weight"][...] == b[n]["weight"][...]).all() for n in a if "weight" in a[n]),
              "the same seed gives other weights")


def converting():
    """fc2 of this network has a million weights: only it is stored in bytes."""
    expect(facet("model", "create", "-q", *SMALL[:2], "--maps", "8", "--width", "8,1400,8,8", "-o",
                 "wide.h5"), 0)
    expect(facet("model", "convert", "wide.h5", "--precision", "int8", "-o", "bytes.h5"), 0)
    expect(facet("model", "convert", "bytes.h5", "--precision", "float32", "-o", "back.h5"), 0)
    with h5py.File("wide.h5") as a, h5py.File("bytes.h5") as b, h5py.File("back.h5") as c:
        check({n: str(b[n]["weight"].dtype) for n in b if "weight" in b[n]} ==
              {n: "int8" if n == "fc2" else "float16" for n in a if "weight" in a[n]}, "int8: types")
        weight, step = a["fc2/weight"][...], b["fc2/weight_step"][...]
        check(np.allclose(step, np.abs(weight).max(1) / 127, rtol=1e-6), "int8: steps")
        check((np.abs(b["fc2/weight"][...] * step[:, None] - weight) <= step[:, None] * 0.5001).all(),
              "int8: off by more than half a step")
        check((c["fc2/weight"][...] == (b["fc2/weight"][...] * step[:, None])).all(), "int8 read back")
    with h5py.File("bytes.h5", "r+") as f:
        del f["fc2/weight_step"]
        f["fc2/weight_step"] = step[:-1]
    expect(facet("info", "bytes.h5"), 1, r"bytes.h5: fc2/weight_step: has 1399 steps, expected 1400")


def shipped():
    os.makedirs("shipped", exist_ok=True)
    os.replace("back.h5", "shipped/little.h5")
    env = {**os.environ, "FACET_MODELS": os.path.abspath("shipped")}
    out = expect(facet("model", "list", env=env), 0, "1 trained network in .*/shipped").stdout
    check(out.split("\t")[0] == "little", f"list of networks: {out}")
    expect(facet("info", "little", env=env), 0)
    expect(facet("model", "list", "little", env=env), 0)
    expect(facet("info", "large", env=env), 1, "large: No such file")


def info():
    out = expect(facet("info", "model.h5"), 0, stdout=r"^model.h5: a model, deepid2plus\n")
    for pattern in (r"\ninput +47 x 47 \(height x width\), 3 channels \(rgb\)\n",
                    r"\nalignment +five landmarks", r"\nseed +9\n",
                    r"\ntraining +none: random weights\n", r"\nsource +facet \d",
                    r"\nhistory +\d{4}-\d\d-\d\dT[\d:]+Z: facet-model create --input 47x47 ",
                    r"\nsha256 +[0-9a-f]{64}\n", r"\nconv4 +local_convolution +pool3 +7x3x3 +1575 "):
        check(re.search(pattern, out.stdout), f"info lacks {pattern!r}:\n{out.stdout}")
    check(all(len(line) <= 100 for line in out.stdout.splitlines()), "info is wider than 100")
    rng = np.random.default_rng(1)
    for name in "ann/1.png", "ann/2.png", "bob/1.png":
        os.makedirs("faces/" + os.path.dirname(name), exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (60, 50, 3), np.uint8)).save("faces/" + name)
    expect(facet("dump", "--model", "model.h5", "--images", "faces", "--align", "resize", "--layers",
                 "fc4,conv3_linear", "--mirror", "-o", "acts.h5"), 0)
    out = expect(facet("info", "acts.h5"), 0, stdout=r"^acts.h5: activations\n")
    for pattern in (r"\nimages +3\n", r"\nidentities +2\n", r"\nattributes +none\n",
                    r"\nviews +original, mirror\n", r"\nalignment +the whole image",
                    r"\nmodel +deepid2plus\n", r"\nmodel sha256 +[0-9a-f]{64}\n",
                    r"\nkernels +(avx512|avx2|portable)\n", r"\nhistory +.*facet-dump ", r"\nfc4 +14 +14\n",
                    r"\nconv3_linear +6x8x8 +384\n", r"\nsha256 +[0-9a-f]{64}\n"):
        check(re.search(pattern, out.stdout), f"info lacks {pattern!r}:\n{out.stdout}")
    check(all(len(line) <= 100 for line in out.stdout.splitlines()), "info is wider than 100")


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    working()
    converting()
    shipped()
    help_and_misuse()
    failing()
    info()
    os.chdir("/")
finish()
