import { spawn } from 'node:child_process';

/** Waits for the end of the test or of the program, then ends the program and removes its directory. $1 test, $2 program, $3 directory. */
const GUARD = `
while kill -0 "$1" 2>/dev/null; do
  kill -0 "$2" 2>/dev/null || exit 0
  sleep 0.5
done
kill -9 "$2" 2>/dev/null
rm -rf -- "$3"
`;

/**
 * Ends a program that a test has started with the test, even when that is killed: such a program has a session of its own, and
 * no hook runs in a process that gets SIGKILL. A program that ends by itself takes its guard with it.
 */
export function endWithTest(pid: number, directory: string): void {
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(process.pid), String(pid), directory], { detached: true, stdio: 'ignore' });
  guard.unref();
}
