#!/bin/sh
# Makes .venv with hash-locked packages. Usage: tools/setup.sh PYTHON REQUIREMENTS
set -eu
python=$1
requirements=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "r46-collector needs Python 3.11 or newer; $python is $("$python" --version 2>&1)." >&2
    echo "Name another one: make PYTHON=python3.12 run" >&2
    exit 1
}

make_venv() { "$python" -m venv .venv >/dev/null 2>&1; }

# Debian and Ubuntu split venv out of Python.
if [ ! -x .venv/bin/pip ] && ! make_venv; then
    rm -rf .venv
    echo "Python's venv module is missing; asking the system's package manager for it."
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if command -v apt-get >/dev/null 2>&1; then
        $as_root apt-get update -qq
        $as_root apt-get install -y -qq "python$version-venv" || $as_root apt-get install -y -qq python3-venv
    else
        echo "Install the venv module of $python, then run this again." >&2
        exit 1
    fi
    "$python" -m venv .venv
fi

pip=".venv/bin/python -m pip --disable-pip-version-check"
echo "Installing the locked packages of $requirements …"
$pip install --quiet --require-hashes -r "$requirements"
$pip install --quiet --require-hashes -r requirements/build.txt
$pip install --quiet --no-deps --no-build-isolation --no-index -e .
.venv/bin/python -m tools.build_charts || echo "The chart script is served whole."
