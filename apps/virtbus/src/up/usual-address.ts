import { createServer, type AddressInfo } from 'node:net';

/** The first port when nobody has it, so that nobody need be told; else 0, any. */
async function freePort(usual: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(usual, '127.0.0.1', () => probe.close(() => resolve(usual)));
  });
}

/** A port that nobody has now: for a process that is told its port and cannot say which one it has got. */
const anyPort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** The same for a gateway in a process of its own. */
export const knownAddress = async (): Promise<string> => `127.0.0.1:${(await freePort(8480)) || (await anyPort())}`;

/** Where REST is served on a machine unless it is said: on loopback, for whoever has a token. */
export const usualAddress = async (): Promise<string> => `127.0.0.1:${await freePort(8480)}`;
