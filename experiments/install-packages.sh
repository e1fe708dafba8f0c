#!/usr/bin/env bash
# install-packages.sh: what facet needs to be built and to run, from Debian's or Ubuntu's packages.
set -euo pipefail

usage() {
    cat <<'END'
install-packages.sh: installs the packages that facet needs (Debian 12, Ubuntu 22.04 or later).

Usage: experiments/install-packages.sh [--tests] [--list]

  --tests     also what the tests compare against (Python's numpy, scipy, torch and others),
              and a browser
  --list      print the packages and install nothing
  -h, --help  show this help

Nothing is done where all are installed already.
END
}

packages=(meson ninja-build pkg-config gcc libc6-dev git libopenblas-dev liblapacke-dev libgsl-dev
    libhdf5-dev libjpeg-dev libpng-dev libjansson-dev libssl-dev liblinear-dev libcmocka-dev libonnx-dev
    libprotobuf-c-dev protobuf-c-compiler gnuplot-nox
    fonts-dejavu-core)
list=no
for option in "$@"; do
    case $option in
        --tests)
            packages+=(chromium chromium-driver clang hdf5-tools jupyter-nbconvert libclang-rt-14-dev
                libonnx-testdata mandoc netcdf-bin python3-h5netcdf python3-h5py python3-ipykernel python3-matplotlib
                python3-numpy python3-onnx python3-pandas python3-pil python3-scipy python3-skimage
                python3-sklearn python3-torch python3-xarray r-base-core r-cran-ncdf4 r-cran-proc shellcheck)
            ;;
        --list) list=yes ;;
        -h | --help) usage && exit 0 ;;
        *)
            echo "install-packages.sh: unknown option '$option'; try --help" >&2
            exit 2
            ;;
    esac
done
if [ $list = yes ]; then
    printf '%s\n' "${packages[@]}"
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "install-packages.sh: no apt-get here; install what these Debian packages hold:" >&2
    echo "    ${packages[*]}" >&2
    exit 1
fi

# Installed under its own name, or by a package that provides it (pkgconf for pkg-config).
installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        dpkg-query -W -f '${db:Status-Status} ${Provides}\n' 2>/dev/null |
        grep '^installed ' | grep -qE "[ ,]$1( |,|$)"
}

missing=()
for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "packages: all ${#packages[@]} installed"
    exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-packages.sh: not root and no sudo; as root, run:" >&2
        echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "packages: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
