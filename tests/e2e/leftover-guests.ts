import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ends the QEMUs that a failed test has left below a state directory: a host-agent that ends leaves them alone. */
export function killGuests(stateDir: string): void {
  for (const file of globSync(join(stateDir, 'host/run/*/qemu.pid'))) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (commandLineOf(pid).includes(stateDir)) process.kill(pid, 'SIGKILL');
  }
}

/** Empty when there is no such process. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
