/** Which huge pages a piece of guest memory comes from. */
import { parseCpuset } from '@virtbus/libvirt-xml';
import type { Context } from '../context.js';
import type { HugePages } from '../host/argv-host.js';
import { refuse } from '../refusal.js';
import { kibOf } from './units.js';

export interface PageWish {
  /** The cell of the guest, when the memory belongs to one. */
  readonly cell?: number | undefined;
  /** The module's own wish. */
  readonly pageSizeKiB?: number | undefined;
  readonly at: string;
}

/** What every x86 processor has anyway. */
const ORDINARY_KIB = 4;

/** undefined: ordinary memory. */
export function hugePagesOf(context: Context, wish: PageWish): HugePages | undefined {
  const { hugepages } = context.domain.memoryBacking ?? {};
  if (wish.pageSizeKiB !== undefined) return mounted(context, wish.pageSizeKiB, wish.at);
  if (!hugepages) return undefined;
  const page = hugepages.page.find((one) => isFor(one.nodeset, wish.cell)) ?? hugepages.page.find(({ nodeset }) => nodeset === undefined);
  if (page?.size !== undefined) return mounted(context, kibOf(page.size, page.unit ?? 'KiB'), wish.at);
  return hugepages.page.length > 0 ? undefined : defaultPages(context, wish.at);
}

const isFor = (nodeset: string | undefined, cell: number | undefined): boolean =>
  nodeset !== undefined && (parseCpuset(nodeset)?.includes(cell ?? 0) ?? false);

function mounted({ host }: Context, sizeKiB: number, at: string): HugePages | undefined {
  if (sizeKiB === ORDINARY_KIB) return undefined;
  const found = host.paths.hugePages?.find((pages) => pages.sizeKiB === sizeKiB);
  if (!found) throw refuse('INTERNAL_ERROR', at, `no huge pages of ${sizeKiB} KiB on this host`);
  return found;
}

function defaultPages({ host }: Context, at: string): HugePages {
  const pages = host.paths.hugePages ?? [];
  const found = pages.find((one) => one.default) ?? pages[0];
  if (!found) throw refuse('INTERNAL_ERROR', at, 'this host has no huge pages');
  return found;
}
