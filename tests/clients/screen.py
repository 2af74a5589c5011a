#!/usr/bin/python3
"""Opens a guest's screen as virt-manager does on its own machine: through a socket that the server hands out.

usage: screen.py URI DOMAIN
"""

import socket
import sys

import libvirt

libvirt.registerErrorHandler(lambda _context, _error: None, None)
uri, name = sys.argv[1:]
domain = libvirt.open(uri).lookupByName(name)


def greeting(flags):
    with socket.socket(fileno=domain.openGraphicsFD(0, flags)) as screen:
        screen.settimeout(20)
        return screen.recv(12)


print("screen:", greeting(0), greeting(libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH))
for index, flags in [(5, 0), (0, 4)]:
    try:
        domain.openGraphicsFD(index, flags)
    except libvirt.libvirtError as error:
        print("refused:", error.get_error_code(), error.get_error_domain(), error)
