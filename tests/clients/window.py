#!/usr/bin/python3
"""Drives virt-manager's own window, on a display of its own, through the accessibility bus: opens a guest's console, pauses it and lets
it run on, looks at its details.

usage: dbus-run-session -- window.py URI DOMAIN
"""

import os
import re
import subprocess
import sys
import tempfile
import time

uri, name = sys.argv[1:]
home = tempfile.TemporaryDirectory()
own = {"HOME": home.name, "XDG_RUNTIME_DIR": home.name, "GSETTINGS_BACKEND": "memory", "LC_ALL": "C.UTF-8"}
os.environ.update(own)

read, write = os.pipe()
display = subprocess.Popen(
    ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
    pass_fds=[write],
    stderr=subprocess.DEVNULL,
)
os.close(write)
os.environ["DISPLAY"] = ":" + os.read(read, 16).decode().strip()

# Which bus it speaks on is settled when it is imported.
import pyatspi  # noqa: E402

manager = subprocess.Popen(
    ["virt-manager", "--no-fork", "--debug", "-c", uri, "--show-domain-console", name],
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)


def below(node):
    for child in node:
        if child is None:
            continue
        yield child
        yield from below(child)


def showing(node):
    return node.getState().contains(pyatspi.STATE_SHOWING)


def find(role, words):
    """The first that is to be seen, or None. A window that is being built changes while it is looked at."""
    try:
        apps = [app for app in pyatspi.Registry.getDesktop(0) if app and app.name == "virt-manager"]
        for app in apps:
            for node in below(app):
                if node.getRoleName() == role and re.search(words, node.name or "") and showing(node):
                    return node
    except Exception:  # pylint: disable=broad-except
        pass
    return None


def wait(role, words, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        node = find(role, words)
        if node:
            return node
        time.sleep(0.2)
    raise SystemExit(f"no {role} '{words}' in {seconds} s")


def click(role, words):
    wait(role, words).queryAction().doAction(0)


def screen(seconds=60):
    """What the console's page shows: a screen is drawn, words are of what is wrong."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wrong = find("label", "^Error")
        if wrong:
            return wrong.name
        if find("drawing area", "") and not find("label", "[Cc]onnecting"):
            return "shown"
        time.sleep(0.2)
    raise SystemExit(f"no screen in {seconds} s")


def state():
    return subprocess.run(["virsh", "-c", uri, "domstate", name], capture_output=True, text=True, check=True).stdout.strip()


def until(wanted, seconds=30):
    end = time.monotonic() + seconds
    while state() != wanted:
        if time.monotonic() > end:
            raise SystemExit(f"{name} is {state()}, not {wanted}")
        time.sleep(0.2)
    print("state:", wanted)


try:
    print("window:", wait("frame", f"^{name} on ").name)
    print("screen:", screen())
    click("toggle button", "^Pause$")
    until("paused")
    click("toggle button", "^Pause$")
    until("running")
    click("radio button", "^Details$")
    print("details:", *[wait("table cell", words).name for words in ("^Display VNC", "^NIC ", "^Serial 1")])
finally:
    manager.terminate()
    said = manager.communicate()[0]
    display.terminate()
    display.wait()
    faults = re.findall(r"^(?:libvirt\.)?\w*Error: .*", said, re.MULTILINE)
    print("faults:", faults)
