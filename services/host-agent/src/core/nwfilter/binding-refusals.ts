import { Refusal } from '@virtbus/contracts';

const NWFILTER = 33;

export const bindingExists = (portDev: string): Refusal =>
  new Refusal('operation_failed', `operation failed: binding '${portDev}' already exists`, { domain: NWFILTER });

/** libvirt would keep the filter for a link that may come: here it is put on a link, and goes with it. */
export const linkMissing = (hostId: string, portDev: string): Refusal =>
  new Refusal('operation_failed', `operation failed: host '${hostId}' has no link '${portDev}'`, {
    path: '/filterbinding/portdev/@name',
    domain: NWFILTER,
  });

export const noBinding = (portDev: string): Refusal =>
  new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);

/** libvirt takes it off; but whoever runs the guest's host, or the project's profile, may have asked for it. */
export const ofInterface = (portDev: string): Refusal =>
  new Refusal(
    'operation_invalid',
    `Requested operation is not valid: the filter of '${portDev}' is that of a domain's interface: update the interface`,
    { domain: NWFILTER },
  );
