import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Takes all that comes on a port, and says how many bytes came in how many seconds since the first one, once `seconds` are over. */
const receiver = `
  const [port, seconds] = process.argv.slice(1).map(Number);
  const { createServer } = require('node:net');
  createServer((socket) => {
    let bytes = 0;
    let first;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      first ??= (setTimeout(() => {
        process.stdout.write(String(bytes / ((performance.now() - first) / 1000)));
        process.exit();
      }, seconds * 1000), performance.now());
      bytes += chunk.length;
    });
  }).listen(port, () => process.stdout.write('ready '));`;

/** Sends for ever. */
const sender = `
  const [address, port] = process.argv.slice(1);
  const socket = require('node:net').connect(Number(port), address);
  const chunk = Buffer.alloc(65536);
  const go = () => { while (socket.write(chunk)); };
  socket.on('connect', go).on('drain', go).on('error', () => process.exit());`;

const inside = (netns: string, script: string, ...args: string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', script, '--', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

let nextPort = 5201;

/** What a TCP connection carries from one namespace to another, in bytes a second, over so many seconds. */
export async function carried(from: string, to: string, address: string, seconds = 2): Promise<number> {
  const port = String((nextPort += 1));
  const taking = inside(to, receiver, port, String(seconds));
  let said = '';
  taking.stdout?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  while (!said.startsWith('ready')) await once(taking.stdout ?? taking, 'data');
  const sending = inside(from, sender, address, port);
  await once(taking, 'exit');
  sending.kill('SIGKILL');
  await once(sending, 'exit');
  return Number(said.replace('ready ', ''));
}
