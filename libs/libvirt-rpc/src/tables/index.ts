import { checkpointProcedures } from './checkpoint-procedures-table.js';
import { connectProcedures } from './connect-procedures-table.js';
import { domainProcedures } from './domain-procedures-table.js';
import { interfaceProcedures } from './interface-procedures-table.js';
import { migrationProcedures } from './migration-procedures-table.js';
import { networkProcedures } from './network-procedures-table.js';
import { nodeDeviceProcedures } from './node-device-procedures-table.js';
import { nwfilterProcedures } from './nwfilter-procedures-table.js';
import { registrationProcedures } from './registration-procedures-table.js';
import { secretProcedures } from './secret-procedures-table.js';
import { snapshotProcedures } from './snapshot-procedures-table.js';
import { storageProcedures } from './storage-procedures-table.js';

/** Every procedure of the remote program, by libvirt's name for it. */
export const remoteProcedures = {
  ...connectProcedures,
  ...domainProcedures,
  ...snapshotProcedures,
  ...checkpointProcedures,
  ...migrationProcedures,
  ...networkProcedures,
  ...nwfilterProcedures,
  ...interfaceProcedures,
  ...nodeDeviceProcedures,
  ...storageProcedures,
  ...secretProcedures,
  ...registrationProcedures,
};

export { eventProcedures } from './event-procedures-table.js';
export { lxcProcedures } from './lxc-procedures-table.js';
export { qemuEvents, qemuProcedures } from './qemu-procedures-table.js';
export * from './procedure.js';
export * from './typed-param.js';
export * as values from './values-table.js';
