"""Runs the fuzzing target a fixed number of times, from the models of the tests, under the address and
undefined-behaviour sanitizers. Usage: test_fuzz.py SOURCES BUILD LIBRARY... [RUNS]

The room net/onnx is compiled with clang for this; LIBRARY: what it stands on, as it was built."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

SOURCES, BUILD = (os.path.abspath(path) for path in sys.argv[1:3])
LIBRARIES = [os.path.abspath(path) for path in sys.argv[3:] if not path.isdigit()]
RUNS = next((arg for arg in sys.argv[3:] if arg.isdigit()), "20000")
CASES = "/usr/share/libonnx-testdata/data/node/*/model.onnx"
SANITIZE = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def flags(package):
    return subprocess.run(["pkg-config", "--cflags", "--libs", package], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def build(program):
    room = os.path.join(BUILD, "engine", "net", "onnx")
    files = [os.path.join(SOURCES, "tests", "onnx", "fuzz.c"), os.path.join(room, "onnx.pb-c.c"),
             os.path.join(SOURCES, "engine", "net", "layout.c")]
    files += sorted(set(glob.glob(os.path.join(SOURCES, "engine", "net", "onnx", "*.c"))) -
                    {os.path.join(SOURCES, "engine", "net", "onnx", "onnx.c")})
    command = ["clang", "-std=c11", "-g", "-O1", "-D_POSIX_C_SOURCE=200809L", *SANITIZE,
               "-I" + os.path.join(SOURCES, "engine"), "-I" + room, *files, *LIBRARIES,
               *flags("libprotobuf-c"), *flags("hdf5"), *flags("libcrypto"), *flags("jansson"),
               "-lgsl", "-lopenblas", "-lhdf5_serial_hl", "-lm", "-lpthread", "-o", program]
    result = subprocess.run(command, text=True, capture_output=True)
    if "libclang_rt" in result.stderr:
        skip("clang's run-time library is absent (Debian's libclang-rt-14-dev)")
    if result.returncode != 0:
        sys.exit(result.stderr)


def seeds(folder):
    """The models of these tests, and small ones of ONNX's own cases."""
    try:
        from models import small
        with open(os.path.join(folder, "small.onnx"), "wb") as f:
            f.write(small().SerializeToString())
    except ImportError:
        print("python3-onnx is absent: no small.onnx")
    for path in glob.glob(CASES):
        if os.path.getsize(path) < 4096:
            shutil.copy(path, os.path.join(folder, path.split("/")[-2]))


def main():
    if shutil.which("clang") is None:
        skip("there is no clang")
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    with tempfile.TemporaryDirectory() as scratch:
        corpus = os.path.join(scratch, "corpus")
        os.mkdir(corpus)
        seeds(corpus)
        program = os.path.join(scratch, "fuzz")
        build(program)
        result = subprocess.run([program, "-runs=" + RUNS, "-seed=1", "-max_len=65536",
                                 "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1",
                                 corpus], cwd=scratch, text=True, errors="replace",
                                capture_output=True)
        print("\n".join(result.stderr.splitlines()[-40:]))
        for crash in glob.glob(os.path.join(scratch, "*-*")):
            kept = shutil.copy(crash, tempfile.gettempdir())
            print("kept:", kept)
        return result.returncode


sys.exit(main())
