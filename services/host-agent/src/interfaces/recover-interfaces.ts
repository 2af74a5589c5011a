import type { Guest } from '../devices/guest.js';
import { withDone } from '../devices/settled.js';
import { portKeysOf, type InterfaceRecord } from '../core/interface-record.js';
import { untilHeard } from '../until-heard.js';
import { requestRemoval } from '../devices/let-go.js';
import { finishRemoval } from './detach-interface.js';
import { connectionOnRecord, withoutInterface, withStage } from './on-record.js';
import { removeNetdev } from './qemu-side.js';

/** An interface has at most as many queues (libvirt's and the kernel's limit). */
const MOST_QUEUES = 256;

/** After a restart of the agent: each interface on record is what QEMU says it is, or goes; then it is put right. */
export async function recoverInterfaces(guest: Guest, present: ReadonlySet<string>): Promise<void> {
  for (const record of guest.entry.interfaces) await recover(guest, record, present.has(record.alias));
  void releaseOthers(guest);
}

/** Ports that nobody wrote down: what an agent has left that died on the way. netd may be away for long, and no guest waits for it. */
function releaseOthers(guest: Guest): Promise<void> {
  const { world } = guest;
  return untilHeard(world, () =>
    guest.inOrder(() => {
      const { uuid: domain, epoch, interfaces } = guest.entry;
      return world.ports.releaseOthers({ domain, epoch, ports: portKeysOf(interfaces) });
    }),
  );
}

async function recover(guest: Guest, record: InterfaceRecord, isPresent: boolean): Promise<void> {
  const { alias, stage } = record;
  if (!isPresent) return stage === 'plugging' ? abandon(guest, alias) : finishRemoval(guest, alias);
  if (stage === 'unplugging') await requestRemoval(guest, alias);
  await mend(guest, alias);
  if (stage !== 'plugging') return;
  await guest.record((entry) => {
    const plugged = withStage(entry, alias, undefined);
    return record.by === undefined ? plugged : withDone(plugged, record.by);
  });
  await guest.tell({ what: 'deviceadded', alias });
}

/** QEMU never got the card: what was made for it goes, its port with those that nobody wrote down; its command, which comes again, begins anew. */
async function abandon(guest: Guest, alias: string): Promise<void> {
  const { world, monitor, entry } = guest;
  await removeNetdev(monitor, alias, MOST_QUEUES);
  const connection = connectionOnRecord(entry, alias, world.pathsOf(entry.uuid).directory);
  if (connection) await world.interfaces.unplug(connection);
  await guest.record((before) => withoutInterface(before, alias));
}

/** Puts right what was changed while nobody looked, and says so. */
export async function mend({ world, entry }: Guest, alias: string): Promise<void> {
  const connection = connectionOnRecord(entry, alias, world.pathsOf(entry.uuid).directory);
  if (!connection) return;
  const said = await world.interfaces.reconcile(connection, { active: entry.state === 'running' });
  for (const sentence of said) world.log.warn(`domain '${entry.name}': ${sentence}`);
}
