import { readdirSync, readFileSync } from 'node:fs';
import { commandLineOf, formats } from '../offline/documents.js';
import type { Seed } from './fuzz.js';

const fixtures = new URL('../../../../libs/', import.meta.url);

/** Directories with documents that are right, by the kind of document. */
const places: readonly (readonly [kind: string, directory: string])[] = [
  ['domain', 'libvirt-xml/fixtures/domain/'],
  ['domain', 'qemu-argv/fixtures/started/'],
  ['network', 'libvirt-xml/fixtures/network/'],
  ['pool', 'libvirt-xml/fixtures/pool/'],
  ['volume', 'libvirt-xml/fixtures/volume/'],
  ['secret', 'libvirt-xml/fixtures/secret/'],
];

export const readSeeds = (): readonly Seed[] =>
  places.flatMap(([kind, directory]) => {
    const path = new URL(directory, fixtures);
    const files = readdirSync(path).filter((file) => file.endsWith('.xml') && !file.endsWith('.out.xml'));
    return files.map((file) => ({ kind, xml: readFileSync(new URL(file, path), 'utf8') }));
  });

/** All that is done with a document before a host sees it: read, filled in, checked, made a command line, written. */
export function attempt({ kind, xml }: Seed): void {
  if (kind === 'domain') commandLineOf(xml);
  formats[kind]?.(xml, { assumeQemu: true });
}
