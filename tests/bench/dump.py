"""The main job on all of LFW with DeepID2+, FC-1..FC-4: images a second, memory, and what the writer
takes of the time. Usage: dump.py BINDIR"""
import os
import re
import subprocess
import sys
import tempfile

DATA = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "lfw")
BIN = os.path.abspath(sys.argv[1])


def facet(name, *arguments):
    process = subprocess.Popen([os.path.join(BIN, "facet-" + name), *arguments], text=True,
                               stderr=subprocess.PIPE)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, text
    return text, usage.ru_maxrss / 1024


if not os.path.isdir(os.path.join(DATA, "lfw-deepfunneled")):
    print("skipped: no LFW at", DATA)
    sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    facet("model", "create", "-o", "model.h5")
    for mirror in ([], ["--mirror"]):
        text, memory = facet("dump", "--model", "model.h5", "--images",
                             os.path.join(DATA, "lfw-deepfunneled"), "--landmarks",
                             os.path.join(DATA, "landmarks.tsv"), *mirror, "-v", "--force", "-o",
                             "lfw.h5")
        rate = re.search(r"\((\d+) images/s\)", text).group(1)
        decode, net, write = re.search(r"decode and align ([\d.]+) s, network ([\d.]+) s .*writing "
                                       r"([\d.]+) s", text).groups()
        share = 100 * float(write) / (float(decode) + float(net))
        print(f"LFW{' with mirror' if mirror else ''}: {rate} images/s, peak {memory:.0f} MiB (goal: "
              f"at most 1,024); busy: decode {decode} s, network {net} s, writer {write} s "
              f"({share:.1f} % of the workers' time)")
