import { defined, type DomainSummary } from '@virtbus/contracts';
import { formatDomain, isElement, parseDomain, parseXml, textOf } from '@virtbus/libvirt-xml';
import { readingXml } from '../core/xml-refusal.js';
import type { KnownDomain } from '../fleet.memory.js';

const PASSWORD = ' passwd=';

/** What runs, or what is defined; without passwords unless they are asked for. */
export function domainText(
  { record, runtime }: KnownDomain,
  { inactive, secure }: { readonly inactive: boolean; readonly secure: boolean },
): string {
  const live = inactive ? undefined : runtime?.xml;
  const text = live ?? record.xml;
  return secure ? text : withoutPasswords(text, live === undefined ? 'inactive' : 'live');
}

export const withoutPasswords = (text: string, flavour: 'inactive' | 'live'): string =>
  text.includes(PASSWORD) ? formatDomain(parseDomain(text, { flavour }), { flavour, secrets: false }) : text;

export function summaryOfKnown({ record, state, reason, active, id, hostId, runtime }: KnownDomain): DomainSummary {
  const { uuid, name, persistent, autostart, demand, memoryKiB, maxMemoryKiB, title, project } = record;
  const { type, arch, vcpus } = demand;
  const running = active ? defined({ id: id > 0 ? id : undefined, hostId, pid: runtime?.pid }) : {};
  return {
    uuid,
    name,
    state,
    reason,
    ...running,
    persistent,
    autostart,
    type,
    arch,
    vcpus,
    memoryKiB,
    maxMemoryKiB,
    ...defined({ title, project }),
  };
}

/** Name and UUID of a definition, without reading more of it. @throws Refusal xml_detail and its kin */
export function namesIn(xml: string): { readonly name: string | undefined; readonly uuid: string | undefined } {
  const root = readingXml(() => parseXml(xml, 'definition'));
  const text = (name: string): string | undefined => {
    const found = root.children.filter(isElement).find((child) => child.name === name);
    return found && textOf(found).trim();
  };
  return { name: text('name'), uuid: text('uuid') };
}
