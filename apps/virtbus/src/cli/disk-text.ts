/** A disk of a definition, as its text has it. */
import { isElement, parseXml, type XmlElement } from '@virtbus/libvirt-xml';

const BEGINNING = '<disk';
const END = '</disk>';

export interface DiskText {
  readonly target: string | undefined;
  readonly source: string | undefined;
  readonly xml: string;
}

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined => element?.named.get(name)?.[0];

/** What virsh knows a source by. */
const sources = ['file', 'dev', 'dir', 'name', 'volume', 'path'];

export function disksIn(xml: string): DiskText[] {
  const root = parseXml(xml, 'definition');
  const starts = lineStarts(xml);
  const disks = (child(root, 'devices')?.children ?? []).filter(isElement).filter(({ name }) => name === 'disk');
  return disks.map((disk) => {
    const attributes = child(disk, 'source')?.attributes;
    // Where an element is said to be lies behind its name.
    const begin = xml.lastIndexOf(BEGINNING, (starts[disk.line - 1] ?? 0) + disk.column);
    return {
      target: child(disk, 'target')?.attributes.get('dev'),
      source: sources.map((name) => attributes?.get(name)).find((value) => value !== undefined),
      xml: xml.slice(begin, xml.indexOf(END, begin) + END.length),
    };
  });
}

const lineStarts = (text: string): number[] => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
