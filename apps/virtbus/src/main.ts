import { gatewayAddress } from './cli/gateway-address.js';
import { processSurroundings } from './cli/process-surroundings.js';
import { runCommandLine } from './cli/run.js';

/** How long what is still open may keep a finished command from ending. Milliseconds. */
const LINGER_MS = 500;

// A reader that has seen enough (`virtbus list | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), processSurroundings(), async (url, surroundings) => {
  const gateway = await gatewayAddress(url, surroundings);
  if (gateway) {
    const { connectRest } = await import('./cli/rest-fleet.js');
    return connectRest(gateway);
  }
  const { connectBus } = await import('./cli/bus-fleet.js');
  return connectBus(url, surroundings);
});
setTimeout(() => process.exit(), LINGER_MS).unref();
