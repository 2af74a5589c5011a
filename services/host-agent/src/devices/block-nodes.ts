import { QmpError, type Monitor } from '@virtbus/qmp';

/** Our own names of block nodes and of what belongs to them. */
const NUMBERED = /^libvirt-(\d+)-/;
const OURS = /^libvirt-(?:\d+|CoR)-/;

async function namesOf(monitor: Monitor): Promise<string[]> {
  const nodes = (await monitor.call('query-named-block-nodes', { flat: true })) as readonly { readonly 'node-name'?: string }[];
  return nodes.flatMap(({ 'node-name': name }) => (name !== undefined && OURS.test(name) ? [name] : []));
}

const numberOf = (name: string): number => Number(NUMBERED.exec(name)?.[1] ?? 0);

/** A number of which, and above which, no block node is called. */
export const freeNode = async (monitor: Monitor): Promise<number> => 1 + Math.max(0, ...(await namesOf(monitor)).map(numberOf));

/**
 * Takes away every image that no drive uses, and what was made for it. QEMU says which: a node that is in use stays. May be repeated.
 * @throws MonitorClosed, CommandTimeout
 */
export async function sweepNodes(monitor: Monitor): Promise<void> {
  let left = await namesOf(monitor);
  for (let before = left.length + 1; left.length < before; left = await namesOf(monitor)) {
    before = left.length;
    // Those above go first; once they have gone, those below are in use no more.
    for (const name of left.toReversed()) await passedOver(() => monitor.call('blockdev-del', { 'node-name': name }));
  }
  const used = new Set(left.map(numberOf));
  const objects = (await monitor.execute('qom-list', { path: '/objects' })).map(({ name }) => name);
  for (const name of objects.filter((each) => NUMBERED.test(each) && !used.has(numberOf(each)))) {
    await passedOver(() => monitor.call('object-del', { id: name }));
  }
}

/** What QEMU refuses to let go is in use. */
export async function passedOver(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    if (!(thrown instanceof QmpError)) throw thrown;
  }
}
