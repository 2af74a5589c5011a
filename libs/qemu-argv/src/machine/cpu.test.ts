import { assignDefaults, parseDomain } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { referenceCapabilities } from '../reference/reference-capabilities.js';
import { referenceCommandLine } from '../reference/reference-command-line.js';

function processorOf(cpu: string): string {
  const xml = `<domain type='kvm'><name>a</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory>65536</memory>${cpu}<os><type>hvm</type></os></domain>`;
  const { argv } = referenceCommandLine(assignDefaults(parseDomain(xml), referenceCapabilities));
  return argv[argv.indexOf('-cpu') + 1] ?? '';
}

test('a processor that is to be at least a model is all that the host has', () => {
  expect(processorOf("<cpu match='minimum'><model>qemu64</model></cpu>")).toBe(processorOf("<cpu mode='host-model'/>"));
});

test.each([
  ['EPYC', '', 'EPYC,monitor=off'],
  ['EPYC', "<feature policy='require' name='monitor'/>", 'EPYC,monitor=on'],
  ['Icelake-Server', "<feature policy='disable' name='pconfig'/>", 'Icelake-Server,intel-pt=off'],
  ['EPYC-Rome', '', 'EPYC-Rome'],
])('features that %s once had are off unless they are asked for: %j', (model, features, expected) => {
  expect(processorOf(`<cpu mode='custom'><model>${model}</model>${features}</cpu>`)).toBe(expected);
});

test.each([
  ['host-passthrough', 'host,migratable=on,l3-cache=on,host-cache-info=off'],
  ['custom', 'qemu64,l3-cache=on'],
])("an emulated cache of a %s processor is QEMU's own", (mode, expected) => {
  const model = mode === 'custom' ? '<model>qemu64</model>' : '';
  expect(processorOf(`<cpu mode='${mode}'>${model}<cache level='3' mode='emulate'/></cpu>`)).toBe(expected);
});
