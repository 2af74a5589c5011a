import { assignDefaults, LibvirtError, parseDomain } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { buildArgv } from '../build-argv.js';
import type { ArgvHost } from '../host/argv-host.js';
import { prepareDomain } from '../prepare/prepare-domain.js';
import { referenceCapabilities } from '../reference/reference-capabilities.js';
import { referenceHost, referencePreparation } from '../reference/reference-host.js';

const disk = (inside: string): string =>
  `<disk type='file'><driver name='qemu' type='qcow2'/><source file='/a'/><target dev='vda'/>${inside}</disk>`;

function argvOf(devices: string, change: Partial<ArgvHost> = {}): readonly string[] {
  const xml = `<domain type='qemu'><name>a</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory>65536</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`;
  const domain = prepareDomain(assignDefaults(parseDomain(xml), referenceCapabilities), referencePreparation);
  return buildArgv(domain, { ...referenceHost(domain), ...change });
}

const images = (argv: readonly string[]): number => argv.filter((word) => word === '-blockdev').length;

test('what is written to a transient disk is not kept where it was not asked for: a host that cannot forget refuses it', () => {
  expect(() => argvOf(disk('<transient/>'), { transientDisks: false })).toThrow(LibvirtError);
  expect(() => argvOf(disk('<transient/>'), { transientDisks: false })).toThrow(/transient/);
});

test('a transient disk is on the command line, one that shares its backing image is plugged in later', () => {
  expect(images(argvOf(disk('<transient/>')))).toBe(images(argvOf(disk(''))));
  expect(images(argvOf(disk("<transient shareBacking='yes'/>")))).toBe(0);
});

test.each([
  ['root', '0'],
  ['+12', '12'],
])('the account %s of an NFS source is number %s', (user, number) => {
  const source = `<source protocol='nfs' name='/a'><host name='h'/><identity user='${user}' group='${user}'/></source>`;
  const argv = argvOf(disk('').replace("type='file'", "type='network'").replace("<source file='/a'/>", source));
  expect(argv.join(' ')).toContain(`"user":${number},"group":${number}`);
});
