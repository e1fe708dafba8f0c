#!/bin/sh
# notebooks.sh SOURCE_ROOT PROGRAMS: the notebooks run from the first to the last line on a small set of
# drawn faces, and find the numbers of the tables.
set -u
root=$1 programs=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive # others may need the processor

"$root/experiments/sparsity/run.sh" --bin "$programs" --threads 1 --images 160 --identities 40 \
    --bootstrap 10 --model random --layers fc3,fc4 --out "$work/out" >"$work/messages" 2>&1 ||
    { cat "$work/messages"; echo "FAILED: the experiment"; exit 1; }
export FACET_OUT="$work/out"

failures=0 skipped=0
if Rscript -e 'library(ncdf4)' >/dev/null 2>&1; then
    (cd "$root/notebooks-data/notebooks" && Rscript r.R "$work/r.svg") >"$work/r" 2>&1 ||
        { cat "$work/r"; echo "FAILED: r.R"; failures=1; }
    grep -q '^[0-9.]* +- [0-9.]* of 512 neurons$' "$work/r" || { echo "FAILED: r.R prints"; failures=1; }
    [ -s "$work/r.svg" ] || { echo "FAILED: r.R draws"; failures=1; }
else
    echo "skipped: R with ncdf4 is not installed (Debian: r-base-core r-cran-ncdf4)"
    skipped=$((skipped + 1))
fi
if command -v jupyter-nbconvert >/dev/null &&
    /usr/bin/python3 -c 'import h5netcdf, ipykernel, matplotlib, pandas, xarray' 2>/dev/null; then
    PATH=/usr/bin:$PATH PYTHONWARNINGS=ignore jupyter-nbconvert --to notebook --execute \
        --output-dir "$work" --output executed "$root/notebooks-data/notebooks/python.ipynb" >"$work/python" 2>&1 ||
        { cat "$work/python"; echo "FAILED: python.ipynb"; failures=1; }
    grep -q 'image/png' "$work/executed.ipynb" || { echo "FAILED: python.ipynb draws"; failures=1; }
else
    echo "skipped: Jupyter is not installed (Debian: jupyter-nbconvert python3-ipykernel" \
        "python3-pandas python3-matplotlib python3-xarray python3-h5netcdf)"
    skipped=$((skipped + 1))
fi
[ $failures -eq 0 ] || exit 1
[ $skipped -lt 2 ] || exit 77
echo "the notebooks run"
