"""An X server of a test's own, and what a window manager would do there."""

from __future__ import annotations

import ctypes
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def x_server(size: str = "1600x1000") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running Xvfb with a screen of that size, and its display, such as `:20417`; ended afterwards.

    The number is drawn from many: a server that picks the first free one may lose its socket to another that ends.
    """
    number = random.randrange(1000, 50000)
    command = ["Xvfb", f":{number}", "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline().strip() == b"%d" % number, f"no X server at :{number}"
            yield server, f":{number}"
        finally:
            server.kill()


_IGNORE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda display, error: 0)


class Screen:
    """What is needed of Xlib: to find a window by its title, and to ask it to close as a window manager does."""

    def __init__(self, display):
        self._c = ctypes
        self._x = x = ctypes.CDLL("libX11.so.6")
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = x.XInternAtom.restype = ctypes.c_ulong
        # A window may go between two questions; Xlib's own answer to that is to end this process.
        x.XSetErrorHandler(_IGNORE)
        self._display = ctypes.c_void_p(x.XOpenDisplay(display.encode()))
        assert self._display.value, f"no X server at {display}"
        self._root = x.XDefaultRootWindow(self._display)

    def _children(self):
        c = self._c
        root, parent, count = c.c_ulong(), c.c_ulong(), c.c_uint()
        children = c.POINTER(c.c_ulong)()
        self._x.XQueryTree(
            self._display, c.c_ulong(self._root), c.byref(root), c.byref(parent), c.byref(children), c.byref(count)
        )
        return [children[k] for k in range(count.value)]

    def _title(self, window):
        name = self._c.c_char_p()
        self._x.XFetchName(self._display, self._c.c_ulong(window), self._c.byref(name))
        return (name.value or b"").decode("utf-8", "replace")

    def wait_for(self, words, seconds, program):
        """The window whose title holds the words; fails when the program ends or the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert program.poll() is None, f"the program ended with {program.returncode}"
            found = [window for window in self._children() if words in self._title(window)]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError([self._title(window) for window in self._children()])

    def close(self, window):
        """Sends WM_DELETE_WINDOW."""
        c, x = self._c, self._x

        class Message(c.Structure):
            _fields_ = (
                ("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p),
                ("window", c.c_ulong), ("message_type", c.c_ulong), ("format", c.c_int), ("data", c.c_long * 5),
                ("pad", c.c_long * 24),
            )  # fmt: skip

        protocols = x.XInternAtom(self._display, b"WM_PROTOCOLS", 0)
        delete = x.XInternAtom(self._display, b"WM_DELETE_WINDOW", 0)
        event = Message(type=33, window=window, message_type=protocols, format=32)
        event.data[0] = delete
        x.XSendEvent(self._display, c.c_ulong(window), 0, c.c_long(0), c.byref(event))
        x.XFlush(self._display)
