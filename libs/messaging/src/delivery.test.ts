import { headers, type Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { Delivery } from './delivery.js';

/** A message as the client hands it over, and what is answered to it. */
function message(reply: string | undefined): { message: Msg; answers: string[] } {
  const answers: string[] = [];
  const respond = (bytes: Uint8Array): boolean => answers.push(Buffer.from(bytes).toString()) > 0;
  return { message: { subject: 's', data: new Uint8Array(), headers: headers(), reply, respond } as unknown as Msg, answers };
}

const instant = 1_795_000_000_123;

test.each<[string, string]>([
  ['of a server without domains', `$JS.ACK.S.c.2.17.5.${instant}000000.3`],
  ['of a server with domains', `$JS.ACK.hub.acc.S.c.2.17.5.${instant}000000.3.token`],
])('a delivery %s tells its count, its places, its time and what waits behind it', (_, reply) => {
  expect(Delivery.of(message(reply).message)).toMatchObject({
    count: 2,
    sequence: 17,
    consumerSequence: 5,
    storedAt: new Date(instant),
    pending: 3,
  });
});

test.each([[undefined], ['_INBOX.x'], ['$JS.FC.S.c.x']])('a message that is answered at %s is none', (reply) => {
  expect(Delivery.of(message(reply).message)).toBeUndefined();
});

test('the answers are the words that JetStream knows', () => {
  const { message: plain, answers } = message('$JS.ACK.S.c.1.1.1.1.0');
  const delivery = Delivery.of(plain)!;
  delivery.working();
  delivery.nak(0);
  delivery.nak(1.5);
  delivery.ack();
  expect(answers).toEqual(['+WPI', '-NAK {"delay":0}', '-NAK {"delay":1500000}', '+ACK']);
});
