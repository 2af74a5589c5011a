/** QEMU's end of an interface while the guest runs: descriptors by their names, netdev, card. */
import { netdevId, vdpaSource, type CardSocket, type HotplugCard, type InterfacePlan } from '@virtbus/qemu-argv';
import { MonitorClosed, QmpError, type Monitor } from '@virtbus/qmp';
import { passing } from '../failpoints.js';
import type { Connection, Handover } from './connection.js';

interface NamedDescriptor {
  readonly fdname: string;
  readonly fd: number;
}

/** libvirt's names for descriptors that are sent. */
const named = (fds: readonly number[], what: string, alias: string): NamedDescriptor[] =>
  fds.map((fd, index) => ({ fd, fdname: `${what}-${alias}${fds.length > 1 ? index : ''}` }));

export interface Sending {
  readonly descriptors: readonly NamedDescriptor[];
  readonly plan: InterfacePlan | undefined;
}

/** What of a handover goes over the monitor, and how the netdev then speaks of it. */
export function sendingOf({ alias }: Connection, handover: Handover): Sending {
  if (handover.type === 'none') return { descriptors: [], plan: undefined };
  if (handover.type !== 'tap') return { descriptors: [], plan: { ...handover, alias } };
  const fds = named(handover.fds, 'tapfd', alias);
  const vhostFds = named(handover.vhostFds ?? [], 'vhostfd', alias);
  const names = (list: readonly NamedDescriptor[]): string[] => list.map(({ fdname }) => fdname);
  return {
    descriptors: [...fds, ...vhostFds],
    plan: { alias, type: 'tap', fds: names(fds), ...(vhostFds.length > 0 ? { vhostFds: names(vhostFds) } : {}) },
  };
}

/** Gives QEMU a new interface; takes everything back when it refuses a part. @throws QmpError, CommandTimeout, MonitorClosed */
export async function addCard(monitor: Monitor, card: HotplugCard, { descriptors }: Sending): Promise<void> {
  try {
    for (const { fdname, fd } of descriptors) await monitor.executeWithDescriptors('getfd', [fd], { fdname });
    passing('attach.descriptors_sent');
    if (card.chardev) await monitor.call('chardev-add', { id: card.chardev.id, backend: socketBackend(card.chardev) });
    const vdpa = card.fdSet && (await opened(monitor, card.fdSet));
    if (card.netdev) await monitor.execute('netdev_add', { ...card.netdev, ...vdpa });
    passing('attach.netdev_added');
    await monitor.execute('device_add', { ...card.device });
    passing('attach.device_added');
  } catch (error) {
    await removeNetdev(monitor, card.device.id, descriptors.length);
    throw error;
  }
}

/** QEMU numbers the set itself, for the running guest may have others. */
async function opened(monitor: Monitor, { fd, opaque }: NonNullable<HotplugCard['fdSet']>): Promise<{ readonly vhostdev: string }> {
  const { 'fdset-id': set } = await monitor.executeWithDescriptors('add-fd', [fd], { opaque });
  return { vhostdev: `/dev/fdset/${set}` };
}

const socketBackend = ({ path, server = false, reconnect }: CardSocket) => ({
  type: 'socket',
  data: {
    addr: { type: 'unix', data: { path } },
    server,
    ...(server ? { wait: false } : {}),
    ...(reconnect === undefined ? {} : { reconnect }),
  },
});

/**
 * Takes away whatever QEMU has of an interface beside its card. What is not there is passed over; so is a monitor that is gone, for then
 * QEMU goes too.
 * @param queues how many descriptors may lie there that no netdev has taken
 */
export async function removeNetdev(monitor: Monitor, alias: string, queues: number): Promise<readonly string[]> {
  const refused: string[] = [];
  const attempt = async (act: () => Promise<unknown>, isUsual: (error: QmpError) => boolean): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (error instanceof MonitorClosed) return;
      if (!(error instanceof QmpError)) throw error;
      if (!isUsual(error)) refused.push(error.message);
    }
  };
  const isAbsent = ({ class: kind, desc }: QmpError): boolean => kind === 'DeviceNotFound' || /not found/.test(desc);
  await attempt(() => monitor.execute('netdev_del', { id: netdevId(alias) }), isAbsent);
  await attempt(() => monitor.call('chardev-remove', { id: `char${alias}` }), isAbsent);
  await attempt(() => removeSets(monitor, vdpaSource(alias)), isAbsent);
  for (const what of ['tapfd', 'vhostfd']) {
    for (const { fdname } of named(
      Array.from({ length: queues }, () => -1),
      what,
      alias,
    )) {
      await attempt(
        () => monitor.execute('closefd', { fdname }),
        () => true,
      );
    }
  }
  return refused;
}

async function removeSets(monitor: Monitor, opaque: string): Promise<void> {
  for (const { 'fdset-id': set, fds } of await monitor.execute('query-fdsets')) {
    if (fds.some((each) => each.opaque === opaque)) await monitor.execute('remove-fd', { 'fdset-id': set });
  }
}
