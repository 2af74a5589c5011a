import { formatDomain, parseDomain, type DomainDef } from '@virtbus/libvirt-xml';
import type { KnownDomain } from '../fleet.memory.js';
import { withHost } from './core/live-metadata.js';
import type { ScreenAddress } from './screens/screen-relay.js';
import { hasRelayedScreen, withShownScreen } from './screens/shown-screens.js';

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

/**
 * As `dumpxml` shows it: without passwords unless they are asked for; of a domain that runs, with its host.
 * @param screen where its screen is shown to whoever asks
 */
export function domainXml(domain: KnownDomain, flags: number, screen?: ScreenAddress): string {
  const inactive = (flags & INACTIVE) !== 0 || liveText(domain) === undefined;
  const text = inactive ? domain.record.xml : (liveText(domain) ?? '');
  const secrets = (flags & SECURE) !== 0 || !text.includes(PASSWORD);
  const shown = secrets && (inactive || !screen) ? text : anew(domain, { inactive, secrets, screen });
  return inactive || domain.hostId === undefined ? shown : withHost(shown, domain.hostId);
}

interface Shown {
  readonly inactive: boolean;
  readonly secrets: boolean;
  readonly screen: ScreenAddress | undefined;
}

function anew(domain: KnownDomain, { inactive, secrets, screen }: Shown): string {
  const definition = definitionOf(domain, inactive);
  const placed = inactive || !screen ? definition : withShownScreen(definition, screen);
  return formatDomain(placed, { flavour: inactive ? 'inactive' : 'live', ...(secrets ? {} : { secrets }) });
}

/** Whether a live definition is asked for that has a screen which is shown at the gateway. */
export const showsScreen = (domain: KnownDomain, flags: number): boolean =>
  (flags & INACTIVE) === 0 && (liveText(domain)?.includes('<graphics') ?? false) && hasRelayedScreen(definitionOf(domain, false));

/** By its target or its file, as libvirt's clients name disks. */
export const diskOf = ({ devices }: DomainDef, path: string): DomainDef['devices']['disk'][number] | undefined =>
  devices.disk.find(({ target, source }) => target.dev === path || (source !== undefined && 'file' in source && source.file === path));
