"""facet-train on the command line: what it writes, the same weights in every way of getting there,
and every kind of bad input. Usage: train.py BINDIR DATA-DRIVER

What a step computes is tested in tests/train."""
import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from cli import BIN, conventions, expect, facet, failures, finish

DRIVER = os.path.abspath(sys.argv[2])
FACES = "faces/manifest.tsv"
# 12 steps of 12 images, two checks, four rows of losses.
SHORT = ["--batch-people", 6, "--batch-images", 2, "--validation", 0.2, "--validation-pairs", 40,
         "--epochs", 0.63, "--check-every", 0.32, "--log-every", 3, "--margin-every", 4]
STEPS, IMAGES = 12, 12
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # others may need the processor


def check(condition, what):
    if not condition:
        failures.append(what)


def words(out, *more, images=FACES, model="start.h5"):
    return ["train", "--model", model, "--images", images, *SHORT, *more, "-o", out]


def train(out, *more, images=FACES, model="start.h5", **options):
    return facet(*words(out, *more, images=images, model=model), **options)


def table(path):
    with open(path) as f:
        return list(csv.DictReader(f, delimiter="\t"))


def log_of(folder):
    """Both logs without the speed."""
    rows = table(folder + "/log.tsv")
    for row in rows:
        del row["images_per_second"]
    return rows, table(folder + "/validation.tsv")


def weights_of(path):
    found = {}
    with h5py.File(path) as f:
        f.visititems(lambda name, node: found.update({name: node[...]})
                     if isinstance(node, h5py.Dataset) else None)
    return found


def same_weights(a, b):
    a, b = weights_of(a), weights_of(b)
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def check_same(folder, what):
    """The same end as the training in `one`: weights, momentum, margins, logs."""
    for name in "model.h5", "checkpoint.h5":
        check(same_weights(f"one/{name}", f"{folder}/{name}"), f"{what}: {name} has other weights")
    check(log_of("one") == log_of(folder), f"{what}: other logs")


# ---- what it writes ----

def files():
    result = expect(train("one"), 0, r"24 people with \d+ images to train on; 6 \(\d+\) to check on")
    check(f"; {STEPS} steps of {IMAGES} images" in result.stderr, f"other steps:\n{result.stderr}")
    expect(result, 0, rf"one/model\.h5: {STEPS} steps in .* images/s\); the last layer tells [\d.]+ %")
    check(sorted(os.listdir("one")) == ["checkpoint.h5", "log.json", "log.tsv", "model.h5",
                                        "split.json", "split.tsv", "validation.json",
                                        "validation.tsv"], f"files: {os.listdir('one')}")
    split, rows, checks = (table(f"one/{n}.tsv") for n in ("split", "log", "validation"))
    roles = [r["role"] for r in split]
    check(sorted(set(roles)) == ["train", "validation"] and roles.count("train") == 24, "split.tsv")
    check([r["step"] for r in rows] == ["3", "6", "9", "12"], "log.tsv: steps")
    check(rows[-1]["images"] == "144" and abs(float(rows[-1]["epoch"]) - 12 / 19) < 1e-6,
          f"log.tsv: {rows[-1]}")
    check([r["layer"] for r in checks] == ["fc1", "fc2", "fc3", "fc4"] * 2, "validation.tsv: layers")
    check([r["step"] for r in checks[::4]] == ["6", "12"], "validation.tsv: steps")


def same_in_every_way():
    expect(train("again", "-t", 1), 0)
    check_same("again", "one thread")
    silent = expect(train("again", "-q", "-t", 2, "--force", "--split", "one/split.tsv"), 0)
    check(silent.stderr == "", f"-q says something: {silent.stderr}")
    check_same("again", "two threads, and roles from a table")
    expect(train("seed", "--seed", 2), 0)
    check(not same_weights("one/model.h5", "seed/model.h5"), "another seed gives the same weights")


