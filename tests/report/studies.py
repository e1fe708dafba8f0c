"""A folder of small studies and an activation file, and what a page holds. For the tests of
facet-report."""
import base64
import json
import os
import re
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sparsity"))
import acts  # noqa: E402

HOSTILE = ["</script><script>window.owned=1</script>", "<img src=x onerror=window.owned=1>",
           "\"><b onclick='owned'>&amp;", "line\u2028end {{script}} ${0}", "O'Brien & \u00c9mile"]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 70 34"><rect width="70" height="34"/></svg>'


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def table(folder, name, rows, version="facet 0.1.0 (git abc)", sidecar=True, title="A table"):
    write(f"{folder}/{name}.tsv", "".join("\t".join(map(str, row)) + "\n" for row in rows))
    if sidecar:
        columns = [{"name": c, "type": "string", "unit": "1", "meaning": f"meaning of {c}"} for c in rows[0]]
        write(f"{folder}/{name}.json", json.dumps({
            "title": title, "rows": len(rows) - 1, "columns": columns,
            "provenance": {"command": f"made-by {name} <b>", "source": version, "inputs": []}}))


def sparsity(folder):
    table(folder, "comparison", [
        ["quantity", "paper", "ours", "ci_low", "ci_high", "note"],
        ["neurons", 512, 48, "NA", "NA", "x"],
        ["active_neurons_per_image", 292, 25.40625, 25.1, 25.9, "x"],
        ["active_neurons_per_image_sd", 34, 3.25, 3, 4, "x"],
        ["active_share", 0.5703125, 0.529296875, 0.52, 0.54, "x"],
        ["images_per_neuron_share", 0.570137786, 0.529296875, 0.52, 0.54, "x"],
        ["images_per_neuron_share_sd", 0.123492295, 0.1484375, 0.13, 0.16, "x"]], sidecar=False)
    table(f"{folder}/tables", "summary", [["layer", "view", "estimate"], ["fc4", "original", 0.5], ["fc4", "mirror", "NA"]])
    write(f"{folder}/figures/figure06.svg", SVG)
    write(f"{folder}/figures/unknown_one.svg", SVG)


def comparison(folder):
    table(folder, "paper_vs_ours", [
        ["place", "study", "quantity", "paper", "ours", "ci_low", "ci_high", "agrees", "rule", "why_not"],
        ["Fig. 6", "sparsity", "share of neurons active on an image", 0.5703125, 0.529296875, 0.52, 0.54, "yes", "differ by at most 0.1", "NA"],
        ["Table 4", "binarization", HOSTILE[0], 0.987, 0.9, 0.88, 0.92, "no", "errors", HOSTILE[1]],
        ["Table 3", "verification", "closed set", "NA", "NA", "NA", "NA", "not_comparable", "not judged", "25 networks"]])


class Faces:
    """Activations of people, some with names that a page must not trust."""

    def __init__(self, rng, people=12, most=9, widths=None):
        sizes = np.sort(rng.integers(3, most + 1, people))[::-1]
        names = HOSTILE + [f"Person_{i:04d}" for i in range(people)]
        self.identity = [names[k] for k in np.repeat(np.arange(people), sizes)]
        n = len(self.identity)
        self.images = [f"{who}/{i:05d}.jpg" for i, who in enumerate(self.identity)]
        self.layers = {}
        for name, width in (widths or {"fc3": 40, "fc4": 48}).items():
            both = acts.relu_like(rng, n, width, self.identity)
            both[:, 5] = 0 if name == "fc4" else both[:, 5]
            self.layers[name] = np.stack([both, np.maximum(both + rng.normal(0, .1, both.shape), 0)], 1).astype("f4")
        self.attributes = {"male": np.where(rng.random(n) < .1, np.nan, rng.integers(-1, 2, n)),
                           "old": rng.normal(0, 1, n), "all_alike": np.ones(n)}
        self.missing = np.zeros(n, "u1")

    def write(self, path):
        layers = {name: x.copy() for name, x in self.layers.items()}
        for x in layers.values():
            x[self.missing > 0] = np.nan
        acts.write(path, layers, self.identity, views=["original", "mirror"], images=self.images,
                   attributes=self.attributes, missing=self.missing)


def data_of(page):
    """The page's data, and the page without them."""
    with open(page, encoding="utf-8") as f:
        text = f.read()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(found[1]), text[:found.start(1)] + text[found.end(1):]


def reals(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def counts(text):
    out, value, shift = [], 0, 0
    for b in base64.b64decode(text):
        value |= (b & 127) << shift
        shift += 7
        if b < 128:
            out.append(value)
            value = shift = 0
    return np.array(out, "u4")


def jpeg(size):
    """Bytes that begin as a JPEG file does."""
    return b"\xff\xd8\xff\xe0" + struct.pack("<I", size) + b"x" * size
