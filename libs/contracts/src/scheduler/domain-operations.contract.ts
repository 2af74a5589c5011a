import { IsIn } from 'class-validator';
import { command } from '../contract.js';
import { uuid } from '../examples.js';
import { Nested } from '../nested.js';
import { DomainRef, ObjectId } from '../values/common.js';
import {
  AgentCommand,
  BlockThreshold,
  CommandOutput,
  DiskSize,
  GuestSleep,
  GuestTime,
  guestQuestions,
  Keys,
  MonitorCommand,
  type GuestQuestion,
} from '../values/operation.js';

export class SendKeys extends DomainRef {
  @Nested(() => Keys) readonly keys!: Keys;
}

export class ResizeDisk extends DomainRef {
  @Nested(() => DiskSize) readonly size!: DiskSize;
}

export class SetBlockThreshold extends DomainRef {
  @Nested(() => BlockThreshold) readonly threshold!: BlockThreshold;
}

export class PutGuestToSleep extends DomainRef {
  @Nested(() => GuestSleep) readonly sleep!: GuestSleep;
}

export class RunMonitorCommand extends DomainRef {
  @Nested(() => MonitorCommand) readonly monitor!: MonitorCommand;
}

export class RunAgentCommand extends DomainRef {
  @Nested(() => AgentCommand) readonly agent!: AgentCommand;
}

export class AskGuest extends DomainRef {
  /** The agent's command. */
  @IsIn(guestQuestions) readonly question!: GuestQuestion;
}

export class SetGuestTime extends DomainRef {
  @Nested(() => GuestTime) readonly time!: GuestTime;
}

const errors = [
  'payload_invalid',
  'deadline_passed',
  'no_domain',
  'operation_invalid',
  'invalid_argument',
  'operation_unsupported',
  'stale_epoch',
  'qemu_failed',
  'agent_unresponsive',
  'system_error',
  'operation_failed',
  'internal',
] as const;
const common = { owner: 'scheduler', reply: ObjectId, errors, replyExample: { uuid, name: 'demo' } } as const;

export const sendKeys = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.sendkey',
  summary: 'Press keys of a running guest, all at once.',
  payload: SendKeys,
  example: { domain: 'demo', keys: { codeset: 'linux', keycodes: [29, 56, 111] } },
});

export const resizeDisk = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.blockresize',
  summary: "Make the image of a running guest's disk larger or smaller; the guest is told.",
  payload: ResizeDisk,
  example: { domain: 'demo', size: { disk: 'vda', bytes: 8_388_608 } },
});

export const injectNmi = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.nmi',
  summary: 'Send a non-maskable interrupt to a running guest.',
  payload: DomainRef,
  example: { domain: 'demo' },
});

export const setBlockThreshold = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.blockthreshold',
  summary: "Have a write behind some byte of a running guest's disk told, once.",
  payload: SetBlockThreshold,
  example: { domain: 'demo', threshold: { disk: 'vda', bytes: 1_073_741_824 } },
});

export const putGuestToSleep = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.pmsuspend',
  summary: 'Put a running guest to sleep, through its agent.',
  payload: PutGuestToSleep,
  example: { domain: 'demo', sleep: { target: 'mem' } },
});

export const wakeGuest = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.pmwakeup',
  summary: 'Wake a guest that sleeps.',
  payload: DomainRef,
  example: { domain: 'demo' },
});

export const runMonitorCommand = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.monitor',
  summary: "Ask the monitor of a guest's QEMU. It can do anything to the guest: for administrators.",
  payload: RunMonitorCommand,
  reply: CommandOutput,
  example: { domain: 'demo', monitor: { command: 'info status', hmp: true } },
  replyExample: { output: 'VM status: running\r\n' },
});

export const runAgentCommand = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.agent',
  summary: 'Ask the agent inside of a running guest whatever it knows. It can do anything to the guest: for administrators.',
  payload: RunAgentCommand,
  reply: CommandOutput,
  example: { domain: 'demo', agent: { command: '{"execute":"guest-ping"}' } },
  replyExample: { output: '{"return":{}}' },
});

export const askGuest = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.guestagent',
  summary: 'Ask the agent inside of a running guest one of the questions that harm nothing, and wait as long as was said for the domain.',
  payload: AskGuest,
  reply: CommandOutput,
  example: { domain: 'demo', question: 'guest-get-time' },
  replyExample: { output: '{"return":1795000000000000000}' },
});

export const setGuestTime = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.settime',
  summary: "Set a running guest's clock, through its agent.",
  payload: SetGuestTime,
  example: { domain: 'demo', time: { seconds: 1_795_000_000 } },
});
