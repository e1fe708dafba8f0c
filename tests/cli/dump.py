"""facet-dump on the command line: help, misuse, and every kind of bad input it promises to name.
Usage: dump.py BINDIR"""
import os
import resource
import shutil
import signal
import struct
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

from cli import conventions, expect, facet, failures, finish

LAYERS = ["--layers", "fc4"]


def dump(images, *more, model="model.h5", out="out.h5", **options):
    for name in (out, out + ".partial"):
        if os.path.exists(name) and "--resume" not in more:
            os.remove(name)
    return facet("dump", "--model", model, "--images", images, *LAYERS, *more, "-o", out, **options)


def put(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def manifest(path, *rows, header="image"):
    put(path, "\n".join([header, *rows, ""]).encode())


def bad_images(good):
    """Each bad image stops the run by name, and with --allow-missing becomes a counted NaN row."""
    jpeg = open(good, "rb").read()
    huge = (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" +
            struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    import zlib
    huge += struct.pack(">I", zlib.crc32(huge[12:29]))
    cases = {"empty.jpg": (b"", "empty"), "cut.jpg": (jpeg[:len(jpeg) // 2], "cut.jpg"),
             "text.jpg": (b"hello, I am not an image", "text.jpg"), "huge.png": (huge, "huge.png"),
             "noise.jpg": (jpeg[:300] + os.urandom(200), "noise.jpg")}
    for name, (data, word) in cases.items():
        put("bad/" + name, data)
        manifest("bad/one.tsv", "../" + good, name)
        expect(dump("bad/one.tsv", "--align", "resize"), 1, rf"^facet-dump: .*{word}[^\n]*\n$|{word}")
        if os.path.exists("out.h5"):
            failures.append(f"{name}: left an output file behind")
    manifest("bad/absent.tsv", "../" + good, "absent.jpg")
    expect(dump("bad/absent.tsv", "--align", "resize"), 1, r"absent\.jpg: cannot open: No such file")
    manifest("bad/all.tsv", *cases, "absent.jpg", "../" + good)
    result = expect(dump("bad/all.tsv", "--align", "resize", "--allow-missing"), 0,
                    r"7 images, 6 of them missing")
    if result.returncode == 0:
        with h5py.File("out.h5") as f:
            if f["missing"][:].tolist() != [1] * 6 + [0]:
                failures.append(f"missing is {f['missing'][:]}")
            if not (np.isnan(f["fc4"][:6]).all() and np.isfinite(f["fc4"][6]).all()):
                failures.append("missing rows aren't NaN, or the good one isn't finite")
    if os.geteuid() != 0:
        shutil.copy(good, "bad/locked.jpg")
        os.chmod("bad/locked.jpg", 0)
        manifest("bad/locked.tsv", "locked.jpg")
        expect(dump("bad/locked.tsv", "--align", "resize"), 1, r"locked\.jpg: Permission denied")


def bad_manifests(good):
    points = "\t".join(f"{p}_{a}" for p in ("left_eye", "right_eye", "nose", "mouth_left",
                                            "mouth_right") for a in "xy")
    manifest("a.tsv", good, good)
    expect(dump("a.tsv"), 1, r"a\.tsv:3: .* is listed twice \(first in line 2\)")
    manifest("a.tsv", header=good)
    expect(dump("a.tsv"), 1, r"a\.tsv:1: no column image in the header row")
    manifest("a.tsv", good + "\t1", "x.jpg\tone", header="image\tage")
    expect(dump("a.tsv"), 1, r"a\.tsv:3: column age has numbers")
    manifest("a.tsv", good + "\t" + "\t".join(["1e"] * 10), header="image\t" + points)
    expect(dump("a.tsv"), 1, r'a\.tsv:2: left_eye_x: "1e" is not a number')
    manifest("a.tsv", good + "\t" + "\t".join(["9000"] * 10), header="image\t" + points)
    expect(dump("a.tsv"), 1, os.path.basename(good))
    manifest("a.tsv", good + "\t" + "\t".join(["NA"] * 10), header="image\t" + points)
    expect(dump("a.tsv"), 1, os.path.basename(good))
    manifest("a.tsv", good)
    expect(dump("a.tsv"), 1, r"aligns faces by landmarks and there are none: give --landmarks")
    expect(dump("a.tsv", "--crop", "0,0,9000,9000"), 1, r"crop")
    expect(dump("a.tsv", "--crop", "0,0,5"), 2, r"--crop X,Y,W,H: \"0,0,5\" has fewer than 4")
    expect(dump("absent"), 1, r"absent: No such file")
    os.makedirs("nothing", exist_ok=True)
    expect(dump("nothing"), 1, r"nothing: no \.jpg")


def bad_models():
    images = "faces/manifest.tsv"
    expect(facet("dump", "--model", "model.h5", "--images", images, "--layers", "fc4,fc9", "-o",
                 "out.h5"), 1, r"fc9.*conv1.*fc4")
    expect(dump(images, model="absent.h5"), 1, r"absent\.h5: No such file")
    put("empty.h5", b"")
    expect(dump(images, model="empty.h5"), 1, r"empty\.h5: is empty")
    data = open("model.h5", "rb").read()
    put("cut.h5", data[:len(data) // 2])
    expect(dump(images, model="cut.h5"), 1, r"cut\.h5")
    shutil.copy("model.h5", "nan.h5")
    with h5py.File("nan.h5", "r+") as f:
        f["conv2/weight"][1, 2, 0, 0] = np.nan
    expect(dump(images, model="nan.h5"), 1, r"nan\.h5: .*conv2.*(NaN|finite)")
    shutil.copy("model.h5", "shape.h5")
    with h5py.File("shape.h5", "r+") as f:
        weight = f["fc2/weight"][:]
        del f["fc2/weight"]
        f["fc2/weight"] = weight[:, :-1]
    expect(dump(images, model="shape.h5"), 1, r"fc2.*weight|weight.*fc2")


def full_disk():
    """A file-size limit stands in for a full disk: nothing is left that looks finished."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

    expect(dump("faces/manifest.tsv", preexec_fn=limit), 1, r"out\.h5\.partial: .*cannot (write|create)")
    if os.path.exists("out.h5"):
        failures.append("a full disk left out.h5 behind")
    expect(dump("faces/manifest.tsv", "-q", out="/dev/full/out.h5"), 1, r"/dev/full/out\.h5")


def failed_run_goes_on():
    """An image that turns out bad late costs its own batch; mended, the run goes on to the same file."""
    images = "faces/manifest.tsv"
    expect(dump(images, "--batch", "4", "-t", "1"), 0)
    with h5py.File("out.h5") as f:
        whole, names = f["fc4"][:], f["image"].asstr()[:]
    late = "faces/" + names[30]
    good = open(late, "rb").read()
    put(late, good[:100])
    expect(dump(images, "--batch", "4", "-t", "1", out="late.h5"), 1, os.path.basename(late))
    with h5py.File("late.h5.partial") as f:
        done = int(f.attrs["rows_done"])
        if done == 0 or done > 30 or not (f["fc4"][:done] == whole[:done]).all():
            failures.append(f"{done} rows were kept before a bad image 30")
    put(late, good)
    expect(dump(images, "--batch", "4", "--resume", out="late.h5"), 0,
           rf"going on after {done} finished images")
    with h5py.File("late.h5") as f:
        if not (f["fc4"][:] == whole).all():
            failures.append("a resumed run gives other values")


def bookkeeping():
    images = "faces/manifest.tsv"
    expect(dump(images), 0, r"out\.h5: 40 images in ")
    again = ["dump", "--model", "model.h5", "--images", images, *LAYERS, "-o", "out.h5"]
    expect(facet(*again), 1, r"out\.h5: exists: --force replaces it")
    expect(facet(*again, "--resume"), 0, r"out\.h5: is complete already")
    expect(facet(*again, "--resume", "--mirror"), 1, r"of another run: layer fc4")
    expect(facet(*again, "--force", "--mirror"), 0)
    expect(dump(images, env={**os.environ, "FACET_KERNELS": "fast"}), 1,
           r'FACET_KERNELS: no kernel set that runs here is named "fast" \(there are: .*reference\)')
    expect(dump(images, "--kernels", "portable"), 0, r"kernels portable:")
    expect(facet(*again, "--resume"), 1, r"of another run: its kernels is portable")
    table = expect(dump(images, "--profile"), 0).stdout.splitlines()
    expected = ["step", "decode", "conv1+pool1", "conv2+pool2", "conv3", "pool3", "conv4", "fc4",
                "layout", "write", "all"]
    if [line.split()[0] for line in table[:len(expected)]] != expected:
        failures.append("--profile prints " + "\n".join(table))
    expect(facet(*again, "--force", "--resume"), 2, r"exclude each other")
    put("out2.h5.partial", b"garbage")
    expect(facet("dump", "--model", "model.h5", "--images", images, "-o", "out2.h5", "--resume"), 1,
           r"out2\.h5\.partial")
    expect(facet("dump", "--model", "model.h5", "--images", images, "-o", "out2.h5"), 1, "--resume")
    expect(facet("dump", "--model", "model.h5", "--images", images, "--preview", "sheet.png"), 0,
           r"sheet\.png: contact sheet")
    with open("sheet.png", "rb") as f:
        if f.read(4) != b"\x89PNG":
            failures.append("sheet.png is no PNG")


def occlusion():
    """The clean face is untouched, levels are views, and the same whatever else is asked for."""
    images, how = "faces/manifest.tsv", ["--layers", "fc4,pool1", "--batch", "5"]
    expect(dump(images, *how, out="clean.h5"), 0)
    levels = ["--occlude", "bottom:20-40/20,block:30", "--mirror"]
    expect(dump(images, *how, *levels, out="hidden.h5"), 0)
    expect(dump(images, *how, "--occlude", "eyes,block:30", out="other.h5"), 0)
    with h5py.File("clean.h5") as clean, h5py.File("hidden.h5") as f, h5py.File("other.h5") as other:
        views = list(f["view"].asstr())
        if views != ["original", "mirror", "bottom:20", "bottom:20+mirror", "bottom:40",
                     "bottom:40+mirror", "block:30", "block:30+mirror"]:
            failures.append(f"views are {views}")
        for layer in "fc4", "pool1":
            if (clean[layer][:] != f[layer][:, 0]).any():
                failures.append(f"{layer} of the clean face changes beside hidden ones")
            if (other[layer][:, 2] != f[layer][:, 6]).any():
                failures.append(f"{layer} of block:30 depends on what else is hidden")
        upper, lower = clean["pool1"][:][:, :, :8], clean["pool1"][:][:, :, -3:]
        if (upper != f["pool1"][:, 4][:, :, :8]).any() or (lower == f["pool1"][:, 4][:, :, -3:]).all():
            failures.append("bottom:40 hides something else than the bottom")
        if f.attrs["occlusion"] != "black, seed 1: bottom:20 bottom:40 block:30":
            failures.append(f"occlusion is {f.attrs['occlusion']}")
    for other in (["--occlude-seed", "2"], ["--fill", "grey"]):
        expect(dump(images, *how, *levels, *other, "--resume", out="hidden.h5"), 1,
               r"of another run: its occlusion is black, seed 1: bottom:20")
    expect(dump(images, "--occlude", "bottom:120"), 1, r'"bottom:120": expected percent from 1 to 100')
    expect(dump(images, "--fill", "grey"), 2, r"belong to --occlude")
    expect(dump(images, "--occlude", "eyes,bottom:10-70/10", "--preview", "row.png"), 0)
    expect(dump(images, "--occlude", "square:20@80x0"), 1, r"doesn't lie within a face of 94 x 110")
    expect(dump(images, "--occlude", "slide:60/30"), 0)
    with h5py.File("out.h5") as f:
        if list(f["view"].asstr()) != ["original", *(f"square:60@{x}x{y}" for y in (10, 40) for x in (2, 32))]:
            failures.append(f"views of a slide are {list(f['view'].asstr())}")


def killed_sweep_goes_on():
    """All of the paper's levels; a kill in the middle, and --resume gives the same file."""
    images = "faces/manifest.tsv"
    sweep = ["--occlude", "bottom:10-70/10,block:10-70/10", "--flush", "0", "--batch", "60", "-t", "1"]
    expect(dump(images, *sweep, out="whole.h5"), 0)
    done, delay = 0, 0.05
    while not 0 < done < 40 and delay < 5:
        try:
            dump(images, *sweep, out="killed.h5", timeout=delay)
        except subprocess.TimeoutExpired:
            pass  # and killed
        delay *= 1.3
        if os.path.exists("killed.h5.partial"):
            try:
                with h5py.File("killed.h5.partial") as f:
                    done = int(f.attrs["rows_done"])
            except (OSError, KeyError):  # killed while it was being made
                done = 0
    if not 0 < done < 40:
        failures.append("no kill hit the middle of a sweep")
    expect(dump(images, *sweep, "--resume", out="killed.h5"), 0,
           rf"going on after {done} finished images")
    with h5py.File("killed.h5") as f, h5py.File("whole.h5") as g:
        if f["fc4"].shape != (40, 15, 32) or (f["fc4"][:] != g["fc4"][:]).any():
            failures.append("a killed and resumed sweep differs")


def mean_face():
    """The mean of what the network sees: of one image the face itself, of all of them numpy's mean,
    of what the sheet shows."""
    images = "faces/manifest.tsv"
    def face(manifest, *more):
        expect(facet("dump", "--model", "model.h5", "--images", manifest, "--mean-face", "face.tsv",
                     *more), 0, r"face\.tsv: mean face")
        rows = np.loadtxt("face.tsv", skiprows=1)
        if not (rows[:, 0] + 47 * rows[:, 1] == np.arange(47 * 55)).all():
            failures.append("the mean face's pixels are out of order")
        return rows[:, 2:].reshape(55, 47, 3)

    header, *rows = open(images).read().splitlines()
    faces = []
    for k, row in enumerate(rows[:3]):
        put(f"faces/one{k}.tsv", (header + "\n" + row + "\n").encode())
        faces.append(face(f"faces/one{k}.tsv", "--preview", "one.png", "--preview-count", "1"))
        sheet = np.asarray(Image.open("one.png"))[4:-4:2, 4:-4:2].astype("f8")
        if abs(sheet - faces[-1]).max() > 0.5 + 1e-6:
            failures.append("the mean face of one image isn't what the sheet shows")
    put("faces/three.tsv", "\n".join([header, *rows[:3], ""]).encode())
    both = face("faces/three.tsv", "--occlude", "bottom:50", "--mirror")
    if abs(both - np.mean(faces, axis=0)).max() > 1e-6:
        failures.append("the mean face isn't the mean")
    manifest("none.tsv", "absent.jpg")
    expect(facet("dump", "--model", "model.h5", "--images", "none.tsv", "--align", "resize",
                 "--allow-missing", "--mean-face", "face.tsv"), 1, r"none\.tsv: no image can be read")


def main():
    conventions("dump")
    expect(facet("dump", "--images", "x", "-o", "y"), 2, r"--model is needed")
    expect(facet("dump", "--images", "x", "--model", "m"), 2, r"-o, --preview or --mean-face is needed")
    expect(facet("dump", "-t", "0"), 2, r"--threads: 0 is outside 1 to 1024")
    expect(facet("dump", "--batch", "x"), 2, r'--batch: "x" is not a whole number')
    expect(facet("synth", "--identities", 8, "--images", 40, "-o", "faces"), 0)
    expect(facet("model", "create", "--arch", "deepid2plus", "--maps", 8, "--width", 32, "-o",
                 "model.h5"), 0)
    folder = sorted(d for d in os.listdir("faces") if os.path.isdir("faces/" + d))[0]
    good = f"faces/{folder}/{sorted(os.listdir('faces/' + folder))[0]}"
    bad_images(good)
    bad_manifests(good)
    bad_models()
    full_disk()
    failed_run_goes_on()
    bookkeeping()
    occlusion()
    killed_sweep_goes_on()
    mean_face()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main()
    finish()
