"""facet-dump and facet-info on .onnx networks: layers by name and pattern, preprocessing by options,
the same file for any batch and after an interruption, and what is refused. Usage: dump_onnx.py BINDIR"""
import os
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import onnx  # noqa: F401  (the networks are made with it)
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "onnx"))
from cli import expect, facet, failures, finish
from models import model, node, small, tensor, value

# Deng et al. (2019), as insightface publishes them: x, y, pixel centres at integers.
ARCFACE112 = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041]


def dump(name, *more, out="out.h5"):
    for path in (out, out + ".partial"):
        if os.path.exists(path):
            os.remove(path)
    return facet("dump", "--model", name, "--images", "faces/manifest.tsv", *more, "-o", out)


def write(name, made):
    with open(name, "wb") as f:
        f.write(made.SerializeToString())


def layers_of(path="out.h5"):
    with h5py.File(path) as f:
        return {name: f[name][...] for name in f if f[name].ndim > 1}


def layers():
    expect(dump("small.onnx"), 0, r"takes values of 0 to 255")
    if set(layers_of()) != {"y"}:
        failures.append(f"outputs by default: {set(layers_of())}")
    with h5py.File("out.h5") as f:
        if f.attrs["model_name"] != "small" or f["y"].shape[-1] != 10:
            failures.append("the network's name or its layer's shape")
    alone = layers_of()["y"]
    expect(dump("small.onnx", "--layers", "r3,c0", "--layers-matching", "?5"), 0)
    found = layers_of()
    if set(found) != {"r3", "c0", "a5", "m5", "f5", "g5"}:
        failures.append(f"--layers and --layers-matching: {set(found)}")
    expect(dump("small.onnx", "--layers-matching", "*", "--batch", "7", "-t", "2"), 0)
    if layers_of()["y"].tobytes() != alone.tobytes():
        failures.append("y has other bits when all tensors are asked for, or in another batch")
    expect(dump("small.onnx", "--layers", "nothing"), 1, r"no tensor computed at run time is named "
                                                         r"'nothing' \(outputs: y;")
    expect(dump("small.onnx", "--layers-matching", "zz*"), 1, r"no layer of small.onnx is named like")
    # Names that HDF5 or a command line can't have.
    odd = model([node("Relu", "x", "/a/b,c", name="r"), node("Relu", "/a/b,c", "a.b_c", name="s")],
                outputs=[value("a.b_c", None)])
    write("odd.onnx", odd)
    expect(dump("odd.onnx", "--layers-matching", "a.b_c*"), 0)
    if len(layers_of()) != 2:
        failures.append(f"odd names: {set(layers_of())}")
    expect(dump("odd.onnx", "--layers", "a.b_c"), 0)


def preprocessing():
    """The input itself is a tensor: what the network gets is seen there."""
    def seen(*options):
        expect(dump("small.onnx", "--layers", "x", *options), 0)
        return layers_of()["x"].astype(float)

    raw = seen()
    for options, factor, addend in ((["--preset", "arcface"], 1 / 127.5, -1),
                                    (["--preset", "unit"], 1 / 255, 0),
                                    (["--mean", "100", "--scale", "0.5"], 0.5, -50)):
        if not np.allclose(seen(*options), raw * factor + addend, atol=1e-5):
            failures.append(f"{options}: other values")
    colours = seen("--channel-order", "bgr", "--mean", "0,0,10")
    if not np.allclose(colours, raw[:, ::-1] - np.array([0, 0, 10]).reshape(3, 1, 1), atol=1e-4):
        failures.append("--channel-order bgr, and a mean for each channel")
    with h5py.File("out.h5") as f:
        if f.attrs["channel_order"] != "bgr" or list(f.attrs["mean"]) != [0, 0, 10]:
            failures.append("the dump doesn't say how images were preprocessed")
    seen("--align", "arcface112")
    with h5py.File("out.h5") as f:
        points = (np.array(ARCFACE112) + 0.5) * 8 / 112
        if not np.allclose(f.attrs["template_points"], points) or f.attrs["align"] != "landmarks":
            failures.append("--align arcface112: another template")
    expect(dump("small.onnx", "--preset", "none"), 1, r"preset \"none\": there are raw, arcface, unit")
    expect(dump("small.onnx", "--mean", "1,2"), 1, r"--mean: \"1,2\": expected one number")
    expect(dump("small.onnx", "--mean", "1,x,2"), 1, r"--mean: \"x\" is not a number")
    expect(dump("small.onnx", "--channel-order", "gbr"), 1, r"order \"rgb\"|order \"gbr\"")
    expect(dump("small.onnx", "--align", "arcface"), 1, r"expected landmarks, arcface112, crop or resize")
    expect(dump("deepid2plus", "--preset", "unit"), 1, r"are for .onnx networks")
    write("open.onnx", model([node("GlobalAveragePool", "x", "y")],
                             inputs=[value("x", ["n", 3, "h", "w"])]))
    expect(dump("open.onnx"), 1, r"input 'x': dimension 3 is left open: a size of the image")
    expect(dump("open.onnx", "--input-size", "20x16"), 0)
    expect(dump("open.onnx", "--input-size", "20"), 1, r"--input-size: \"20\" is not WIDTHxHEIGHT")
    expect(dump("small.onnx", "--input-size", "20x16"), 1, r"dimension 3 is 8 in the file, 16 was asked")


def info():
    expect(facet("info", "small.onnx"), 0, stdout=r"small.onnx: an ONNX network, small\n\n"
           r"input +x: 8 x 8 \(height x width\), 3 channels\noutputs +y: 10\n")
    expect(facet("info", "small.onnx"), 0, stdout=r"c0 +Conv +16x4x4 +432 +6912  x\n")
    expect(facet("info", "open.onnx", "--input-size", "20x16"), 0, stdout="16 x 20")
    expect(facet("info", "open.onnx", "--input-size", "x"), 2, "--input-size")


def main():
    expect(facet("synth", "--identities", "4", "--images", "20", "-o", "faces"), 0)
    write("small.onnx", small())
    layers()
    preprocessing()
    info()


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    main()
    os.chdir("/")
finish()
