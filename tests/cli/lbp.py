"""facet-lbp on the command line: help, misuse, sizes, bad input, and the same bits for any batch,
threads and resume. Usage: lbp.py BINDIR"""
import os
import sys
import tempfile

try:
    import h5py
    import numpy as np
    from PIL import Image
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from cli import conventions, expect, facet, failures, finish

IMAGES = "faces/manifest.tsv"


def lbp(*more, images=IMAGES, out="out.h5", **options):
    for name in (out, out + ".partial"):
        if os.path.exists(name) and "--resume" not in more:
            os.remove(name)
    return facet("lbp", "--images", images, *more, "-o", out, **options)


def read(path="out.h5"):
    with h5py.File(path) as f:
        return f["lbp"][:]


def check(truth, what):
    if not truth:
        failures.append(what)


def manifest(path, *rows, header="image"):
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join([header, *rows, ""]))


def picture(path, array):
    Image.fromarray(np.asarray(array, np.uint8)).save(path)


def misuse():
    conventions("lbp")
    expect(facet("lbp", "-o", "y"), 2, r"--images is needed")
    expect(facet("lbp", "--images", "x"), 2, r"-o, --preview or --mean-face is needed")
    expect(lbp("--points", "7"), 2, r'--points: "7" is neither 5 nor 21')
    expect(lbp("--points", "22"), 2, r"--points: 22 is outside 5 to 21")
    expect(lbp("--points", "x"), 2, r'--points: "x" is not a whole number')
    expect(lbp("--scales", "6"), 2, r"--scales: 6 is outside 1 to 5")
    expect(lbp("--cells", "0"), 2, r"--cells: 0 is outside 1 to 8")
    expect(lbp("--resume", "--force"), 2, r"exclude each other")
    expect(lbp("--fill", "grey"), 2, r"belong to --occlude")


def sizes():
    """5 and 21 points: 23,600 and 99,120 values, and what they are, in the file and on stderr."""
    expect(lbp(), 0, r"21 points \(5 landmarks of each image, 16 placed by the template\): 99120 values")
    all21 = read()
    with h5py.File("out.h5") as f:
        check(f["lbp"].shape == (40, 99120) and f["lbp"].dtype == "<f4", f"lbp is {f['lbp']}")
        check(f.attrs["model_name"] == "lbp" and f.attrs["kernels"] == "lbp", dict(f.attrs))
        check("21 points x 5 scales x 4x4 cells x 59 bins; 5 points are landmarks"
              in f.attrs["model_definition"], f.attrs["model_definition"])
        hash21 = f.attrs["model_sha256"]
    expect(facet("info", "out.h5"), 0, stdout=r"\ndefinition +high-dimensional LBP")
    expect(lbp("--points", "5"), 0, r"5 points \(5 landmarks of each image, 0 placed .*: 23600 values")
    check((read() == all21[:, :23600]).all(), "the five points differ from the first of 21")
    with h5py.File("out.h5") as f:
        check(f.attrs["model_sha256"] != hash21, "5 and 21 points have one hash")
    expect(facet("lbp", "--images", IMAGES, "--resume", "-o", "out.h5"), 1, r"of another run: its model")
    expect(lbp("--scales", "2", "--cells", "3"), 0, r": 22302 values")
    expect(lbp("--half"), 0)
    check((read() == all21.astype(np.float16)).all(), "--half isn't the rounded values")
    check(np.isfinite(all21).all() and all21.min() == 0 and all21.max() <= 1, "values outside 0..1")
    cells = (all21.reshape(40, -1, 59).astype(float) ** 2).sum(2)
    check((cells < 1 + 1e-5).all() and (cells[:, :1000] > 0.999).any(), "cells don't sum up to 1")


def same_bits():
    how = ["--mirror", "--occlude", "bottom:40,block:30", "--points", "5"]
    expect(lbp(*how, "--batch", "64", "-t", "1"), 0)
    whole = read()
    for more in (["--batch", "1", "-t", "3"], ["--batch", "37", "-t", "2"]):
        expect(lbp(*how, *more, out="other.h5"), 0)
        check((read("other.h5") == whole).all(), f"other values with {more}")
    with h5py.File("out.h5") as f:
        names = list(f["image"].asstr())
        views = list(f["view"].asstr())
        check(f.attrs["occlusion"] == "black, seed 1: bottom:40 block:30", f.attrs["occlusion"])
    check(views == ["original", "mirror", "bottom:40", "bottom:40+mirror", "block:30",
                    "block:30+mirror"], views)
    late = "faces/" + names[30]
    with open(late, "rb") as f:
        good = f.read()
    with open(late, "wb") as f:
        f.write(good[:100])
    expect(lbp(*how, "--batch", "24", "-t", "1", out="late.h5"), 1, os.path.basename(late))
    check(not os.path.exists("late.h5"), "a failed run left late.h5")
    with open(late, "wb") as f:
        f.write(good)
    expect(lbp(*how, "--batch", "24", "--resume", out="late.h5"), 0,
           r"going on after \d+ finished images")
    check((read("late.h5") == whole).all(), "a resumed run gives other values")
    expect(lbp(*how, "--resume", out="late.h5"), 0, r"is complete already")


