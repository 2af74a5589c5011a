/** What this QEMU gives to guests, as clients are told: by what is asked of it here, and by Debian's libvirtd. */
import { describeEmulator, formatDomainCapabilities, parseDomainCapabilities, type DomainCapabilities } from '@virtbus/libvirt-xml';
import type { QemuCapabilities } from '@virtbus/qemu-argv';
import { TestLibvirtd } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeCapabilities } from './probe.js';

type Kind = NonNullable<DomainCapabilities['devices']>['disk'];

/**
 * Less what is told otherwise: no host of the fleet starts swtpm or has a screen of its own; what PCI devices can be given away, where UEFI's
 * firmware lies and what host-model stands for are not facts that hosts publish.
 */
const apart = (told: DomainCapabilities): DomainCapabilities => {
  const { os: _os, cpu, devices, ...others } = told;
  const without = (word: string, kind: Kind): Kind =>
    kind && { ...kind, enumerations: kind.enumerations.map((one) => ({ ...one, value: one.value.filter((each) => each !== word) })) };
  const graphics = without('sdl', devices?.graphics);
  const hostdev = without('pci', devices?.hostdev);
  const models = cpu?.mode
    .flatMap((mode) => (mode.name === 'custom' ? mode.models : []))
    .map(({ value, usable, vendor }) => [value, usable, vendor]);
  return {
    ...others,
    cpu: { mode: models?.toSorted() },
    devices: { ...devices, graphics, hostdev, tpm: devices?.tpm?.supported },
  } as never;
};

describe.skipIf(!TestLibvirtd.isInstalled())('domcapabilities', () => {
  let libvirtd: TestLibvirtd;
  let emulator: QemuCapabilities;
  beforeAll(async () => {
    [libvirtd, emulator] = await Promise.all([TestLibvirtd.start(), probeCapabilities('/usr/bin/qemu-system-x86_64')]);
  });
  afterAll(() => libvirtd?.stop());

  test.each(['pc', 'q35'])('of machine %s are those of libvirt', (machine) => {
    const theirs = parseDomainCapabilities(libvirtd.virsh('domcapabilities', '--machine', machine, '--virttype', 'qemu'));
    const told = describeEmulator(emulator, { kvm: false, vfio: false, firmware: [] }, { machine, virtType: 'qemu' });
    expect(apart(parseDomainCapabilities(formatDomainCapabilities(told)))).toEqual(apart(theirs));
  });
});