def learning():
    """An easy task: the loss falls, people of the training set are told, and others, too."""
    expect(facet("train", "--model", "start.h5", "--images", FACES, "--batch-people", 6,
                 "--epochs", 3, "--rate", 0.03, "--augment", "none", "--dropout", 0,
                 "--validation", 0.2, "--validation-pairs", 200, "--check-every", 3, "--log-every", 8,
                 "-o", "learn"), 0)
    rows = table("learn/log.tsv")
    first, last = ({k: float(v) for k, v in row.items()} for row in (rows[0], rows[-1]))
    check(last["loss"] < 0.75 * first["loss"], f"loss goes from {first['loss']} to {last['loss']}")
    for layer in "fc1", "fc4":
        name = "train_accuracy_" + layer
        check(last[name] > 0.2 and last[name] > 2 * first[name],
              f"{name} goes from {first[name]} to {last[name]}; chance is 0.04")
    for row in table("learn/validation.tsv")[-4:]:
        check(float(row["cosine_accuracy"]) > 0.7,
              f"{row['layer']} tells {row['cosine_accuracy']} of the pairs; chance is 0.5")


def other_programs():
    out = expect(facet("info", "learn/model.h5"), 0).stdout
    for word in "24 people, ", " steps, ", "fc4: ", "% of held-out pairs", "verification 0.02", "facet-train":
        check(word in out, f"facet-info lacks {word}:\n{out}")
    expect(facet("info", "learn/checkpoint.h5"), 0)
    expect(facet("dump", "--model", "learn/model.h5", "--images", FACES, "--layers", "fc4", "-o",
                 "acts.h5"), 0)
    with h5py.File("acts.h5") as f:
        dumped = f["fc4"][...]
    for kernels in "reference", "best":
        subprocess.run([DRIVER, "features", "learn/model.h5", kernels, "2", "37", FACES, "fc4.raw"],
                       check=True)
        ours = np.fromfile("fc4.raw", np.float32).reshape(dumped.shape)
        error = np.abs(ours - dumped).max() / np.abs(dumped).max()
        check(error <= 1e-5, f"fc4 of facet-dump and of training ({kernels}) differ by {error:.2g}")
    expect(train("half", "--precision", "float16", "--epochs", 0.1), 0)
    with h5py.File("half/model.h5") as f:
        check(f["fc4/weight"].dtype == np.float16, "--precision writes another type")
    expect(facet("dump", "--model", "half/model.h5", "--images", FACES, "--layers", "fc4", "-o",
                 "half.h5"), 0)
    expect(train("on", "--epochs", 0.1, model="learn/model.h5"), 0)  # a trained network goes on


# ---- stopped and gone on ----

