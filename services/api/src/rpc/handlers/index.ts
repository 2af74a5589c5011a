import { lxcProcedures, remoteProcedures, programs, qemuProcedures, routesOf, type Routes } from '@virtbus/libvirt-rpc';
import { guarded } from '../guard.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';
import { checkpoint } from './checkpoint.js';
import { connect } from './connect.js';
import { domainAgent } from './domain-agent.js';
import { domainBlockJobs } from './domain-block-jobs.js';
import { domainDevices } from './domain-devices.js';
import { domainGraphics } from './domain-graphics.js';
import { domainGuest } from './domain-guest.js';
import { domainJobs } from './domain-jobs.js';
import { domainLife } from './domain-life.js';
import { domainLookup } from './domain-lookup.js';
import { domainPins } from './domain-pins.js';
import { domainSave } from './domain-save.js';
import { domainShares } from './domain-shares.js';
import { domainSize } from './domain-size.js';
import { domainState } from './domain-state.js';
import { domainStats } from './domain-stats.js';
import { domainDiskTuning } from './domain-disk-tuning.js';
import { domainTuning } from './domain-tuning.js';
import { domainWords } from './domain-words.js';
import { events } from './events.js';
import { hostInterface } from './interface.js';
import { leases } from './leases.js';
import { networkPort } from './network-port.js';
import { network } from './network.js';
import { nodeDevice } from './node-device.js';
import { nwfilterBinding } from './nwfilter-binding.js';
import { nwfilter } from './nwfilter.js';
import { qemu } from './qemu.js';
import { secret } from './secret.js';
import { snapshot } from './snapshot.js';
import { storage } from './storage.js';
import { storageVolume } from './storage-volume.js';
import { streams } from './streams.js';
import { volumeStreams } from './volume-streams.js';

/** Every procedure that is answered, each in the file of its family. */
export const remoteHandlers: RemoteHandlers = {
  ...connect,
  ...domainLookup,
  ...domainState,
  ...domainLife,
  ...domainSize,
  ...domainPins,
  ...domainShares,
  ...domainDiskTuning,
  ...domainTuning,
  ...domainStats,
  ...domainWords,
  ...domainGuest,
  ...domainGraphics,
  ...domainDevices,
  ...domainAgent,
  ...domainJobs,
  ...domainBlockJobs,
  ...domainSave,
  ...snapshot,
  ...checkpoint,
  ...network,
  ...networkPort,
  ...leases,
  ...nwfilter,
  ...nwfilterBinding,
  ...hostInterface,
  ...nodeDevice,
  ...storage,
  ...storageVolume,
  ...secret,
  ...events,
  ...streams,
  ...volumeStreams,
};

export const routes: ReadonlyMap<number, Routes<Session>> = new Map([
  [programs.remote, guarded(routesOf(remoteProcedures, remoteHandlers))],
  [programs.qemu, guarded(routesOf(qemuProcedures, qemu), 'qemu')],
  // libvirtd carries it, whatever its driver: nobody has containers here.
  [programs.lxc, guarded(routesOf(lxcProcedures, {}), 'lxc')],
]);
