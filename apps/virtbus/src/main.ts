import { connectFleet } from './cli/connect-fleet.js';
import { processSurroundings } from './cli/process-surroundings.js';
import { runCommandLine } from './cli/run.js';

/** How long what is still open may keep a finished command from ending. Milliseconds. */
const LINGER_MS = 500;

// A reader that has seen enough (`virtbus list | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), processSurroundings(), connectFleet);
setTimeout(() => process.exit(), LINGER_MS).unref();
