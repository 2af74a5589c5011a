import { expect, test } from 'vitest';
import { BusConsole } from './bus-console.js';
import type { ByteMessage } from './byte-stream.js';

test('a host hears of a line once somebody listens to it, and of its end', async () => {
  const said: string[] = [];
  let arrive: (message: ByteMessage) => void = () => undefined;
  const line = await BusConsole.join(
    {
      publishBytes: (...[subject, bytes, head]) => void said.push([subject, ...Object.keys({ ...head }), bytes.length].join(' ')),
      subscribeBytes: (_, listener) => {
        arrive = listener;
        return { ready: Promise.resolve(), close: async () => undefined };
      },
    },
    'line',
  );
  expect(said).toEqual([]);
  const heard: string[] = [];
  line.onBytes((bytes) => void heard.push(Buffer.from(bytes).toString()));
  expect(said).toEqual(['line.in Virtbus-Alive 0']);
  arrive({ subject: 'line.out', bytes: Buffer.from('RFB'), headers: {} });
  expect(heard).toEqual(['RFB']);
  await line.close();
  line.onBytes(() => undefined);
  expect(said).toEqual(['line.in Virtbus-Alive 0', 'line.in 0']);
});
