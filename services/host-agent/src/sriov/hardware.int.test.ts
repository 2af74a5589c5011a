import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rtnetlink } from '@virtbus/netlink';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AssignedFunctions } from './assigned-functions.js';
import { cardCases, type CardUnderTest } from './conformance.js';
import { FunctionRecords } from './function-records.js';
import { PciDevices } from './pci-devices.js';
import { SysfsFiles } from './pci-files.js';

/** The PCI address of a virtual function that may be taken from its driver and given back: `VIRTBUS_TEST_VF=0000:03:10.0`. */
const address = process.env['VIRTBUS_TEST_VF'];

describe.skipIf(address === undefined)('on an SR-IOV card', () => {
  let folder: string;
  let card: CardUnderTest;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'virtbus-card-'));
    const pci = new PciDevices(new SysfsFiles());
    const rtnetlink = Rtnetlink.open();
    const again = () => new AssignedFunctions({ pci, rtnetlink, records: new FunctionRecords(folder, console.warn), warn: console.warn });
    card = { pci, rtnetlink, address: address ?? '', functions: again(), again };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(cardCases)('$sentence', ({ holds }) => holds(card));
});

test("this machine's devices can be read, and a machine without a card has nothing to lend", () => {
  const pci = new PciDevices(new SysfsFiles());
  for (const { functions } of pci.physicalFunctions()) expect(functions.length).toBeGreaterThan(0);
  expect(pci.find('ffff:ff:1f.7')).toBeUndefined();
});
