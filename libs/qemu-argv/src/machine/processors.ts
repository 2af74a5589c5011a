/** Processors: how many, in which shape, and the threads for I/O beside them. */
import { keyValues, object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { machineOf } from '../capabilities.js';
import { unsupported } from '../refusal.js';

export function smp({ domain, host }: Context): Argv {
  const { vcpu, vcpus, cpu } = domain;
  const most = vcpu.value;
  const limit = machineOf(host.capabilities, domain.os.type.machine)?.cpuMax ?? most;
  if (most > limit) throw unsupported('/domain/vcpu', `the machine has room for ${limit} processors, not for ${most}`);
  const atStart = vcpus ? vcpus.vcpu.filter((one) => one.enabled && !one.hotpluggable).length : (vcpu.current ?? most);
  const shape = cpu?.topology ?? { sockets: most, cores: 1, threads: 1 };
  return [
    '-smp',
    keyValues(String(atStart), {
      maxcpus: atStart === most ? undefined : most,
      sockets: shape.sockets,
      dies: 'dies' in shape ? shape.dies : undefined,
      cores: shape.cores,
      threads: shape.threads,
    }),
  ];
}

export interface IoThread {
  readonly id: number;
  readonly threadPoolMin?: number;
  readonly threadPoolMax?: number;
}

/** Those with numbers of their own, filled up from 1 to the count. */
export function ioThreadsOf({ domain }: Pick<Context, 'domain'>): readonly IoThread[] {
  const given: readonly IoThread[] = domain.iothreadids?.iothread ?? [];
  const count = Math.max(domain.iothreads ?? 0, given.length);
  const all = [...given];
  for (let id = 1; all.length < count; id += 1) {
    if (!all.some((thread) => thread.id === id)) all.push({ id });
  }
  return all;
}

export const ioThreads = (context: Context): Argv =>
  ioThreadsOf(context).flatMap(({ id, threadPoolMin, threadPoolMax }) =>
    object({ 'qom-type': 'iothread', id: `iothread${id}`, 'thread-pool-min': threadPoolMin, 'thread-pool-max': threadPoolMax }),
  );

/** Threads of the main loop's pool. */
export function defaultIoThread({ domain }: Context): Argv {
  const pool = domain.defaultiothread;
  if (!pool) return [];
  return object({
    'qom-type': 'main-loop',
    id: 'main-loop',
    'thread-pool-min': pool.threadPoolMin,
    'thread-pool-max': pool.threadPoolMax,
  });
}
