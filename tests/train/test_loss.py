"""The losses and their gradients against PyTorch in double precision. Usage: test_loss.py LOSS-DRIVER

The measure for an array is max|ours - theirs| / max|theirs|; 1e-6 is allowed."""
import subprocess
import sys

try:
    import numpy as np
    import torch
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
worst = 0.0


def drive(*arguments, arrays, shapes):
    """Doubles first, then float32 arrays of these shapes."""
    result = subprocess.run([DRIVER, *map(str, arguments)], check=True, capture_output=True,
                            input=b"".join(a.tobytes() for a in arrays)).stdout
    numbers = np.frombuffer(result, np.float64, shapes[0])
    values = np.frombuffer(result, np.float32, offset=8 * shapes[0])
    found = []
    for shape in shapes[1:]:
        found.append(values[:int(np.prod(shape))].reshape(shape))
        values = values[int(np.prod(shape)):]
    assert values.size == 0
    return numbers, *found


def close(what, ours, theirs):
    global worst
    theirs = np.asarray(theirs)
    error = np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-300)
    worst = max(worst, error)
    assert error <= 1e-6, f"{what}: relative error {error:.2g}"


def identification(rng, n, classes, stride, weight, spread):
    logits = rng.normal(0, spread, (n, stride)).astype(np.float32)
    labels = rng.integers(0, classes, n).astype(np.int32)
    z = torch.from_numpy(logits[:, :classes]).double().requires_grad_()
    loss = torch.nn.functional.cross_entropy(z, torch.from_numpy(labels).long())
    (weight * loss).backward()
    numbers, gradient = drive("identification", n, classes, stride, weight, arrays=(logits, labels),
                              shapes=(2, (n, stride)))
    what = f"identification {n} x {classes}"
    close(what, numbers[0], loss.item())
    assert numbers[1] == (logits[:, :classes].argmax(1) == labels).sum(), what
    close(what + ", gradient", gradient[:, :classes], z.grad.numpy())
    assert (gradient[:, classes:] == 0).all(), what


def verification(rng, people, images, width, share, weight, scale):
    n = people * images
    labels = rng.permutation(np.repeat(np.arange(people), images)).astype(np.int32)
    centre = rng.normal(0, 1, (people, width))[labels]
    features = np.maximum(scale * (centre + rng.normal(0, 1, (n, width))), 0).astype(np.float32)
    before = rng.normal(0, 1e-3, (n, width)).astype(np.float32)
    f = torch.from_numpy(features).double().requires_grad_()
    d = torch.pdist(f)
    i, j = np.triu_indices(n, 1)
    same = torch.from_numpy(labels[i] == labels[j])
    margin = float(np.quantile(d.detach().numpy(), share))
    parts = [0.5 * d[same] ** 2, 0.5 * torch.relu(margin - d[~same]) ** 2]
    loss = sum(0.5 * part.mean() for part in parts if len(part))
    (weight * loss).backward()
    numbers, gradient, distances = drive(
        "verification", n, width, repr(margin), weight, arrays=(features, labels, before),
        shapes=(6, (n, width), (n * (n - 1) // 2,)))
    what = f"verification {people} x {images} x {width}"
    close(what, numbers[0], loss.item())
    for number, part in zip(numbers[1:3], parts):
        close(what, number, part.mean().item() if len(part) else 0)
    violating = int((d[~same] < margin).sum())
    assert numbers[3:].tolist() == [int(same.sum()), int((~same).sum()), violating], what
    close(what + ", gradient", gradient, before + f.grad.numpy())
    close(what + ", distances", distances, d.detach().numpy())


rng = np.random.default_rng(3)
torch.set_num_threads(1)
for case in [(1, 1, 1, 1, 1), (1, 2, 2, 0.5, 1), (5, 3, 4, 2, 3), (33, 17, 32, 1, 1),
             (64, 1001, 1024, 0.1, 2), (7, 10177, 10177, 1, 8), (3, 50, 50, 1, 40)]:
    identification(rng, *case)
for case in [(2, 1, 3, 0.5, 1, 1), (1, 2, 3, 0.5, 1, 1), (1, 6, 5, 0.5, 1, 1), (7, 1, 4, 0.9, 2, 1),
             (2, 2, 1, 0.9, 1, 1), (5, 3, 15, 0.3, 0.5, 3), (5, 3, 16, 0.6, 0.5, 0.1),
             (5, 3, 17, 0.99, 0.5, 1), (32, 2, 512, 0.5, 0.025, 1), (16, 8, 512, 0.2, 0.025, 5)]:
    verification(rng, *case)
print(f"worst relative error {worst:.2g}")