def stop(folder, ready, number, *more):
    """Starts a training and sends it a signal as soon as ready(); (status, what it said). One that
    is over before the signal reaches it is no use: another try."""
    for _ in range(5):
        process = subprocess.Popen([os.path.join(BIN, "facet-train")] +
                                   [str(w) for w in words(folder, *more)[1:]], text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.time() + 60
        while process.poll() is None and time.time() < deadline and not ready():
            time.sleep(0.003)
        process.send_signal(number)
        text = process.communicate()[1]
        if process.returncode != 0:
            return process.returncode, text
        shutil.rmtree(folder)
    failures.append(f"{folder}: always over before it could be stopped")
    return 0, ""


def step_of(folder):
    try:
        with h5py.File(folder + "/checkpoint.h5") as f:
            return json.loads(f.attrs["training"])["state"]["step"]
    except (OSError, KeyError):
        return 0


def interrupted():
    for number in signal.SIGINT, signal.SIGTERM:
        shutil.rmtree("stop", ignore_errors=True)
        status, text = stop("stop", lambda: os.path.exists("stop/log.tsv"), number)
        step = step_of("stop")
        check(status == 1, f"interrupted: status {status}\n{text}")
        check(f"interrupted after {step} of {STEPS} steps; --resume goes on" in text, text)
        check(3 <= step < STEPS and not os.path.exists("stop/model.h5"), f"interrupted at {step}")
        expect(train("stop"), 1, r"stop/checkpoint\.h5: exists: --resume goes on with it, --force")
        check(step_of("stop") == step, "a refused training has touched the checkpoint")
        expect(train("stop", "--resume"), 0, rf"; {STEPS - step} steps of {IMAGES} images")
        check_same("stop", "interrupt and resume")


def killed():
    """Twice; then at the end, when there is nothing left to do."""
    often = ["--save-every", 0, "--resume"]
    stop("kill", lambda: step_of("kill") >= 2, signal.SIGKILL, *often)
    first = step_of("kill")
    stop("kill", lambda: step_of("kill") >= first + 2, signal.SIGKILL, *often)
    check(2 <= first and 4 <= step_of("kill"), f"killed at {first} and {step_of('kill')}")
    expect(train("kill", "--resume", "-t", 1), 0)
    check_same("kill", "kill -9 and resume")
    before = {n: open("kill/" + n, "rb").read() for n in ("log.tsv", "validation.tsv")}
    expect(train("kill", "--resume"), 0)
    for name, data in before.items():
        check(open("kill/" + name, "rb").read() == data, f"resuming a finished training: {name}")
    check_same("kill", "resuming a finished training")


# ---- what it refuses ----

def manifest(path, rows, columns=("image", "identity")):
    with open(path, "w") as f:
        f.write("\n".join("\t".join(row) for row in [columns, *rows]) + "\n")


def bad_people(rows):
    def refused(change, code, message, *more, columns=("image", "identity")):
        manifest("faces/bad.tsv", change, columns)
        shutil.rmtree("bad", ignore_errors=True)
        return expect(train("bad", "--align", "resize", "--epochs", 0.1, *more,
                            images="faces/bad.tsv"), code, message)

    expect(train("bad", images="faces/absent.tsv"), 1, r"faces/absent\.tsv: No such file")
    refused([r[:1] for r in rows], 1, r"bad\.tsv: has no column identity", columns=("image",))
    refused([(r[0], "ann") for r in rows], 1, r"bad\.tsv: .*1 people", "--validation", 0)
    nobody = [(r[0], r[1] if i not in (7, 9) else "NA") for i, r in enumerate(rows)]
    refused(nobody, 1, rf"bad\.tsv: 2 of 300 images have no identity, the first is {rows[7][0]}")
    refused(nobody, 0, r"2 images without identity left out", "--allow-unlabelled")
    alone = [(r[0], r[1] if i else "alone") for i, r in enumerate(rows)]
    refused(alone, 0, r"25 people with")
    check(["alone", "train"] in [[r["identity"], r["role"]] for r in table("bad/split.tsv")],
          "a person with one image isn't trained on")
    refused(rows, 1, r"a batch of 25 people, but only 24 are trained on", "--batch-people", 25)


def bad_images(rows):
    with open("faces/cut.jpg", "wb") as f:
        f.write(open("faces/" + rows[0][0], "rb").read()[:300])
    manifest("faces/bad.tsv", rows + [("cut.jpg", rows[0][1]), ("gone.jpg", rows[0][1])])
    shutil.rmtree("bad", ignore_errors=True)
    more = ["--align", "resize", "--epochs", 0.1]
    result = expect(train("bad", *more, images="faces/bad.tsv"), 1, r"cut\.jpg: ")
    check("steps of" not in result.stderr, "an unreadable image is found when training has begun")
    result = expect(train("bad", *more, "--allow-missing", images="faces/bad.tsv"), 0,
                    r"left out: faces/cut\.jpg: .*\n.*left out: faces/gone\.jpg: .*No such file")
    expect(result, 0, r"2 images that cannot be read left out")
    expect(train("bad", images="faces/bad.tsv"), 1, r"aligns faces by landmarks and there are none")


def bad_options(rows):
    conventions("train")
    expect(facet("train", "--model", "m", "--images", "i"), 2, r"-o is needed")
    expect(facet("train", "--model", "m", "-o", "x"), 2, r"--images is needed")
    expect(facet("train", "--images", "i", "-o", "x"), 2, r"--model is needed")
    expect(train("bad", "--resume", "--force"), 2, r"--resume and --force exclude each other")
    expect(train("bad", "--split", "a", "--exclude", "b"), 2, r"exclude each other")
    expect(train("bad", "--dropout", 1), 2, r"--dropout: 1 is outside 0 to 0\.99")
    expect(train("bad", "--batch-people", 1), 2, r"--batch-people: 1 is outside 2 to 4096")
    expect(train("bad", "--epochs", "x"), 2, r'--epochs: "x" is not a number')
    shutil.rmtree("bad", ignore_errors=True)
    for option, value, message in (
            ("--supervise", "fc2,fc9", r"--supervise fc2,fc9: the model's .* are fc1, fc2, fc3, fc4"),
            ("--schedule", "wave", r'no schedule is named "wave" \(there are: constant, cosine'),
            ("--augment", "spin=3", r'--augment: "spin" is not NAME=NUMBER with one of mirror'),
            ("--augment", "shift=x", r'--augment: "x" is not a number'),
            ("--kernels", "fast", r'kernel set .* named "fast" \(there are: .*reference\)'),
            ("--align", "sideways", r"sideways")):
        expect(train("bad", option, value), 1, message)
    expect(train("bad", env={**os.environ, "FACET_KERNELS": "fast"}), 1,
           r'FACET_KERNELS: no kernel set that runs here is named "fast" \(there are: ')
    for kernels in "reference", "portable":
        expect(train("kernels", "--epochs", 0.05, "--force",
                     env={**os.environ, "FACET_KERNELS": kernels}), 0, f"kernels {kernels},")
    expect(train("kernels", "--epochs", 0.05, "--force", "--kernels", "reference"), 0,
           r"kernels reference,")
    expect(train("bad", model="absent.h5"), 1, r"absent\.h5: No such file")
    expect(train("bad", model="one/checkpoint.h5"), 1, r"one/checkpoint\.h5: .*unknown kind")
    with open("nobody.txt", "w") as f:
        f.write(f"{rows[0][1]}\nNobody_Here\n")
    expect(train("exclude", "--exclude", "nobody.txt", "--epochs", 0.05), 0,
           r"nobody\.txt: 1 of 2 people found and left out")
    check([r["role"] for r in table("exclude/split.tsv") if r["identity"] == rows[0][1]] ==
          ["excluded"], "--exclude doesn't exclude")
    expect(train("bad", "--exclude", "absent.txt"), 1, r"absent\.txt: No such file")


def supervision():
    expect(train("fc4", "--supervise", "fc4", "--keep-weights", "--epochs", 0.5), 0)
    start, end = weights_of("start.h5"), weights_of("fc4/model.h5")
    for name in start:
        kept = name.split("/")[0] in ("fc1", "fc2", "fc3")
        check(np.array_equal(start[name], end[name]) == kept, f"--supervise fc4: {name}")
    rows = table("fc4/log.tsv")
    check(rows[0]["train_accuracy_fc1"] == "NA" and rows[0]["train_accuracy_fc4"] != "NA",
          f"log.tsv of --supervise fc4: {rows[0]}")


def divergence():
    """Stops, names the step, and what was saved before is whole."""
    result = expect(train("wild", "--rate", 1000, "--warmup", 0, "--clip", 0, "--save-every", 0), 1,
                    r"step \d+: (the training diverges: a loss of|the loss of fc\d is not finite|the "
                    r"gradient is not finite)")
    step = int(result.stderr.split("step ")[-1].split(":")[0])
    check(0 < step < STEPS and step_of("wild") == step, f"diverged at {step}, kept {step_of('wild')}")
    check(not os.path.exists("wild/model.h5"), "a diverged training gives a model")
    expect(train("wild", "--rate", 1000, "--warmup", 0, "--clip", 0, "--resume"), 1, f"step {step}: ")


def bad_checkpoints():
    def resumed(message, *more, code=1):
        before = open("bad/checkpoint.h5", "rb").read()
        expect(train("bad", "--resume", *more), code, message)
        check(open("bad/checkpoint.h5", "rb").read() == before, f"{message}: checkpoint has changed")

    shutil.rmtree("bad", ignore_errors=True)
    shutil.copytree("one", "bad")
    for more, message in ((["--rate", 0.03], "another rate: 0.05 there, 0.03 here"),
                          (["--supervise", "fc4"], 'another supervised: "fc1, fc2, fc3, fc4" there'),
                          (["--seed", 2, "--split", "one/split.tsv"], "another seed: 1 there, 2 here"),
                          (["--augment", "none"], "another augment: "),
                          (["--batch-images", 3], "another batch_images: 2 there, 3 here"),
                          (["--align", "resize"], "another align: "),
                          (["--joint-bayesian", 0.1], "another split_sha256: "),
                          (["--kernels", "reference"], "another kernels: ")):
        resumed(rf"bad/checkpoint\.h5: made with {message}", *more)
    data = open("one/checkpoint.h5", "rb").read()
    for what in data[:len(data) // 2], data[:-1], b"", b"no checkpoint":
        with open("bad/checkpoint.h5", "wb") as f:
            f.write(what)
        resumed(r"bad/checkpoint\.h5: ")
    with h5py.File("one/checkpoint.h5") as f:
        at = f["fc1/weight"].id.get_chunk_info(0).byte_offset
    with open("bad/checkpoint.h5", "wb") as f:
        f.write(data[:at + 1000] + bytes([data[at + 1000] ^ 1]) + data[at + 1001:])
    resumed(r"bad/checkpoint\.h5: .*fc1")
    shutil.copy("one/model.h5", "bad/checkpoint.h5")
    resumed(r"bad/checkpoint\.h5: is no checkpoint, but a model named deepid2plus")
    # --force starts afresh, but not before it is certain that it can.
    shutil.copy("one/checkpoint.h5", "bad/checkpoint.h5")
    manifest("faces/bad.tsv", [("gone.jpg", "ann"), ("gone2.jpg", "bob")])
    expect(train("bad", "--force", "--align", "resize", images="faces/bad.tsv"), 1, r"gone\.jpg")
    expect(train("bad", "--force", "--supervise", "fc9"), 1, r"--supervise fc9")
    expect(train("bad", "--force", "--batch-people", 99), 1, r"a batch of 99 people")
    check(os.path.exists("bad/checkpoint.h5") and same_weights("one/checkpoint.h5",
                                                               "bad/checkpoint.h5"),
          "a --force that fails has removed the checkpoint")
    expect(train("bad", "--resume"), 0)
    check_same("bad", "resuming after --force had failed")
    expect(train("bad", "--force", "--epochs", 0.1), 0, "; 2 steps of 12 images")
    check(step_of("bad") == 2, "--force doesn't start afresh")


def file_too_large():
    """A limit of file sizes stands in for a full disk: the checkpoint of before stays."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))

    stop("full", lambda: step_of("full") >= 2, signal.SIGKILL, "--save-every", 0)
    before = open("full/checkpoint.h5", "rb").read()
    expect(train("full", "--resume", "--save-every", 0, preexec_fn=limit), 1,
           r"full/checkpoint\.h5\S*: .*(write|File too large)")
    check(open("full/checkpoint.h5", "rb").read() == before, "a failed checkpoint spoils the last")
    expect(train("full", "--resume"), 0)
    check_same("full", "a full disk and resume")


def full_disk():
    os.makedirs("disk", exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", "disk"],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: full_disk (cannot mount a small disk)")
        return
    try:
        stop("disk/run", lambda: step_of("disk/run") >= 2, signal.SIGKILL, "--save-every", 0)
        step, free = step_of("disk/run"), os.statvfs("disk")
        with open("disk/ballast", "wb") as f:
            f.write(bytes(free.f_bavail * free.f_frsize - 1000000))
        expect(train("disk/run", "--resume", "--save-every", 0), 1,
               r"disk/run/checkpoint\.h5\S*: .*(No space left|cannot write|disk is full)")
        check(step_of("disk/run") == step, "a full disk spoils the last checkpoint")
        expect(train("disk/other"), 1, r"disk/other: needs [\d.]+ MiB, but its disk has .* free")
        os.remove("disk/ballast")
        expect(train("disk/run", "--resume"), 0)
        check_same("disk/run", "a full disk and resume")
    finally:
        subprocess.run(["umount", "disk"], check=True)


def main():
    expect(facet("synth", "--identities", 30, "--images", 300, "--seed", 3, "-o", "faces"), 0)
    expect(facet("model", "create", "--maps", "16,16,16,16", "--width", 32, "-o", "start.h5"), 0)
    rows = [(r["image"], r["identity"]) for r in table(FACES)]
    for part in (files, same_in_every_way, learning, other_programs, interrupted, killed,
                 supervision, divergence, bad_checkpoints, file_too_large, full_disk):
        part()
    for part in bad_people, bad_images, bad_options:
        part(rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main()
        os.chdir("/")
    finish()
