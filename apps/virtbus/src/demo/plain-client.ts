import { connect } from 'node:net';

/** Publishes one message with no NATS library and nothing of virtbus: three lines of text on a TCP connection. */
export function publishPlainly(url: string, subject: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', reject);
    socket.setEncoding('utf8');
    socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\nPING\r\n`);
    socket.on('data', (answer: string) => {
      if (answer.includes('-ERR')) reject(new Error(answer.trim()));
      if (answer.includes('PONG')) socket.end(() => resolve());
    });
  });
}
