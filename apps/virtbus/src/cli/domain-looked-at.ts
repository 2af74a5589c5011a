import type { DomainDetail } from '@virtbus/contracts';
import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Scope } from './change-scope.js';
import type { Context } from './context.js';
import { isActive } from './core/list-filter.js';
import type { Failure } from './failure.js';
import { findDomain, withDomain } from './references.js';

export interface LookedAt {
  readonly domain: DomainDetail;
  readonly definition: DomainDef;
  /** What this is: the definition, or the guest that runs. */
  readonly of: 'live' | 'persistent';
}

/** Flags that do not go together, or with the domain. */
export interface LookRefusals {
  readonly both?: () => Failure;
  readonly notRunning: () => Failure;
}

/** A domain as it runs, when it does, unless its definition is asked for. The XML reader is loaded only for this. @throws Failure */
export async function lookAtDomain(context: Context, text: string, { live, config }: Scope, refusals: LookRefusals): Promise<LookedAt> {
  const domain = await findDomain(context, text);
  if (live && config && refusals.both) throw refusals.both();
  const active = isActive(domain);
  if (live && !active) throw refusals.notRunning();
  const inactive = config === true || !active;
  const { xml } = await withDomain(context, text, undefined, async () => context.ask('getDomainXml', { domain: domain.uuid, inactive }));
  const { parseDomain } = await import('@virtbus/libvirt-xml');
  const definition = parseDomain(xml, { flavour: inactive ? 'inactive' : 'live' });
  return { domain, definition, of: inactive ? 'persistent' : 'live' };
}
