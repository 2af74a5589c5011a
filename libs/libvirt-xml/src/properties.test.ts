/** What must hold whatever is given: nothing but a LibvirtError is thrown, and what is written reads back the same. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { recordedHosts } from './corpus/profiles.js';
import { formatDomain, formatNetwork, parseDomain, parseNetwork } from './documents.js';
import type { DomainDef } from './domain/domain.js';
import { LibvirtError } from './errors/libvirt-error.js';
import type { DeviceAddress } from './shared/device-address.js';
import { validateDomain } from './validate/validate-domain.js';

const fixtures = new URL('../fixtures/', import.meta.url);
const seeds = (kind: string): readonly string[] =>
  readdirSync(new URL(`${kind}/`, fixtures))
    .filter((file) => !file.endsWith('.out.xml'))
    .map((file) => readFileSync(new URL(`${kind}/${file}`, fixtures), 'utf8'));

/** Undefined when it was refused. */
function orRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof LibvirtError) return undefined;
    throw error;
  }
}

const tokens = [
  "type='",
  "'",
  '<',
  '>',
  '/>',
  '<source',
  '</devices>',
  "address='",
  '-1',
  '0',
  '99999999999',
  '',
  'qcow2',
  'yes',
  '&amp;',
  '&',
  '\u0000',
  'é',
  '<!DOCTYPE',
  "slot='1'",
];
/** A document cut, doubled, or with words of others in it. */
const mutated = (documents: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(12), fc.constantFrom(...tokens)), { maxLength: 4 }),
    )
    .map(([document, edits]) =>
      edits.reduce((text, [where, cut, token]) => {
        const at = Math.floor(where * text.length);
        return text.slice(0, at) + token + text.slice(at + cut);
      }, document),
    );

/** A document with the values of some attributes and elements exchanged: usually well-formed. */
const exchanged = (documents: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...documents), fc.constantFrom(...documents), fc.array(fc.nat(1000), { maxLength: 6 }))
    .map(([document, other, picks]) => {
      const values = [...other.matchAll(/='([^']*)'/g)].map(([, value]) => value ?? '');
      let count = 0;
      const chosen = new Set(picks);
      return document.replace(/='[^']*'/g, (whole) => {
        count += 1;
        return chosen.has(count) ? `='${values[count % values.length]}'` : whole;
      });
    });

const runs = { numRuns: 400 };
const domains = seeds('domain');
const networks = seeds('network');

test('no domain, however broken, throws anything but a LibvirtError', () =>
  fc.assert(
    fc.property(fc.oneof(mutated(domains), exchanged(domains), fc.string()), (xml) => {
      orRefused(() => {
        const def = assignDefaults(parseDomain(xml));
        validateDomain(def);
        return formatDomain(def);
      });
    }),
    runs,
  ));

test('no network, however broken, throws anything but a LibvirtError', () =>
  fc.assert(
    fc.property(fc.oneof(mutated(networks), exchanged(networks), fc.string()), (xml) => {
      orRefused(() => formatNetwork(parseNetwork(xml)));
    }),
    runs,
  ));

test('an accepted domain is written the same a second time', () =>
  fc.assert(
    fc.property(fc.oneof(mutated(domains), exchanged(domains)), (xml) => {
      const once = orRefused(() => formatDomain(parseDomain(xml)));
      if (once !== undefined) expect(formatDomain(parseDomain(once))).toBe(once);
    }),
    runs,
  ));

test('an accepted network is written the same a second time', () =>
  fc.assert(
    fc.property(fc.oneof(mutated(networks), exchanged(networks)), (xml) => {
      const once = orRefused(() => formatNetwork(parseNetwork(xml)));
      if (once !== undefined) expect(formatNetwork(parseNetwork(once))).toBe(once);
    }),
    runs,
  ));

const nic = (model: string) => `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='${model}'/></interface>`;
const disk = (_: string, index: number) =>
  `<disk type='file'><source file='/a'/><target dev='vd${String.fromCodePoint(97 + (index % 26))}${index > 25 ? 'a' : ''}'/></disk>`;
const kinds = [
  nic('virtio'),
  nic('rtl8139'),
  nic('e1000e'),
  "<sound model='ich6'/>",
  "<rng model='virtio'><backend model='builtin'/></rng>",
  "<controller type='usb' model='qemu-xhci'/>",
  "<controller type='pci' model='pcie-root-port'/>",
  'disk',
];

const guests = fc.tuple(fc.constantFrom('pc', 'q35'), fc.array(fc.constantFrom(...kinds), { maxLength: 40 })).map(([machine, devices]) => {
  const placed = devices.map((device, index) => (device === 'disk' ? disk(device, index) : device));
  const usable = machine === 'pc' ? placed.filter((device) => !device.includes('pcie-root-port')) : placed;
  const root = machine === 'pc' ? '' : "<controller type='pci' index='0' model='pcie-root'/>";
  return `<domain type='qemu'><name>a</name><memory>9</memory><os><type machine='${machine}'>hvm</type></os><devices>${root}${usable.join('')}</devices></domain>`;
});

const hasPlace = (device: unknown): device is { readonly address?: DeviceAddress } => typeof device === 'object' && device !== null;

function pciPlaces({ devices }: DomainDef): readonly string[] {
  const all: readonly unknown[] = Object.values(devices).flat();
  return all
    .filter(hasPlace)
    .flatMap(({ address }) => (address?.type === 'pci' ? [`${address.bus}:${address.slot}.${address.function}`] : []));
}

test('no two devices have one PCI address, and every bus that is used is there', () =>
  fc.assert(
    fc.property(guests, (xml) => {
      const given = parseDomain(xml);
      const def = assignDefaults(given, recordedHosts['recent QEMU']!(given));
      const places = pciPlaces(def);
      expect(new Set(places).size).toBe(places.length);
      const buses = new Set(def.devices.controller.flatMap((one) => (one.type === 'pci' ? [one.index] : [])));
      for (const place of places) expect(buses).toContain(Number(place.split(':')[0]));
    }),
    { numRuns: 150 },
  ));

test('a place once given stays', () =>
  fc.assert(
    fc.property(guests, (xml) => {
      const given = parseDomain(xml);
      const capabilities = recordedHosts['recent QEMU']!(given);
      const first = assignDefaults(given, capabilities);
      const again = assignDefaults(parseDomain(formatDomain(first)), capabilities);
      expect(pciPlaces(again).toSorted()).toEqual(pciPlaces(first).toSorted());
    }),
    { numRuns: 100 },
  ));
