import { parseDomain } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { presumesQemu } from './presumed-qemu.js';

const presumes = (devices: string, { machine = 'pc', general = '', os = '' } = {}): boolean =>
  presumesQemu(
    parseDomain(
      `<domain type='kvm'><name>a</name><memory>65536</memory>${general}<os><type machine='${machine}'>hvm</type>${os}</os><devices>${devices}</devices></domain>`,
    ),
  );

const disk = (inside: string, target = "<target dev='vda'/>"): string => `<disk type='file'>${inside}<source file='/a'/>${target}</disk>`;

test.each<[string, string, Parameters<typeof presumes>[1]?]>([
  ['a disk on virtio', disk('')],
  ['a screen over VNC', "<graphics type='vnc'/>"],
  ['random numbers of the host', "<rng model='virtio'><backend model='random'/></rng>"],
  ['a board of no version', '', { machine: 'pc' }],
])('%s presumes nothing', (_, devices, rest) => expect(presumes(devices, rest)).toBe(false));

test.each<[string, string, Parameters<typeof presumes>[1]?]>([
  ['a q35 board', '', { machine: 'q35' }],
  ['a version of the board', '', { machine: 'pc-i440fx-4.2' }],
  ['a SCSI disk', disk('', "<target dev='sda' bus='scsi'/>")],
  ['a limit of traffic', disk('<iotune><total_bytes_sec>1</total_bytes_sec></iotune>')],
  ['io_uring', disk("<driver io='io_uring'/>")],
  ['a rate of rotation', disk('', "<target dev='hda' rotation_rate='1'/>")],
  ["variables of UEFI in a disk's place", '', { os: "<nvram type='block'><source dev='/v'/></nvram>" }],
  ['sockets between guest and host', "<vsock><cid address='4'/></vsock>"],
  ['random numbers of QEMU', "<rng model='virtio'><backend model='builtin'/></rng>"],
  ['modes of new files', "<filesystem accessmode='mapped' fmode='644'><source dir='/a'/><target dir='b'/></filesystem>"],
  ['a screen over SPICE', "<graphics type='spice'/>"],
  ['a clock that starts at one time', '', { general: "<clock offset='absolute' start='0'/>" }],
  ['an id of its generation', '', { general: '<genid>e9392370-2917-565e-692b-d057f46512d6</genid>' }],
])('%s presumes a QEMU that can be known', (_, devices, rest) => expect(presumes(devices, rest)).toBe(true));
