"""AUC and DeLong's variance against R's package pROC, on its published example and on values with
ties. Usage: test_proc.py SELECTIVITY-DRIVER

The example: 113 patients with subarachnoid haemorrhage (Turck and others 2010), data set aSAH of pROC
(Robin and others 2011), whose manual has the area 0.7314 of the marker S100B and DeLong's interval
0.6301 to 0.8326."""
import shutil
import subprocess
import sys

try:
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
SCRIPT = """
if (!suppressWarnings(require(pROC, quietly = TRUE))) quit(status = 77)
options(digits = 15)
tell <- function(name, label, x) {
  r <- roc(label, x, quiet = TRUE, levels = c(0, 1), direction = "<")
  cat(name, auc(r), var(r, method = "delong"), "\\n")
  cat(label, "\\n")
  cat(x, "\\n")
}
data(aSAH)
for (name in c("s100b", "ndka", "wfns"))
  tell(name, as.integer(aSAH$outcome == "Poor"), as.numeric(aSAH[[name]]))
set.seed(1)
for (n in c(10, 300))
  tell("random", rep(0:1, n / 2), pmax(round(rnorm(n) + 0:1, 1), 0))
"""


def told_by_r():
    if shutil.which("Rscript") is None:
        print("skipped: no Rscript")
        sys.exit(77)
    done = subprocess.run(["Rscript", "--vanilla", "-e", SCRIPT], capture_output=True, text=True)
    if done.returncode == 77:
        print("skipped: R has no package pROC")
        sys.exit(77)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for head, label, x in zip(lines[::3], lines[1::3], lines[2::3]):
        name, *numbers = head.split()
        yield name, np.array(numbers, float), np.array(label.split(), "i1"), np.array(x.split(), "f4")


def ours(label, x):
    done = subprocess.run([DRIVER, "target", str(len(x))], capture_output=True,
                          input=x.tobytes() + label.tobytes() + bytes(len(x)))
    assert done.returncode == 0 and not done.stderr, done.stderr
    return np.frombuffer(done.stdout)[2:4]


names = []
for name, expected, label, x in told_by_r():
    auc, variance = ours(label, x)
    np.testing.assert_allclose([auc, variance], expected, rtol=1e-10, err_msg=name)
    if name == "s100b":
        half = 1.959963984540054 * np.sqrt(variance)
        assert [len(label), label.sum()] == [113, 41]
        assert np.round([auc, auc - half, auc + half], 4).tolist() == [0.7314, 0.6301, 0.8326]
    names.append(name)
assert names == ["s100b", "ndka", "wfns", "random", "random"], names
print("ok", *names)
