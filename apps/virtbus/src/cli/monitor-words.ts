import { printable } from './core/display-width.js';

/** What a guest's QEMU has told; `details` is JSON. */
export interface MonitorEvent {
  readonly name: string;
  readonly event: string;
  /** Since 1970. */
  readonly seconds: number;
  readonly microseconds: number;
  readonly details?: string;
  /** So many were not passed on before this one. */
  readonly missed?: number;
}

interface Pattern {
  readonly event: string | undefined;
  readonly regex: boolean;
  readonly noCase: boolean;
}

/** @returns undefined when it is no regular expression */
export function isMatching({ event, regex, noCase }: Pattern): ((name: string) => boolean) | undefined {
  if (event === undefined) return () => true;
  if (!regex) return (name) => (noCase ? name.toLowerCase() === event.toLowerCase() : name === event);
  try {
    const pattern = new RegExp(event, noCase ? 'i' : '');
    return (name) => pattern.test(name);
  } catch {
    return undefined;
  }
}

const MICROSECONDS = 6;
const MS = 1_000;

function detailsOf(details: string | undefined, pretty: boolean): string {
  if (details === undefined) return '<null>';
  if (!pretty) return printable(details);
  // The lines of the layout are ours, what stands in them is the guest's.
  return `${laidOut(details).split('\n').map(printable).join('\n')}\n`;
}

function laidOut(details: string): string {
  try {
    return JSON.stringify(JSON.parse(details), undefined, 2);
  } catch {
    return details;
  }
}

/** What is told of it: first, whatever is looked for, that events were left out. QEMU has none of that name. */
export function monitorTellings<T extends MonitorEvent>(said: T, matches: (name: string) => boolean): T[] {
  const { missed } = said;
  const lost = { ...said, event: 'VIRTBUS_EVENTS_MISSED', details: JSON.stringify({ events: missed }) };
  return [...(missed === undefined ? [] : [lost]), ...(matches(said.event) ? [said] : [])];
}

/** `event STOP at 1795000000.000005 for domain 'web': <null>`, in virsh's words */
export function monitorWords(
  { name, event, seconds, microseconds, details }: MonitorEvent,
  { pretty, timestamp }: { readonly pretty: boolean; readonly timestamp: boolean },
): string {
  const micros = String(microseconds).padStart(MICROSECONDS, '0');
  const date = new Date(seconds * MS).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' ');
  const [before, behind] = timestamp ? [`${date}.${micros.slice(0, 3)}+0000: `, ''] : ['', ` at ${seconds}.${micros}`];
  return `${before}event ${printable(event)}${behind} for domain '${printable(name)}': ${detailsOf(details, pretty)}`;
}
