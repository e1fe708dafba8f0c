"""facet-synth from outside: bytes, tables, protocol files, and what pixels reveal (numpy, Pillow)."""
import csv
import hashlib
import os
import stat
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError as reason:
    print(f"skipped: {reason}")
    sys.exit(77)

from cli import conventions, expect, facet, failures

LANDMARKS = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
BINARY = ["male", "beard", "mustache", "glasses", "smiling", "hat", "gray_hair", "bald"]


def check(truth, message):
    if not truth:
        failures.append(message)


def digest(folder):
    """All of a set but the sidecar, which has the time and the command."""
    total = hashlib.sha256()
    for path, folders, files in sorted(os.walk(folder)):
        for name in sorted(files):
            if name != "manifest.json":
                total.update(os.path.relpath(os.path.join(path, name), folder).encode())
                total.update(open(os.path.join(path, name), "rb").read())
    return total.hexdigest()


def read_manifest(folder):
    with open(os.path.join(folder, "manifest.tsv"), newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def same_bytes(top):
    small = ["-q", "--identities", "6", "--images", "20"]
    sets = {}
    for name, extra in {"a": ["-t", "1"], "b": ["-t", "2"], "c": ["-t", "2"], "other": ["--seed", "2"],
                        "png": ["--format", "png"]}.items():
        sets[name] = os.path.join(top, name)
        expect(facet("synth", *small, *extra, "-o", sets[name]), 0)
    check(digest(sets["a"]) == digest(sets["b"]) == digest(sets["c"]), "threads or runs change bytes")
    check(digest(sets["a"]) != digest(sets["other"]), "another seed gives the same bytes")
    # who comes before whom in a thread changes nobody: of so many, some have folds at their landmarks
    many = [os.path.join(top, f"many{t}") for t in (1, 3)]
    for folder, threads in zip(many, (1, 3)):
        expect(facet("synth", "-q", "--identities", 125, "--images-per-identity", 2, "-t", threads, "-o", folder), 0)
    check(digest(many[0]) == digest(many[1]), "people depend on who was drawn before")
    larger = os.path.join(top, "larger")
    expect(facet("synth", "-q", "--identities", 7, "--images-per-identity", 3, "-o", larger), 0)
    for identity in range(1, 7):
        for k in (1, 2):
            name = f"Synth_{identity:04d}/Synth_{identity:04d}_{k:04d}.jpg"
            check(open(os.path.join(larger, name), "rb").read() ==
                  open(os.path.join(sets["a"], name), "rb").read(), f"{name} differs in a larger set")
    first = read_manifest(sets["png"])[0]["image"]
    png = np.asarray(Image.open(os.path.join(sets["png"], first)).convert("RGB"), float)
    jpg = np.asarray(Image.open(os.path.join(sets["a"], first.replace(".png", ".jpg"))), float)
    check(png.shape == (110, 94, 3) and np.abs(png - jpg).mean() < 6, "PNG and JPEG show different faces")


def command_line(top):
    conventions("synth")
    full = os.path.join(top, "full")
    os.mkdir(full)
    open(os.path.join(full, "precious"), "w").close()
    few = ["-q", "--identities", "2", "--images", "4", "--size", "32x32"]
    expect(facet("synth", *few), 2, "-o DIR is missing")
    expect(facet("synth", *few, "-o", full), 1, "not empty")
    check(os.listdir(full) == ["precious"], "a refused folder was written to")
    expect(facet("synth", *few, "--force", "-o", full), 0)
    check("precious" in os.listdir(full), "--force removed a file that is not ours")
    expect(facet("synth", *few, "-o", os.path.join(full, "precious", "x")), 1, "precious")
    for wrong in (["--size", "94"], ["--size", "x"], ["--size", "8x8"], ["--size", "94x110x3"],
                  ["--format", "gif"], ["--identities", "1"], ["--images", "3"], ["--seed", "-1"],
                  ["--quality", "0"], ["--images", "9", "--images-per-identity", "3"], ["stray"]):
        expect(facet("synth", *wrong, "-o", os.path.join(top, "never")), 2)
    expect(facet("synth", "--identities", 5, "--images", 9, "-o", os.path.join(top, "n")), 1, "two of each")
    expect(facet("synth", "--identities", 5, "--folds", 3, "-o", os.path.join(top, "n2")), 1, "folds")
    locked = os.path.join(top, "locked")
    os.mkdir(locked, stat.S_IRUSR | stat.S_IXUSR)
    if os.geteuid() != 0:
        expect(facet("synth", *few, "-o", os.path.join(locked, "x")), 1, "locked")
    expect(facet("synth", *few, "-o", "/proc/facet-synth"), 1, "/proc/facet-synth")
    expect(facet("synth", "-q", "--identities", 2, "--images", 4, "--framing", "head", "-o", os.path.join(top, "m")), 0)
    rows = read_manifest(os.path.join(top, "m"))
    check(Image.open(os.path.join(top, "m", rows[0]["image"])).size == (250, 250), "--framing head is not 250x250")
    apart = np.mean([float(r["right_eye_x"]) - float(r["left_eye_x"]) for r in rows])
    check(34 < apart < 50, f"--framing head: eyes {apart:.1f} pixels apart")


def manifest(rows, folder):
    listed = {r["image"] for r in rows}
    found = {os.path.relpath(os.path.join(path, name), folder) for path, _, files in os.walk(folder)
             for name in files if name.endswith(".jpg")}
    check(listed == found and len(listed) == len(rows), "the manifest does not list the images")
    for r in rows:
        identity, name = r["image"].split("/")
        check(identity == r["identity"] and name[:len(identity)] == identity, f"{r['image']}: name")
    age = np.array([float(r["age_years"]) for r in rows])
    tone = np.array([float(r["skin_tone"]) for r in rows])
    check(16 <= age.min() and age.max() <= 90 and np.ptp(age) > 40, "age_years out of range")
    check(0 <= tone.min() and tone.max() <= 1 and np.ptp(tone) > 0.7, "skin_tone out of range")
    for name in BINARY:
        values = {r[name] for r in rows}
        check(values == {"0", "1"}, f"{name}: values {values}")
    for name in ("male", "skin_tone", "beard", "mustache", "bald", "gray_hair"):
        by = {}
        for r in rows:
            by.setdefault(r["identity"], set()).add(r[name])
        check(all(len(v) == 1 for v in by.values()), f"{name} changes within an identity")


def landmarks(rows, gray):
    points = np.array([[[float(r[f"{m}_{c}"]) for c in "xy"] for m in LANDMARKS] for r in rows])
    check((points >= 0).all() and (points[..., 0] <= 93).all() and (points[..., 1] <= 109).all(),
          "landmarks outside the image")
    mean = points.mean(0)
    wanted = np.array([[25.5, 30.6], [69.2, 30.4], [29, 81], [66, 81]])
    error = np.abs(mean[[0, 1, 3, 4]] - wanted).max()
    check(error < 3, f"mean landmarks {mean.tolist()} are {error:.1f} pixels off the crops'")
    spread = points.std(0)
    check(spread.min() > 0.7 and spread[[0, 1, 3, 4]].max() < 8, f"landmarks spread {spread.tolist()}")
    # Open, bare eyes are darker than the cheek below them.
    darker = []
    for r, p, g in zip(rows, points, gray):
        if r["glasses"] == "1" or r["hat"] == "1":
            continue
        for eye in (0, 1):
            x, y = p[eye]
            box = g[int(y) - 2:int(y) + 3, int(x) - 3:int(x) + 4]
            cx, cy = p[eye] * 0.55 + p[3 + eye] * 0.45
            cheek = g[int(cy) - 2:int(cy) + 3, int(cx) - 2:int(cx) + 3]
            darker.append(box.mean() < cheek.mean())
    check(np.mean(darker) > 0.75, f"eyes darker than cheeks in {np.mean(darker):.2f} of cases")


def features(gray):
    """Half-size images, mean and contrast removed."""
    x = gray.reshape(len(gray), 55, 2, 47, 2).mean((2, 4)).reshape(len(gray), -1)
    x = x - x.mean(1, keepdims=True)
    return x / x.std(1, keepdims=True)


def identity_shows(rows, x):
    names = np.array([r["identity"] for r in rows])
    centred = x - x.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    z = centred @ axes[:60].T
    square = (z ** 2).sum(1)
    distance = square[:, None] + square[None] - 2 * z @ z.T
    upper = np.triu_indices(len(z), 1)
    same = (names[:, None] == names[None])[upper]
    order = distance[upper].argsort().argsort().astype(float) + 1
    n1, n0 = same.sum(), (~same).sum()
    auc = 1 - (order[same].sum() - n1 * (n1 + 1) / 2) / n1 / n0
    print(f"identity: AUC of pixel distances {auc:.3f}")
    check(0.6 < auc < 0.999, f"same and different people: AUC {auc:.3f}")


def attributes_show(rows, x, color):
    """Ridge regression on half of the people, judged on the other half by balanced accuracy."""
    people = sorted({r["identity"] for r in rows})
    half = set(people[::2])
    train = np.array([r["identity"] in half for r in rows])
    tiny = color.reshape(len(color), 11, 10, 47, 2, 3).mean((2, 4)).reshape(len(color), -1) / 64
    data = np.hstack([x, tiny, np.ones((len(x), 1))])
    kernel = data @ data.T
    for name in BINARY + ["age_years", "skin_tone"]:
        y = np.array([float(r[name]) for r in rows])
        y = np.where(y > np.median(y[train]) if name not in BINARY else y > 0.5, 1.0, -1.0)
        weight = np.where(y > 0, 1 / max(1, (y[train] > 0).sum()), 1 / max(1, (y[train] < 0).sum()))
        w = weight[train] / weight[train].mean()
        solved = np.linalg.solve(kernel[np.ix_(train, train)] + 2000 * np.diag(1 / w), y[train])
        score = kernel[np.ix_(~train, train)] @ solved
        truth = y[~train] > 0
        balanced = ((score[truth] > 0).mean() + (score[~truth] <= 0).mean()) / 2
        print(f"{name}: balanced accuracy {balanced:.3f} ({truth.sum()} of {len(truth)} positive)")
        check(balanced > 0.55, f"{name}: balanced accuracy {balanced:.3f} from pixels")


def protocol(rows, folder, folds, pairs):
    count = {}
    for r in rows:
        count[r["identity"]] = count.get(r["identity"], 0) + 1
    people = open(os.path.join(folder, "people.txt")).read().split("\n")
    check(people.pop() == "" and people[0] == str(folds), "people.txt: header")
    at, fold_of = 1, {}
    for fold in range(folds):
        size = int(people[at])
        for line in people[at + 1:at + 1 + size]:
            name, n = line.split("\t")
            check(int(n) == count[name] and name not in fold_of, f"people.txt: {line}")
            fold_of[name] = fold
        at += 1 + size
    check(at == len(people) and set(fold_of) == set(count), "people.txt: people missing or too many")
    lines = open(os.path.join(folder, "pairs.txt")).read().split("\n")
    check(lines.pop() == "" and lines[0] == f"{folds}\t{pairs}", f"pairs.txt: header {lines[0]}")
    check(len(lines) == 1 + 2 * folds * pairs, f"pairs.txt: {len(lines)} lines")
    seen = set()
    for number, line in enumerate(lines[1:]):
        fold, same = number // (2 * pairs), number % (2 * pairs) < pairs
        f = line.split("\t")
        check(len(f) == (3 if same else 4), f"pairs.txt: {line}")
        one, two = (f[0], int(f[1])), (f[0], int(f[2])) if same else (f[2], int(f[3]))
        check(one != two and (same or one[0] != two[0]), f"pairs.txt: {line}")
        for name, k in (one, two):
            check(fold_of[name] == fold and 1 <= k <= count[name], f"pairs.txt: {line} in fold {fold}")
        key = tuple(sorted((one, two)))
        check(key not in seen, f"pairs.txt: {line} twice")
        seen.add(key)


def one_set(top):
    folder = os.path.join(top, "set")
    expect(facet("synth", "--framing", "crop", "--identities", 120, "--images-per-identity", 6, "--folds", 5,
                 "--pairs-per-fold", 100, "-o", folder), 0, r"720 images of 120 people")
    rows = read_manifest(folder)
    color = np.stack([np.asarray(Image.open(os.path.join(folder, r["image"]))) for r in rows]).astype(float)
    check(color.shape == (720, 110, 94, 3), f"pictures of shape {color.shape}")
    gray = color @ [0.299, 0.587, 0.114]
    check(gray.std((1, 2)).min() > 8, "a picture is nearly flat")
    manifest(rows, folder)
    protocol(rows, folder, 5, 100)
    landmarks(rows, gray)
    x = features(gray)
    identity_shows(rows, x)
    attributes_show(rows, x, color)


with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as top:
    same_bytes(top)
    command_line(top)
    one_set(top)
print("\n".join(failures))
sys.exit(1 if failures else 0)
