import { command } from '../contract.js';
import { hostId } from '../examples.js';
import { Done, HostRef } from '../values/common.js';

const errors = ['payload_invalid', 'deadline_passed', 'no_host', 'internal'] as const;

export const cordonHost = command({
  subject: 'virtbus.v1.cmd.host.cordon',
  summary: 'Close a host to new domains; those that it holds stay.',
  owner: 'api',
  payload: HostRef,
  reply: Done,
  errors,
  example: { host: hostId },
  replyExample: {},
});

export const uncordonHost = command({
  subject: 'virtbus.v1.cmd.host.uncordon',
  summary: 'Open a host to new domains again.',
  owner: 'api',
  payload: HostRef,
  reply: Done,
  errors,
  example: { host: hostId },
  replyExample: {},
});
