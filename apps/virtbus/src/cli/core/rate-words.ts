/** What `domiftune` takes and shows of one direction, in virsh's words. */
export interface RateWords {
  readonly average?: number;
  readonly peak?: number;
  readonly burst?: number;
  readonly floor?: number;
}

const fields = ['average', 'peak', 'burst', 'floor'] as const;
const MOST = 2 ** 32 - 1;
/** To which virsh fills names up. */
const WIDTH = 15;

export type RateReading = { readonly type: 'rate'; readonly rate: RateWords } | { readonly type: 'refused'; readonly words: string };

/** `average,peak,burst,floor`, of which each may be empty. */
export function readRate(way: 'inbound' | 'outbound', text: string): RateReading {
  const parts = text.split(',');
  const malformed = fields.find((_, place) => !/^\d*$/.test(parts[place] ?? ''));
  if (parts.length > fields.length) return { type: 'refused', words: `Rate string '${text}' has too many fields` };
  if (malformed !== undefined) return { type: 'refused', words: `field '${malformed}' is malformed` };
  const at = (place: number): number => Number(parts[place] ?? '');
  const given = { average: at(0), peak: at(1), burst: at(2), floor: at(3) };
  const words = flawOf(way, given);
  if (words !== undefined) return { type: 'refused', words };
  const { floor, ...rate } = given;
  return { type: 'rate', rate: way === 'inbound' ? { ...rate, floor } : rate };
}

function flawOf(way: 'inbound' | 'outbound', { average, peak, burst, floor }: Required<RateWords>): string | undefined {
  if (way === 'outbound' && floor > 0) return 'outbound floor is unsupported yet';
  if (average + floor === 0 && peak + burst > 0) return `either ${way} average or floor is mandatory`;
  return Math.max(average, peak, burst, floor) > MOST ? `${way} rate larger than maximum ${MOST}` : undefined;
}

/** Name and value of every limit, as virsh shows them. */
export function rateLines({ inbound = {}, outbound = {} }: { readonly inbound?: RateWords; readonly outbound?: RateWords }): string[] {
  const line = (way: string, rate: RateWords, field: (typeof fields)[number]): string =>
    `${`${way}.${field}`.padEnd(WIDTH)}: ${rate[field] ?? 0}`;
  return [
    ...fields.map((field) => line('inbound', inbound, field)),
    ...fields.slice(0, 3).map((field) => line('outbound', outbound, field)),
  ];
}
