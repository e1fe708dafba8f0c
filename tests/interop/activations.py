"""The activation file, opened as its users open it: h5py, xarray (h5netcdf), ncdump, h5dump, and two
dumps by different means compared by h5diff. Usage: activations.py BINDIR"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
    import xarray as xr
    import h5netcdf  # noqa: F401
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
for tool in ("h5diff", "h5dump", "ncdump"):
    if shutil.which(tool) is None:
        print("skipped: no", tool)
        sys.exit(77)

BIN = os.path.abspath(sys.argv[1])


def run(*command, **options):
    options.setdefault("check", True)
    return subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **options)


def facet(name, *arguments, **options):
    return run(os.path.join(BIN, "facet-" + name), *arguments, **options)


def make_faces():
    facet("synth", "--identities", 20, "--images", 150, "--seed", 3, "-o", "faces")
    facet("model", "create", "--arch", "deepid2plus", "--maps", 16, "--width", 64, "--seed", 5,
          "-o", "model.h5")


def dump(out, *more, **options):
    return facet("dump", "--model", "model.h5", "--images", "faces/manifest.tsv", "--mirror",
                 "--layers", "conv2,fc1,fc4", *more, "-o", out, **options)


def check_h5py():
    with h5py.File("a.h5") as f:
        assert f.attrs["Conventions"] == "facet-activations-1"
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: facet-dump ", f.attrs["history"])
        for name in ("source", "title", "references", "kernels"):
            assert f.attrs[name], name
        for name in ("model_sha256", "manifest_sha256", "preprocessing_sha256"):
            assert re.fullmatch("[0-9a-f]{64}", f.attrs[name]), name
        assert "rows_done" not in f.attrs
        fc4, conv2 = f["fc4"], f["conv2"]
        assert fc4.shape == (150, 2, 64) and fc4.dtype == np.float32 and fc4.fletcher32
        assert conv2.shape == (150, 2, 16, 24, 20)
        assert fc4.maxshape[0] is None
        assert [d.label or list(d.keys())[0] for d in fc4.dims] == ["image", "view", "fc4_neuron"]
        assert [list(d.keys())[0] for d in conv2.dims] == ["image", "view", "conv2_channel",
                                                           "conv2_y", "conv2_x"]
        assert f["missing"].dtype == np.uint8
        assert list(f["missing"].attrs["flag_values"]) == [0, 1]
        assert f["missing"].attrs["flag_meanings"] == "present missing"
        assert f["view"][:].tolist() == [b"original", b"mirror"]
        assert np.isfinite(fc4[:]).all() and (fc4[:] >= 0).all() and (fc4[:] > 0).any()
        return f["image"].asstr()[:].tolist(), f["identity"].asstr()[:].tolist(), fc4[:]


def check_xarray(images, identities, fc4):
    with xr.open_dataset("a.h5", engine="h5netcdf") as ds:
        assert ds.fc4.dims == ("image", "view", "fc4_neuron")
        assert ds.image.values.tolist() == images
        assert "identity" in ds.fc4.coords and "male" in ds.fc4.coords
        means = ds.fc4.sel(view="original").groupby("identity").mean()
        who = means.identity.values[3]
        expected = fc4[np.array(identities) == who, 0].mean(axis=0)
        assert np.allclose(means.sel(identity=who).values, expected, rtol=1e-5, atol=1e-7)


def check_tools():
    header = run("ncdump", "-h", "a.h5").stdout
    for text in ("image = UNLIMITED ; // (150 currently)", "float fc4(image, view, fc4_neuron)",
                 "string identity(image)"):
        assert text in header, (text, header)
    data = run("ncdump", "-v", "view", "a.h5").stdout
    assert 'view = "original", "mirror"' in data
    text = run("h5dump", "-p", "-H", "a.h5").stdout
    assert 'DATASET "fc4"' in text and "CHECKSUM FLETCHER32" in text


def kill_and_resume():
    """kill -9 in the middle, twice, then --resume: the file must be the same."""
    command = [os.path.join(BIN, "facet-dump"), "--model", "model.h5", "--images",
               "faces/manifest.tsv", "--mirror", "--layers", "conv2,fc1,fc4", "--batch", "8", "-t",
               "2", "--flush", "0", "--resume", "-o", "b.h5"]
    seen = 0
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 60
        while process.poll() is None and time.time() < deadline:
            try:
                with h5py.File("b.h5.partial", locking=False) as f:
                    if f.attrs["rows_done"] > seen:
                        break
            except (OSError, KeyError):
                pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        if os.path.exists("b.h5"):
            break
        with h5py.File("b.h5.partial") as f:
            seen = int(f.attrs["rows_done"])
    return seen


def main():
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"  # the history's time; all else is equal anyway
    make_faces()
    dump("a.h5", "--batch", 1, "-t", 1)
    images, identities, fc4 = check_h5py()
    check_xarray(images, identities, fc4)
    check_tools()
    seen = kill_and_resume()
    dump("b.h5", "--batch", 64, "-t", 2, "--resume")
    same = run("h5diff", "a.h5", "b.h5", check=False)
    assert same.returncode == 0 and same.stdout == "", same.stdout
    print("h5diff: equal after kill -9 at", seen, "of", len(images), "rows")
    again = dump("b.h5", "--resume")
    assert "is complete already" in again.stderr, again.stderr


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
