#!/usr/bin/env node
/** Starts a domain on a virtbus fleet and waits for the outcome, with a NATS client and nothing of virtbus. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { connect, headers } from '@nats-io/transport-node';

const help = `usage: start-domain.mjs [options] NAME
       start-domain.mjs [options] --define FILE

Start a domain on a virtbus fleet, with nothing but NATS.

  NAME               name or UUID of a domain that is defined
  --define FILE      define the domain in this libvirt XML and start it
  --network FILE     first define and start the network in this libvirt XML
  --server URL       the NATS server; default nats://127.0.0.1:4222
  --timeout SECONDS  how long to wait for each outcome; default 60
  -h, --help         this text
`;

const say = (what, text) => void process.stdout.write(`${what.padEnd(8)} ${text}\n`);

/** The outcome is not what was wished for. `code` is one of docs/generated/errors.md. */
class Refused extends Error {
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/** Sends one command and waits for its outcome. @throws Refused; Error when it is not kept, or when no outcome comes in time */
async function run(nc, subject, payload, timeoutMs) {
  const id = randomUUID();
  // Before the command, so that even the quickest outcome is not missed.
  const outcome = nc.subscribe(`virtbus.v1.evt.operation.${id}.finished`, { max: 1, timeout: timeoutMs });
  const events = nc.subscribe('virtbus.v1.evt.domain.*.*', {
    callback: (_, message) => {
      if (message?.headers?.get('ce-commandid') === id) say('event', message.subject);
    },
  });
  try {
    await keep(nc, subject, payload, id);
    for await (const message of outcome) return resultOf(message.json());
    throw new Error(`the connection was closed before ${subject} had its outcome`);
  } catch (thrown) {
    if (thrown?.name !== 'TimeoutError') throw thrown;
    throw new Error(`${subject} has no outcome after ${timeoutMs / 1000} s; it goes on as ${id}`, { cause: thrown });
  } finally {
    outcome.unsubscribe();
    events.unsubscribe();
  }
}

/** The stream keeps no second command with the same id: when in doubt, the same message may be sent again. */
async function keep(nc, subject, payload, id) {
  const head = headers();
  head.set('Nats-Msg-Id', id);
  say('sent', `${subject} ${id}`);
  const answer = await nc.request(subject, JSON.stringify(payload), { headers: head, timeout: 5000 }).catch((cause) => {
    throw new Error('nobody keeps commands here: is the fleet up?', { cause });
  });
  const { error, stream, seq } = answer.json();
  if (error) throw new Error(`the command was not kept: ${error.description}`);
  say('kept', `${stream} ${seq}`);
}

function resultOf({ ok, result, error }) {
  if (!ok) throw new Refused(error);
  say('outcome', JSON.stringify(result));
  return result;
}

async function start({ server, timeout, network, define, name }) {
  const nc = await connect({ servers: server, name: 'start-domain.mjs', maxReconnectAttempts: 0 });
  const send = (what, payload) => run(nc, `virtbus.v1.cmd.${what}`, payload, Number(timeout) * 1000);
  try {
    if (network) {
      const { uuid } = await send('network.define', { xml: await readFile(network, 'utf8') });
      await send('network.start', { network: uuid }).catch((thrown) => {
        if (thrown.code !== 'operation_invalid') throw thrown;
        say('', thrown.message);
      });
    }
    const domain = define ? (await send('domain.define', { xml: await readFile(define, 'utf8') })).uuid : name;
    await send('domain.start', { domain });
  } finally {
    await nc.close();
  }
}

function readArguments() {
  const options = {
    server: { type: 'string', default: 'nats://127.0.0.1:4222' },
    timeout: { type: 'string', default: '60' },
    network: { type: 'string' },
    define: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name, ...rest] = positionals;
  const wrong = rest.length > 0 || (name === undefined) === (values.define === undefined);
  if (wrong && !values.help) throw new Error('give the NAME of a domain, or --define FILE; --help says more');
  return { ...values, name };
}

try {
  const given = readArguments();
  if (given.help) process.stdout.write(help);
  else await start(given);
} catch (thrown) {
  process.stderr.write(`error: ${thrown.message}${thrown instanceof Refused ? ` (${thrown.code})` : ''}\n`);
  process.exitCode = 1;
}