def views():
    """A mirror view is what the mirrored file with mirrored landmarks gives; hidden parts are empty
    of texture, and the rest is as it was."""
    points = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
    header = "image\t" + "\t".join(f"{p}_{a}" for p in points for a in "xy")
    at = np.array([[24.5, 31], [68.5, 31], [47, 57], [29, 79], [65, 79]])
    rng = np.random.default_rng(1)
    face = np.asarray(Image.fromarray(rng.integers(0, 256, (28, 24, 3), np.uint8)).resize((94, 110)))
    picture("face.png", face)
    picture("mirrored.png", face[:, ::-1])
    other = np.stack([93 - at[[1, 0, 2, 4, 3], 0], at[[1, 0, 2, 4, 3], 1]], 1)
    rows = [n + "\t" + "\t".join(map(str, p.ravel()))
            for n, p in (("face.png", at), ("mirrored.png", other))]
    manifest("mirror.tsv", *rows, header=header)
    for align in ("resize", "landmarks"):
        expect(lbp("--mirror", "--align", align, "--points", "5", images="mirror.tsv"), 0)
        a = read()
        check(np.mean(a[0, 1] != a[1, 0]) < 0.02 and np.mean(a[0, 0] != a[1, 0]) > 0.1,
              f"{align}: the mirror view isn't the mirrored file's")
    expect(lbp("--occlude", "bottom:50", "--points", "5", "--scales", "1", "--align", "resize",
               images="mirror.tsv"), 0)
    a = read().reshape(2, 2, 5, 16, 59)
    check((a[:, 0, :2] == a[:, 1, :2]).all(), "the eyes change with the lower half hidden")
    check((a[:, 1, 3:, :, 57] == 1).all() and (a[:, 0, 3:, :, 57] < 1).any(), "the mouth isn't hidden")


def bad_images():
    picture("flat.png", np.full((110, 94, 3), 77))
    picture("dot.png", np.full((1, 1, 3), 200))
    picture("line.png", np.full((1, 300, 3), 20))
    manifest("small.tsv", "flat.png", "dot.png", "line.png")
    expect(lbp(images="small.tsv"), 1, r"aligns faces by landmarks and there are none: give --landmarks")
    expect(lbp("--align", "resize", images="small.tsv"), 0, r"21 points \(0 landmarks of each image, 21")
    a = read().reshape(3, -1, 59)
    check((np.delete(a, 57, 2) == 0).all() and a[..., 57].max() == 1, "constant pictures have texture")
    check((a[0] == a[1]).all() and (a[0] == a[2]).all(), "constant pictures differ")
    with open("text.jpg", "w", encoding="utf-8") as f:
        f.write("not an image")
    manifest("bad.tsv", "flat.png", "text.jpg", "absent.png")
    expect(lbp("--align", "resize", images="bad.tsv"), 1, r"text\.jpg|absent\.png")
    expect(lbp("--align", "resize", "--allow-missing", images="bad.tsv"), 0,
           r"3 images, 2 of them missing")
    with h5py.File("out.h5") as f:
        check(f["missing"][:].tolist() == [0, 1, 1], "missing isn't 0 1 1")
        check(np.isnan(f["lbp"][1:]).all() and np.isfinite(f["lbp"][0]).all(), "missing isn't NaN")
    header = "image\t" + "\t".join(f"{p}_{a}" for p in ("left_eye", "right_eye", "nose", "mouth_left",
                                                       "mouth_right") for a in "xy")
    good = "\t".join(map(str, [24, 31, 68, 31, 47, 57, 29, 79, 65, 79]))
    manifest("some.tsv", "face.png\t" + good, "mirrored.png\t" + "\t".join(["NA"] * 10), header=header)
    for align in ("resize", "landmarks"):
        expect(lbp("--align", align, images="some.tsv"), 1, r"mirrored\.png: .*landmark")
        expect(lbp("--align", align, "--allow-missing", images="some.tsv"), 0,
               r"2 images, 1 of them missing")
    manifest("far.tsv", "face.png\t" + good, "flat.png\t" + "\t".join(["9000"] * 10), header=header)
    expect(lbp(images="far.tsv"), 1, r"flat\.png: landmark 1 has x = 9000")
    expect(lbp("--align", "resize", images="far.tsv"), 0)
    check((read()[1].reshape(21, -1)[:5] == 0).all(), "points far outside see something")
    expect(lbp("--preview", "sheet.png", "--align", "resize", images="far.tsv"), 0, r"contact sheet")


def main():
    expect(facet("synth", "--identities", 8, "--images", 40, "-o", "faces"), 0)
    misuse()
    sizes()
    same_bits()
    views()
    bad_images()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main()
    finish()
