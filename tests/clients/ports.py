#!/usr/bin/python3
"""Network ports through libvirt's Python binding: make, read, limit, give back; and those of a running guest.

usage: ports.py URI NETWORK DOMAIN
"""
import sys

import libvirt

uri, network, domain = sys.argv[1:]
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(uri)
net = connection.networkLookupByName(network)

ID, OWNER = "9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0fe", "9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0fd"
LIMITED = "<bandwidth><inbound average='1000' peak='2000' burst='64'/><outbound average='500'/></bandwidth>"
PLUG = "<plug type='network' bridge='%s'/>" % net.bridgeName()


def xml(uuid=ID, mac="52:54:00:00:12:01", more=""):
    owner = f"<owner><name>box</name><uuid>{OWNER}</uuid></owner>"
    return f"<networkport><uuid>{uuid}</uuid>{owner}<mac address='{mac}'/>{more}</networkport>"


def refused(what, call, *arguments):
    try:
        call(*arguments)
        print(what, "not refused")
    except libvirt.libvirtError as error:
        print(what, "refused:", error.get_error_code(), error.get_error_domain())


port = net.portCreateXML(xml(more=LIMITED), 0)
print("made", port.UUIDString() == ID, len(net.listAllPorts()))
print("limits", port.parameters())
port.setParameters({"inbound.average": 7, "outbound.average": 8, "outbound.burst": 9})
print("changed", port.parameters())
port.setParameters({"outbound.average": 5})
print("what is not named is gone", port.parameters(), "<outbound average='5'/>" in port.XMLDesc())
refused("a second of its UUID", net.portCreateXML, xml(mac="52:54:00:00:12:02"), 0)
refused("nothing that is plugged already", net.portCreateXML, xml(uuid=OWNER, mac="52:54:00:00:12:02"), libvirt.VIR_NETWORK_PORT_CREATE_RECLAIM)
refused("a plug without the flag", net.portCreateXML, xml(uuid=OWNER, mac="52:54:00:00:12:02", more=PLUG), 0)
port.delete()
refused("one that is gone", port.XMLDesc)
again = net.portCreateXML(xml(more=PLUG), libvirt.VIR_NETWORK_PORT_CREATE_RECLAIM)
print("claimed again", PLUG.split(" bridge")[1].rstrip("/>") in again.XMLDesc())
again.delete()

guest = connection.lookupByName(domain)
mac = guest.XMLDesc().split("<mac address='")[1][:17]
(theirs,) = [one for one in net.listAllPorts() if mac in one.XMLDesc()]
refused("the port of a guest's interface", theirs.delete)
print("its limits", theirs.parameters())
theirs.setParameters({"inbound.average": 300, "outbound.average": 200})
print("changed", theirs.parameters())
limits = guest.interfaceParameters(mac)
print("as its domain says", limits["inbound.average"], limits["outbound.average"])
