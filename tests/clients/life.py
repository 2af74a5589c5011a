#!/usr/bin/python3
"""The life of a guest through libvirt's Python binding: define, start, watch, read, stop, undefine.

usage: life.py URI DOMAIN-XML-FILE
"""
import sys
import threading
import time

import libvirt

uri, path = sys.argv[1:]
xml = open(path, encoding="utf-8").read()

libvirt.virEventRegisterDefaultImpl()


def run_events():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=run_events, daemon=True).start()

heard = []
names = {
    libvirt.VIR_DOMAIN_EVENT_DEFINED: "defined",
    libvirt.VIR_DOMAIN_EVENT_UNDEFINED: "undefined",
    libvirt.VIR_DOMAIN_EVENT_STARTED: "started",
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: "suspended",
    libvirt.VIR_DOMAIN_EVENT_RESUMED: "resumed",
    libvirt.VIR_DOMAIN_EVENT_STOPPED: "stopped",
    libvirt.VIR_DOMAIN_EVENT_SHUTDOWN: "shutdown",
}


def on_lifecycle(_connection, domain, event, _detail, _opaque):
    heard.append((domain.name(), names.get(event, str(event))))


def wait_for(what):
    for _ in range(600):
        if any(event == what for _, event in heard):
            return
        time.sleep(0.05)
    sys.exit(f"no event '{what}' within 30 s; heard: {heard}")


connection = libvirt.open(uri)
connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, on_lifecycle, None)
print("connected to", connection.getType(), "alive" if connection.isAlive() else "dead")

domain = connection.defineXML(xml)
name = domain.name()
wait_for("defined")
print("defined", name, domain.UUIDString())
assert name in [each.name() for each in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_INACTIVE)]

domain.create()
wait_for("started")
state, reason = domain.state()
print("started, state", state, "reason", reason, "id above zero:", domain.ID() > 0)

state, max_memory, memory, cpus, cpu_time = domain.info()
print("info: memory", max_memory, "of it", memory, "KiB,", cpus, "processors, has run:", cpu_time > 0)
target = domain.XMLDesc().split("<target dev='")[1].split("'")[0]
counters = domain.interfaceStats(target)
print("interface", target, "has", len(counters), "counters, none negative:", min(counters) >= 0)
stats = connection.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_INTERFACE)
mine = [values for each, values in stats if each.name() == name]
print("stats: state", mine[0]["state.state"], "interfaces", mine[0]["net.count"])
print("memory statistics:", "actual" in domain.memoryStats())

domain.suspend()
wait_for("suspended")
domain.resume()
wait_for("resumed")
print("suspended and resumed")

try:
    domain.create()
except libvirt.libvirtError as error:
    print("refused:", error.get_error_code(), error.get_error_message())

domain.destroy()
wait_for("stopped")
domain.undefine()
wait_for("undefined")
try:
    connection.lookupByName(name)
except libvirt.libvirtError as error:
    print("gone:", error.get_error_code())
print("heard:", " ".join(event for of, event in heard if of == name))
connection.close()
