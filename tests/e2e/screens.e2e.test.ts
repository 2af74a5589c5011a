import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { guestXml } from './guest-definitions.js';
import { RfbClient } from './rfb.js';
import { TestFleet } from './test-fleet.js';

const run = promisify(execFile);
const installed = spawnSync('virsh', ['--version']).status === 0;
const devices = `<graphics type='vnc' port='-1' autoport='yes'/><video><model type='vga'/></video>`;

/** The screen of a guest, which QEMU serves on a socket of its host. */
describe.skipIf(!installed)('a guest’s screen', () => {
  let fleet: TestFleet;
  const sockets: Socket[] = [];

  const virsh = async (...args: readonly string[]): Promise<string> => {
    const uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    return (await run('virsh', ['-q', '-c', uri, ...args], { timeout: 60_000 })).stdout.trim();
  };

  /** Where virsh says that the screen is. */
  const shown = async (): Promise<RfbClient> => {
    const [host = '', display = ''] = (await virsh('vncdisplay', 'seen')).split(':');
    const socket = connect(5900 + Number(display), host);
    sockets.push(socket);
    await once(socket, 'connect');
    return new RfbClient(socket);
  };

  beforeAll(async () => {
    fleet = await TestFleet.start();
    const file = join(fleet.stateDir, 'seen.xml');
    await writeFile(file, guestXml({ name: 'seen', devices }));
    await virsh('define', file);
    await virsh('start', 'seen');
  }, 60_000);

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await fleet?.stop();
  });

  test('is where virsh says, to several at once', async () => {
    const [one, two] = [await shown(), await shown()];
    for (const client of [one, two]) expect(await client.shakeHands()).toMatchObject({ version: 'RFB 003.008', name: 'QEMU (seen)' });
    expect(await virsh('domdisplay', 'seen')).toMatch(/^vnc:\/\/127\.0\.0\.1:\d+$/);
    expect(await virsh('dumpxml', 'seen', '--inactive')).toContain(`<graphics type='vnc' port='-1' autoport='yes'>`);
  });

  test('is sent whole, however large', async () => {
    // Together more than the host sends ahead of what it is told has been taken.
    const client = await shown();
    const screen = await client.shakeHands();
    for (let time = 0; time < 4; time += 1) await client.readScreen(screen);
    expect(4 * screen.width * screen.height * 4).toBeGreaterThan(2 * 1024 * 1024);
  });

  test('is behind a WebSocket of REST, with a ticket for one use', async () => {
    const path = await ticket(join(fleet.stateDir, 'rest.sock'), 'seen');
    const open = () => new WebSocket(`ws+unix://${join(fleet.stateDir, 'rest.sock')}:${path}`, ['binary']);
    const stream = createWebSocketStream(open());
    expect(await new RfbClient(stream).shakeHands()).toMatchObject({ version: 'RFB 003.008', name: 'QEMU (seen)' });
    stream.destroy();
    const again = open();
    const [, answer] = (await once(again, 'unexpected-response')) as [unknown, { readonly statusCode: number }];
    expect(answer.statusCode).toBe(401);
  });

  test('is on a socket that virt-manager is handed', async () => {
    const uri = `qemu:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    const { stdout } = await run(join(import.meta.dirname, '../clients/screen.py'), [uri, 'seen'], { timeout: 60_000 });
    expect(stdout).toMatchInlineSnapshot(`
      "screen: b'RFB 003.008\\n' b'RFB 003.008\\n'
      refused: 1 10 internal error: No graphics backend with index 5
      refused: 8 10 unsupported flags (0x4) in function qemuDomainOpenGraphicsFD
      "
    `);
  });

  test('is a picture to virsh', async () => {
    const file = join(fleet.stateDir, 'seen.picture');
    await virsh('screenshot', 'seen', file);
    const picture = await readFile(file);
    expect([picture.subarray(1, 4).toString(), picture.length > 100]).toEqual(['PNG', true]);
  });

  test('ends with the guest', async () => {
    const client = await shown();
    await client.shakeHands();
    const closed = once(client.stream, 'close');
    await virsh('destroy', 'seen');
    await closed;
    await expect(virsh('vncdisplay', 'seen')).rejects.toThrow('Domain is not running');
  });
});

/** The path of a WebSocket to a domain's screen. */
function ticket(socketPath: string, domain: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = `/v1/domains/${domain}/graphics`;
    const asking = request({ socketPath, path, method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
      let text = '';
      answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
      answer.on('end', () => resolve(String((JSON.parse(text) as { readonly path: unknown }).path)));
    });
    asking.once('error', reject).end('{}');
  });
}
