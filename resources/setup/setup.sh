#!/bin/sh
# Sets Gigaplan up in .venv, in steps that the Makefile calls: packages, libraries, xvfb, tracer.
set -eu
cd "$(dirname "$0")/../.."

# What Qt loads on Linux to draw, to find fonts and to open windows on X11, by the names of Debian 12 and Ubuntu 24.04
debian_libraries="libegl1 libgl1 libfontconfig1 libdbus-1-3 libglib2.0-0 libgssapi-krb5-2 libxkbcommon0
    libxkbcommon-x11-0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
    libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1"
fedora_libraries="libglvnd-egl libglvnd-glx fontconfig dbus-libs glib2 krb5-libs libxkbcommon libxkbcommon-x11
    libX11-xcb xcb-util-cursor xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil"

# add WHAT DEBIAN_PACKAGES FEDORA_PACKAGES: installs what is missing where we may, else says how. True if installed.
add() {
    if ! command -v apt-get >/dev/null; then
        echo "Missing: $1. Install it with: sudo dnf install" $3 "(or your system's equivalent)" >&2
        return 1
    elif [ "$(id -u)" != 0 ]; then
        echo "Missing: $1. Install it with: sudo apt-get install" $2 >&2
        return 1
    fi
    echo "Missing: $1. Installing it with apt-get ..."
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 && apt-get install -y --no-install-recommends $2 >>"$log" 2>&1; then
        rm "$log"
    else
        cat "$log" >&2
        rm "$log"
        echo "Still missing: $1. What apt-get said is above." >&2
        return 1
    fi
}

# Prints the first Python that is new enough and can make environments; false if there is none.
find_python() {
    for python in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

packages() {
    if ! python=$(find_python); then
        if [ "${PYTHON:-}" ]; then
            echo "$PYTHON is no Python 3.11 or newer with the venv module." >&2
            exit 1
        fi
        add "Python 3.11 or newer with the venv module" "python3 python3-venv" python3 || exit 1
        python=$(find_python) || { echo "The system's Python is older than 3.11: install a newer one." >&2; exit 1; }
    fi
    echo "Setting up .venv with $("$python" --version) ..."
    rm -f .venv/packages .venv/libraries
    "$python" -m venv --clear .venv
    echo "Installing packages (some 200 MB: a minute or two) ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt -e '.[dev]'
    pwd -P >.venv/packages
}

# Loads what a window on X11 loads: the error names the library that is missing.
missing_library() {
    .venv/bin/python - <<'PYTHON'
import ctypes, pathlib, sys
try:
    from PySide6 import QtGui, QtNetwork, QtPrintSupport, QtSvg, QtTest, QtWidgets
    if sys.platform == "linux":
        ctypes.CDLL(str(pathlib.Path(QtGui.__file__).with_name("Qt") / "plugins/platforms/libqxcb.so"))
except (ImportError, OSError) as error:
    print(str(error).split(":")[0])
PYTHON
}

libraries() {
    missing=$(missing_library)
    if [ "$missing" ]; then
        add "$missing, which the window needs" "$debian_libraries" "$fedora_libraries" || return 0
        missing=$(missing_library)
        if [ "$missing" ]; then
            echo "Still missing: $missing. The window will not open." >&2
            return 0
        fi
    fi
    touch .venv/libraries
}

xvfb() {
    if [ "$(uname)" = Linux ] && ! command -v Xvfb >/dev/null; then
        add "Xvfb, an X server for tests" "xvfb xauth" xorg-x11-server-Xvfb ||
            echo "Tests that start an X server will be skipped." >&2
    fi
}

tracer() {
    if [ "$(uname)" = Linux ] && ! command -v strace >/dev/null; then
        add "strace, which makes calls of the system fail in tests" strace strace ||
            echo "Tests that need strace will be skipped." >&2
    fi
}

"$1"
