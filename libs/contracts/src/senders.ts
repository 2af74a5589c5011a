/**
 * Senders that the api service knows: each has subjects of its own, which nats-server lets nobody else publish. Behind the sender's id they
 * are those of the commands and requests of the api's contracts: `virtbus.v1.from.5f2c9a7b1e3d4c60.cmd.domain.define`.
 */
export const senderSubjects = ['cmd', 'req'].map((kind) => `virtbus.v1.from.*.${kind}.*.*`);

const SUBJECT = /^virtbus\.v1\.from\.(?<sender>[^.]+)\.(?<call>(?:cmd|req)\.[a-z]+\.[a-z]+)$/;

/** @returns undefined for a subject of another form; `call` is the contract's subject */
export function sentBy(subject: string): { readonly sender: string; readonly call: string } | undefined {
  const { sender, call } = SUBJECT.exec(subject)?.groups ?? {};
  return sender === undefined || call === undefined ? undefined : { sender, call: `virtbus.v1.${call}` };
}
