import type { Difference } from './differences-table.js';

/** Where virtbus's own command line says something else than virsh does on libvirtd, and why. */
export const ownDifferences: readonly Difference[] = [
  { why: 'It is another program', lines: ['version'] },
  {
    why: 'It says where in the document the fault is',
    lines: [
      'net-define @bad-network.xml',
      'define @nomem.xml',
      'define @noname.xml',
      'define @lab.xml',
      'create @nomem.xml',
      'pool-define-as we/ird dir --target @FILES@/weird',
      'pool-define-as none dir',
      'vol-create-as two x/y 4M',
      'vol-create-as two h.bogus 4M --format bogus',
      'pool-create @nomem.xml',
      'nwfilter-binding-create @lab.xml',
      'nwfilter-binding-create @binding-nomac.xml',
      'nwfilter-binding-create @binding-unknown.xml',
      'net-port-create lab @lab.xml',
      'net-port-create lab @port.xml',
      'net-port-create lab @port-nobodys.xml',
    ],
  },
  { why: 'No document type is read at all', lines: ['define @doctype.xml'] },
  { why: "The filters that libvirt's packages install as files are there from the beginning", lines: ['nwfilter-list'] },
  { why: 'That a network has no leases because it is not active is said', lines: ['net-dhcp-leases side'] },
  { why: 'A console wants a terminal before anything else is looked at', lines: ['console web'] },
  { why: 'There are no XPath expressions', lines: ['dumpxml web --xpath /domain/memory'] },
  {
    why: 'A screen is at a port of a gateway: who speaks to the bus, or to REST, is shown it there',
    lines: ['vncdisplay web', 'domdisplay web'],
  },
  { why: 'All disks together are counted', lines: ['domblkstat web'] },
  { why: 'The answer of the monitor has one end of line', lines: ["qemu-monitor-command web --hmp 'info status'"] },
  {
    why: 'A filter is put on a link that is there, and goes with it',
    lines: ['nwfilter-binding-create @binding.xml', 'nwfilter-binding-delete vnet99'],
  },
  {
    why: "The filter of a guest's interface is changed with the interface, and not taken off by hand",
    lines: ['nwfilter-binding-delete filtered0'],
  },
  { why: "QEMU says on the guest's host what libvirtd looks up itself", lines: ['attach-disk web /nonexistent.img vdz --live'] },
  {
    why: 'A missing device has a number and words of its own',
    lines: ['domifstat web nobody'],
  },
  { why: 'Whether the domain runs is asked before anything of it is shown', lines: ['domifstat web vnet0', 'vcpuinfo web'] },
  { why: 'What cannot be asked for is refused before the domain is looked at', lines: ['cpu-stats web', 'domxml-to-native frob web'] },
  { why: 'The kinds of event that the command line follows are listed, and the fleet has one of its own', lines: ['event --list'] },
  {
    why: 'It has no schemas to hold a document against',
    lines: ['nwfilter-binding-create @binding-lo.xml --validate', 'net-port-create lab @port-hand.xml --validate'],
  },
  {
    why: 'A port that is not there is an error that says so',
    lines: [
      'net-port-dumpxml lab 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0ff',
      'net-port-delete lab 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0ff',
      'net-port-delete lab nonsense',
      'net-port-delete nobody 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0fe',
      'net-port-delete lab 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0f9',
      'net-port-delete lab 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0fe',
    ],
  },
  { why: 'A MAC address has one owner on a network', lines: ['net-port-create lab @port-twin.xml'] },
  { why: 'Its help is its own', lines: ['help vol-key'] },
];
