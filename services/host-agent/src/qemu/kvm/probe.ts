import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeFirmware } from './payload-table.js';

/**
 * Whether KVM can be used on this host. `/dev/kvm` alone proves nothing: where KVM runs inside another hypervisor without
 * hardware help (kvm-pvm), machines are made and SeaBIOS runs, and then a kernel hangs for ever. So a guest of a few hundred bytes
 * (payload.S) is run under KVM, which does what a kernel's first second does and says after each step that it held.
 *
 * Measured (2 cores, QEMU 7.2): under TCG the whole guest takes 0.1 s. Under such a kvm-pvm, where guest code is emulated, the
 * first entry into ring 3 ends in a triple fault after 0.1 s; without that step, work that TCG does in 20 ms is not done in 5 s.
 */
export type KvmVerdict = { readonly usable: true; readonly tookMs: number } | { readonly usable: false; readonly reason: string };

export interface KvmProbe {
  readonly binary: string;
  /** `tcg` to see the guest itself work. `kvm` when absent. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** 3 000 when absent. */
  readonly timeoutMs?: number;
  /** `/dev/kvm` when absent. */
  readonly device?: string;
}

/** What each letter of the guest says, in order. */
const STEPS: readonly string[] = [
  'its first instruction',
  'protected mode',
  'long mode with paging',
  'remapping a page',
  'a page fault',
  'timer interrupts',
  'ring 3',
  'a few million instructions of work',
];
const FIRST_LETTER = 'a'.charCodeAt(0);
/** isa-debug-exit ends QEMU with twice the guest's value and one. */
const DONE = 0x2a * 2 + 1;
const TIMEOUT_MS = 3_000;

interface Run {
  readonly said: string;
  readonly complained: string;
  /** Undefined when it had to be killed. */
  readonly exitCode: number | undefined;
  readonly tookMs: number;
}

/** Never throws for what the host cannot do: that is the answer. */
export async function probeKvm(probe: KvmProbe): Promise<KvmVerdict> {
  const device = probe.device ?? '/dev/kvm';
  const closed =
    probe.accelerator === 'tcg' ? undefined : await access(device, constants.R_OK | constants.W_OK).catch((cause: unknown) => cause);
  if (closed !== undefined) return { usable: false, reason: `${device} cannot be opened: ${wordsOf(closed)}` };
  const directory = await mkdtemp(join(tmpdir(), 'kvm-probe-'));
  try {
    const firmware = join(directory, 'probe.rom');
    await writeFile(firmware, probeFirmware());
    return verdictOf(await run(probe, firmware), probe);
  } catch (cause) {
    return { usable: false, reason: `${probe.binary} could not be run: ${wordsOf(cause)}` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function verdictOf({ said, complained, exitCode, tookMs }: Run, probe: KvmProbe): KvmVerdict {
  const held = heldSteps(said);
  if (held === STEPS.length && exitCode === DONE) return { usable: true, tookMs };
  if (held === 0 && exitCode !== undefined)
    return { usable: false, reason: `QEMU ended with ${exitCode}: ${complained || 'without a word'}` };
  const step = STEPS[held] ?? 'its end';
  const manner =
    exitCode === undefined ? `nothing more within ${probe.timeoutMs ?? TIMEOUT_MS} ms` : `the machine ended (exit ${exitCode})`;
  return { usable: false, reason: `a probe guest under KVM stopped at ${step}: ${manner}` };
}

/** How many steps, from the first, were said in their order. */
function heldSteps(said: string): number {
  const count = STEPS.findIndex((_, index) => said.charCodeAt(index) !== FIRST_LETTER + index);
  return count < 0 ? STEPS.length : count;
}

async function run(probe: KvmProbe, firmware: string): Promise<Run> {
  const startedAt = performance.now();
  const machine = [
    '-machine',
    'pc',
    '-accel',
    probe.accelerator ?? 'kvm',
    '-m',
    '16',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
  ];
  const exits = ['-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'];
  const argv = [...machine, ...exits, '-bios', firmware, '-debugcon', 'stdio'];
  // A process group of its own, which is what is killed: whatever a wrapper script has started goes with it.
  const child = spawn(probe.binary, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const late = setTimeout(() => killGroup(child.pid), probe.timeoutMs ?? TIMEOUT_MS);
  try {
    const [said, complained, exitCode] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exitOf(child)]);
    return { said, complained: complained.trim(), exitCode, tookMs: Math.round(performance.now() - startedAt) };
  } finally {
    clearTimeout(late);
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It may end between the deadline and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? undefined));
  });
}

/** The guest and QEMU say little; more than this is cut. */
const MAX_CHARACTERS = 4096;

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text = (text + String(chunk)).slice(0, MAX_CHARACTERS);
  return text;
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
