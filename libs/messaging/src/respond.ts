import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { encode, errors, headerNames, Refusal, refusalFrom } from '@virtbus/contracts';
import { oneLine } from './envelope.js';
import type { Log } from './log.js';

/**
 * Answers with what comes of the work, or with its refusal. Whoever asks names the subject of the answer, which goes out with the rights of
 * who answers: one of the fleet's or of the server's own would make an answer a message that the asker may not send, and has none.
 */
export async function respond(message: Msg, log: Log, work: () => Promise<object>): Promise<void> {
  const mayAnswer = !/^(?:virtbus\.|\$)/.test(message.reply ?? '');
  try {
    const reply = await work();
    if (mayAnswer) message.respond(encode(reply));
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) log.error(`${message.subject} failed`, thrown);
    const refusal = refusalFrom(thrown);
    if (mayAnswer) message.respond(encode(refusal.toBody()), { headers: errorHeaders(refusal) });
  }
}

function errorHeaders(refusal: Refusal): MsgHdrs {
  const head = headers();
  head.set(headerNames.serviceErrorCode, String(errors[refusal.code].status));
  head.set(headerNames.serviceError, oneLine(refusal.message));
  head.set(headerNames.errorCode, refusal.code);
  return head;
}
