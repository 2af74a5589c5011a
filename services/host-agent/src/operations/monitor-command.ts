import { Refusal, type MonitorCommand } from '@virtbus/contracts';
import { QmpError, type Monitor } from '@virtbus/qmp';

/** An answer of the monitor that is passed on. Characters; what is longer is refused, not cut. */
const MAX_OUTPUT = 2 * 1024 * 1024;

interface Asked {
  readonly execute: string;
  readonly arguments: object | undefined;
  readonly id: unknown;
}

let asked = 0;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Refusal invalid_argument */
function read(command: string): Asked {
  const bad = (words: string): Refusal => new Refusal('invalid_argument', `invalid argument: ${words}`, { path: 'monitor.command' });
  let value: unknown;
  try {
    value = JSON.parse(command);
  } catch {
    throw bad(`cannot parse json ${command.slice(0, 200)}`);
  }
  if (!isObject(value) || !('execute' in value) || typeof value.execute !== 'string')
    throw bad(`a monitor command names what to "execute"`);
  const given: unknown = 'arguments' in value ? value.arguments : undefined;
  if (given !== undefined && !isObject(given)) throw bad('"arguments" must be an object');
  return { execute: value.execute, arguments: given, id: 'id' in value ? value.id : undefined };
}

/** Answers what QEMU answers, refusals of QEMU's own included, as libvirt passes them on. @throws Refusal, CommandTimeout, MonitorClosed */
export async function runMonitorCommand(monitor: Monitor, { command, hmp = false }: MonitorCommand): Promise<string> {
  const output = hmp ? await monitor.execute('human-monitor-command', { 'command-line': command }) : await qmp(monitor, read(command));
  if (output.length > MAX_OUTPUT) {
    throw new Refusal(
      'operation_failed',
      `operation failed: the answer has ${output.length} characters, over the ${MAX_OUTPUT} that are passed on`,
    );
  }
  return output;
}

async function qmp(monitor: Monitor, { execute, arguments: given, id }: Asked): Promise<string> {
  asked += 1;
  // Whoever reads the answer knows libvirt's numbering.
  const named = { id: id ?? `libvirt-${asked}` };
  try {
    return JSON.stringify({ return: await monitor.call(execute, given), ...named });
  } catch (thrown) {
    if (!(thrown instanceof QmpError)) throw thrown;
    return JSON.stringify({ ...named, error: { class: thrown.class, desc: thrown.desc } });
  }
}
