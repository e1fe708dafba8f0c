"""Programs that are measured turn by turn, for the benchmarks of networks.

A peer reads requests, "WHAT BATCH THREADS SECONDS", and answers each with a line "IMAGES-PER-SECOND
SUM", before it lines split by tabs if it has more to say; the first line it prints names it, unless it
doesn't greet. SUM is that of what the first image gives: all peers must agree on it."""
import os
import shutil
import statistics
import subprocess
import sys

ONNXRUNTIME = "onnxruntime-node@1.30.0"


class Peer:
    def __init__(self, name, *command, greets=True):
        self.name = name
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        if greets:
            print(self.line(), flush=True)

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} gave up")
        return line.rstrip("\n")

    def ask(self, layers, batch, threads, seconds):
        """Images per second, sum, and lines before them split at tabs."""
        self.process.stdin.write(f"{layers} {batch} {threads} {seconds}\n")
        self.process.stdin.flush()
        steps = []
        while "\t" in (line := self.line()):
            steps.append(line.split("\t"))
        rate, total, *_ = line.split()
        return float(rate), float(total), steps


def onnxruntime(folder):
    """Folder with the package, installed if need be; None says why not."""
    folder = os.path.abspath(folder)
    if not os.path.isdir(os.path.join(folder, "node_modules", "onnxruntime-node")):
        npm = shutil.which("npm")
        if npm is None:
            return print("skipped: ONNX Runtime: there is no npm")
        os.makedirs(folder, exist_ok=True)
        result = subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund",
                                 "--prefix", folder, ONNXRUNTIME], text=True, capture_output=True)
        if result.returncode != 0:
            return print("skipped: ONNX Runtime:", result.stderr.strip().splitlines()[-1])
    return folder


def ratio(rates, ours, theirs):
    return statistics.median(a / b for a, b in zip(rates[ours], rates[theirs]))
