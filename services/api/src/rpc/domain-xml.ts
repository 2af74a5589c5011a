import { formatDomain, parseDomain, type DomainDef } from '@virtbus/libvirt-xml';
import type { KnownDomain } from '../fleet.memory.js';
import { withHost } from './core/live-metadata.js';

const SECURE = 1;
const INACTIVE = 2;
const PASSWORD = ' passwd=';

/** What was parsed is kept as long as the text it came from is what is known. */
const parsed = new WeakMap<KnownDomain, { live?: DomainDef; inactive?: DomainDef }>();

const liveText = (domain: KnownDomain): string | undefined => domain.runtime?.xml;

/** The definition that counts: of an active domain what runs, unless the inactive one is asked for. */
export function definitionOf(domain: KnownDomain, inactive: boolean): DomainDef {
  const kept = parsed.get(domain) ?? {};
  parsed.set(domain, kept);
  const live = inactive ? undefined : liveText(domain);
  if (live === undefined) return (kept.inactive ??= parseDomain(domain.record.xml));
  return (kept.live ??= parseDomain(live, { flavour: 'live' }));
}

/** As `dumpxml` shows it: without passwords unless they are asked for, and with the host of a domain that runs. */
export function domainXml(domain: KnownDomain, flags: number): string {
  const live = (flags & INACTIVE) === 0 ? liveText(domain) : undefined;
  const text = live ?? domain.record.xml;
  const shown = text.includes(PASSWORD) && (flags & SECURE) === 0 ? withoutPasswords(domain, live === undefined) : text;
  return live === undefined || domain.hostId === undefined ? shown : withHost(shown, domain.hostId);
}

const withoutPasswords = (domain: KnownDomain, inactive: boolean): string =>
  formatDomain(definitionOf(domain, inactive), { flavour: inactive ? 'inactive' : 'live', secrets: false });

/** By its target or its file, as libvirt's clients name disks. */
export const diskOf = ({ devices }: DomainDef, path: string): DomainDef['devices']['disk'][number] | undefined =>
  devices.disk.find(({ target, source }) => target.dev === path || (source !== undefined && 'file' in source && source.file === path));
