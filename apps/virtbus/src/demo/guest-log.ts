import { readFile } from 'node:fs/promises';

export interface PingCount {
  readonly replies: number;
  /** Sequence numbers without a reply, and seconds of silence, after the first reply. */
  readonly lost: number;
  readonly last: string;
}

/** What a guest's serial log says of its pings. */
export function countPings(log: string): PingCount {
  const lines = log.split('\n').filter((line) => line.startsWith('virtbus-guest: ping '));
  const first = lines.findIndex((line) => line.includes(' seq=') && line.includes(' time='));
  const counted = first < 0 ? [] : lines.slice(first);
  const replies = counted.filter((line) => line.includes(' time='));
  const gaps = counted.map((line) => /lost seq=(\d+)-(\d+)/.exec(line)).filter((gap) => gap !== null);
  const silent = counted.filter((line) => line.includes('no reply')).length;
  const lost = gaps.reduce((total, gap) => total + Number(gap[2]) - Number(gap[1]) + 1, silent);
  return { replies: replies.length, lost, last: replies.at(-1)?.trim() ?? '' };
}

export const readGuestLog = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
