#!/usr/bin/python3
"""What virt-manager asks to list a connection and to open a guest of it, in its order.

usage: browse.py URI DOMAIN
"""

import sys
import threading

import libvirt

libvirt.registerErrorHandler(lambda _context, _error: None, None)
libvirt.virEventRegisterDefaultImpl()


def turn():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=turn, daemon=True).start()

uri, name = sys.argv[1:]
connection = libvirt.open(uri)
connection.setKeepAlive(20, 1)
print("connection:", connection.getType(), connection.isAlive(), connection.getLibVersion() > 0, connection.getVersion() > 0)
print("capabilities:", connection.getCapabilities().count("<guest>"), "domain:", "<domainCapabilities>" in connection.getDomainCapabilities(None, None, None, None, 0))

events = [
    ("domain", lambda: connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda *_: None, None)),
    ("agent", lambda: connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, lambda *_: None, None)),
    ("network", lambda: connection.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, lambda *_: None, None)),
    ("pool", lambda: connection.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, lambda *_: None, None)),
    ("refresh", lambda: connection.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH, lambda *_: None, None)),
    ("device", lambda: connection.nodeDeviceEventRegisterAny(None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, lambda *_: None, None)),
]
print("listens to:", *[what for what, register in events if register() >= 0])

print("domains:", *sorted(each.name() for each in connection.listAllDomains()))
print("networks:", *sorted(f"{each.name()}={each.isActive()}" for each in connection.listAllNetworks()))
print("devices:", len(connection.listAllDevices()), "interfaces:", len(connection.listAllInterfaces()))
for pool in sorted(connection.listAllStoragePools(), key=lambda each: each.name()):
    state, capacity, allocation, available = pool.info()
    sound = capacity == allocation + available and capacity > 0
    volumes = sorted(f"{each.name()} {each.info()[1]} {'<target>' in each.XMLDesc()}" for each in pool.listAllVolumes())
    print("pool:", pool.name(), state, pool.autostart(), pool.isPersistent(), sound, volumes)

domain = connection.lookupByName(name)
print("domain:", domain.state()[0], domain.isPersistent(), domain.autostart(), domain.hasManagedSaveImage(), len(domain.listAllSnapshots()))
print("xml:", "<devices>" in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE), "<devices>" in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
print("used:", len(domain.info()), domain.memoryStats().get("actual", 0) > 0, len(domain.getCPUStats(True)) > 0)
print("title:", end=" ")
try:
    domain.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None)
except libvirt.libvirtError as error:
    print(error.get_error_code())

heard = bytearray()
stream = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
domain.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
answered = threading.Event()


def read(of, happened, _opaque):
    if happened & libvirt.VIR_STREAM_EVENT_READABLE:
        piece = of.recv(1024)
        if isinstance(piece, bytes):
            heard.extend(piece)
    if b"42x" in heard:
        answered.set()


stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE | libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP, read, None)
# A line that the guest takes only part of, since its shell has just begun, must leave no bracket or quote open.
for _ in range(60):
    stream.send(b"echo -e 4\\\\062x\n")
    if answered.wait(1):
        break
print("console:", answered.is_set() or bytes(heard[-300:]))
stream.eventRemoveCallback()
stream.finish()
connection.close()
