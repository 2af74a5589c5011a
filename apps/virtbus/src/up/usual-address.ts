import { createServer } from 'node:net';

/** The first port when nobody has it, so that nobody need be told; else 0, any. */
export async function freePort(usual: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(usual, '127.0.0.1', () => probe.close(() => resolve(usual)));
  });
}

/** Where REST is served on a machine unless it is said: on loopback, for whoever has a token. */
export const usualAddress = async (): Promise<string> => `127.0.0.1:${await freePort(8480)}`;
