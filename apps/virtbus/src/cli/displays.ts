import { parseDomain } from '@virtbus/libvirt-xml';
import type { Context } from './context.js';
import { isActive } from './core/list-filter.js';
import { Failure } from './failure.js';
import { findDomain, withDomain } from './references.js';

export interface Display {
  readonly type: string;
  /** Where QEMU listens on the domain's host. */
  readonly address: string;
  /** Absent when nobody can connect over the network. */
  readonly port: number | undefined;
  /** The host's own id, for an address that means every one of it. */
  readonly hostname: string;
}

/** The screens of a running domain. @throws Failure when it does not run */
export async function displaysOf(context: Context, text: string): Promise<Display[]> {
  const domain = await findDomain(context, text);
  if (!isActive(domain)) throw new Failure(['Domain is not running'], 'operation_invalid', { libvirt: 55 });
  const { xml } = await withDomain(context, text, undefined, async () => context.ask('getDomainXml', { domain: domain.uuid }));
  return parseDomain(xml, { flavour: 'live' }).devices.graphics.map((graphics) => {
    const given: Readonly<Record<string, unknown>> = { ...graphics };
    const [listen] = Array.isArray(given['listen']) ? (given['listen'] as readonly { readonly address?: string }[]) : [];
    const port = typeof given['port'] === 'number' && given['port'] > 0 ? given['port'] : undefined;
    return { type: graphics.type, address: listen?.address ?? '127.0.0.1', port, hostname: domain.hostId ?? 'localhost' };
  });
}
