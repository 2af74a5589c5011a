/**
 * What it costs to plug one tap: made, given its MAC and MTU, attached, brought up, port flags and a forwarding entry set.
 *   npm run bench -- links [taps, default 100]
 * The yardsticks are iproute2 in one batch for all taps, and iproute2 spawned per step as a shell script would. Needs root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { close } from '@virtbus/libc';
import { LinkRemoval, Rtnetlink, addForwarding, createBridge, getLink, openTap, setLink, setPortFlags } from '@virtbus/netlink';

const taps = Number(process.argv[2] ?? 100);
const netns = `bench-${process.pid}`;
const path = `/run/netns/${netns}`;
const inside = ['netns', 'exec', netns];
const macOf = (prefix: string, index: number): string =>
  `fe:54:00:${prefix.charCodeAt(0).toString(16)}:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;

function microseconds(act: () => void): number {
  const start = performance.now();
  act();
  return (performance.now() - start) * 1000;
}

interface Outcome {
  readonly each: number;
  readonly worst: number;
}

const summary = (times: readonly number[]): Outcome => ({
  each: times.reduce((sum, time) => sum + time, 0) / times.length,
  worst: Math.max(...times),
});

function plugAll(prefix: string, rtnetlink: Rtnetlink): { fds: number[]; times: number[] } {
  const fds: number[] = [];
  const bridge = getLink(rtnetlink, 'br0');
  if (!bridge) throw new Error('no bridge');
  const times = Array.from({ length: taps }, (_, index) =>
    microseconds(() => {
      const tap = openTap({ name: `${prefix}${index}`, vnetHdr: true, queues: 1, netns: path });
      fds.push(...tap.fds);
      const link = getLink(rtnetlink, tap.name);
      if (!link) throw new Error('no tap');
      setLink(rtnetlink, link, { mac: macOf(prefix, index), mtu: 1500 });
      setLink(rtnetlink, link, { master: bridge.index });
      setLink(rtnetlink, link, { up: true });
      setPortFlags(rtnetlink, link, { learning: false, unicastFlood: false });
      addForwarding(rtnetlink, link, macOf(prefix, index).replace('fe', '52'));
    }),
  );
  return { fds, times };
}

/** The steps of one tap for iproute2: `[program, arguments]`. */
const stepsOf = (prefix: string, index: number, name = `${prefix}${index}`): readonly (readonly [string, string])[] => [
  ['ip', `tuntap add ${name} mode tap vnet_hdr`],
  ['ip', `link set ${name} address ${macOf(prefix, index)} mtu 1500`],
  ['ip', `link set ${name} master br0`],
  ['ip', `link set ${name} up`],
  ['bridge', `link set dev ${name} learning off flood off`],
  ['bridge', `fdb add ${macOf(prefix, index).replace('fe', '52')} dev ${name} master temp`],
];

function batched(prefix: string): Outcome {
  const steps = Array.from({ length: taps }, (_, index) => stepsOf(prefix, index)).flat();
  const total = ['ip', 'bridge'].reduce((sum, program) => {
    const input = steps.flatMap(([by, line]) => (by === program ? [line] : [])).join('\n');
    const run = (): void => void spawnSync('ip', [...inside, program, '-batch', '-'], { input, stdio: ['pipe', 'ignore', 'inherit'] });
    return sum + microseconds(run);
  }, 0);
  return { each: total / taps, worst: total };
}

function spawned(prefix: string): Outcome {
  const some = Math.min(taps, 20);
  return summary(
    Array.from({ length: some }, (_, index) =>
      microseconds(() => {
        for (const [program, line] of stepsOf(prefix, index)) execFileSync('ip', [...inside, program, ...line.split(' ')]);
      }),
    ),
  );
}

/** The longest time that the event loop was held meanwhile, in microseconds. */
async function longestPause(act: () => Promise<unknown>): Promise<{ total: number; pause: number }> {
  let pause = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    pause = Math.max(pause, performance.now() - last);
    last = performance.now();
  }, 1);
  const start = performance.now();
  await act();
  clearInterval(beat);
  return { total: (performance.now() - start) * 1000, pause: pause * 1000 };
}

const line = (what: string, value: number, yardstick?: number): void =>
  console.log(
    `${what.padEnd(46)} ${value.toFixed(0).padStart(8)} µs${yardstick === undefined ? '' : `   ${(yardstick / value).toFixed(1)} times as quick`}`,
  );

execFileSync('ip', ['netns', 'add', netns]);
const fds: number[] = [];
const rtnetlink = Rtnetlink.open(path);
const removal = new LinkRemoval(path);
try {
  createBridge(rtnetlink, { name: 'br0' });
  fds.push(...plugAll('warm', rtnetlink).fds);
  const ours = plugAll('ours', rtnetlink);
  fds.push(...ours.fds);
  const perTap = summary(ours.times);
  const batch = batched('batch');
  const script = spawned('spawn');
  console.log(`plugging ${taps} taps`);
  line('rtnetlink and ioctl, each', perTap.each);
  line('rtnetlink and ioctl, the slowest', perTap.worst);
  line('ip -batch and bridge -batch, each', batch.each);
  line('ip and bridge spawned per step, each', script.each);
  console.log(`ratio to one batch: ${(batch.each / perTap.each).toFixed(2)}; ratio to spawning: ${(script.each / perTap.each).toFixed(1)}`);
  const names = (prefix: string): string[] => Array.from({ length: taps }, (_, index) => `${prefix}${index}`);
  const together = await longestPause(() => Promise.all(names('ours').map((name) => removal.remove(name))));
  const oneByOne = await longestPause(async () => {
    for (const name of names('batch')) await removal.remove(name);
  });
  console.log(`removing ${taps} taps`);
  line('together, each', together.total / taps, oneByOne.total / taps);
  line('together, longest pause of the event loop', together.pause);
  line('one after another, each', oneByOne.total / taps);
  line('one after another, longest pause', oneByOne.pause);
} finally {
  await removal.close();
  rtnetlink.close();
  fds.forEach(close);
  execFileSync('ip', ['netns', 'del', netns]);
}
