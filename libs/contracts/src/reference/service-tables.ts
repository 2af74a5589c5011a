import type { Contract, ServiceName } from '../contract.js';
import { anchorOf } from './address.js';
import { code, link, table } from './markdown.js';
import { traffic } from './traffic-table.js';

const MESSAGES = '../../docs/generated/messages.md';
const BEGIN = '<!-- messages: written by `npm run docs` -->';
const END = '<!-- end of messages -->';

/** Puts a service's messages between the markers of its README. @throws Error when they are not there. */
export function withMessages(readme: string, service: ServiceName, contracts: readonly Contract[]): string {
  const [before, rest = ''] = readme.split(`${BEGIN}\n`);
  const after = rest.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`services/${service}/README.md lacks "${BEGIN}" or "${END}"`);
  return [before, BEGIN, '\n', messagesOf(service, contracts).join('\n'), '\n', END, after].join('');
}

/** One row for each way in which a service uses a message. */
export function messagesOf(service: ServiceName, contracts: readonly Contract[]): string[] {
  const { sends, asks, hears, listens, reads } = traffic[service];
  const own = (kind: Contract['kind']): Contract[] => contracts.filter((one) => one.owner === service && one.kind === kind);
  const rows: readonly (readonly [string, readonly Contract[]])[] = [
    ['carries out', own('command')],
    ['answers', own('request')],
    ['hears', hears.map(({ contract }) => contract)],
    ['listens to', listens],
    ['says', own('event')],
    ['signals', own('signal')],
    ['writes', own('bucket')],
    ['reads', reads.filter((one) => one.owner !== service)],
    ['sends', sends],
    ['asks', asks],
  ];
  const filled = rows.filter(([, used]) => used.length > 0);
  return table(
    ['', 'messages'],
    filled.map(([does, used]) => [does, used.map(messageLink).join(', ')]),
  );
}

const messageLink = (contract: Contract): string => {
  const address = contract.kind === 'bucket' ? contract.bucket : contract.subject.replace('virtbus.v1.', '');
  return link(code(address), `${MESSAGES}#${anchorOf(contract)}`);
};
