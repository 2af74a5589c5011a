/** Which time the guest starts with, and how its clocks keep up. */
import { keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unprepared, unsupported } from '../refusal.js';

type Clock = Context['domain']['clock'];
type Timer = Clock['timer'][number];

const timerOf = ({ domain }: Context, name: Timer['name']): Timer | undefined => domain.clock.timer.find((timer) => timer.name === name);

export function clock(context: Context): Argv {
  const rtc = timerOf(context, 'rtc');
  const options = { base: baseOf(context), clock: rtc?.track && trackOf(rtc.track), driftfix: driftfixOf(rtc) };
  return ['-rtc', keyValues(undefined, options)];
}

function baseOf({ domain, host }: Context): string {
  const given = domain.clock;
  switch (given.offset) {
    case 'utc':
      return 'utc';
    case 'localtime':
    case 'timezone':
      return 'localtime';
    case 'absolute':
      return dateText(given.start);
    default:
      if (host.startTime === undefined) throw unprepared('/domain/clock', 'the time of the start');
      return dateText(given.adjustment + (given.basis === 'localtime' ? host.startTime.local : host.startTime.utc));
  }
}

const SECONDS_PER_DAY = 86_400;

/** Seconds since 1970 as `1970-01-01T00:00:00`; the days by Howard Hinnant's `civil_from_days`. */
function dateText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds - days * SECONDS_PER_DAY;
  const time = [rest / 3600, (rest / 60) % 60, rest % 60].map((part) => digits(Math.floor(part), 2)).join(':');
  return `${civilDate(days)}T${time}`;
}

function civilDate(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  return `${digits(year + era * 400 + (month <= 2 ? 1 : 0), 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

const digits = (value: number, count: number): string => String(value).padStart(count, '0');

type Track = NonNullable<Timer['track']>;

function trackOf(track: Track): string {
  const words: Partial<Record<Track, string>> = { guest: 'vm', wall: 'host', realtime: 'rt' };
  const word = words[track];
  if (word === undefined) throw unsupported('/domain/clock/timer', `QEMU's rtc cannot track '${track}'`);
  return word;
}

function driftfixOf(rtc: Timer | undefined): string | undefined {
  const policy = rtc?.tickpolicy;
  if (policy === undefined || policy === 'delay') return undefined;
  if (policy === 'catchup') return 'slew';
  throw unsupported('/domain/clock/timer', `QEMU's rtc knows no tickpolicy '${policy}'`);
}

/** What the interval timer does with ticks that the guest has missed. Where nothing is said of it but that it is there, they come late. */
export function intervalTimer(context: Context): Argv {
  const timer = timerOf(context, 'pit');
  if (!timer) return [];
  const policy = timer.tickpolicy ?? 'delay';
  switch (policy) {
    case 'catchup':
      return [];
    case 'delay':
    case 'discard':
      return ['-global', `kvm-pit.lost_tick_policy=${policy}`];
    default:
      throw unsupported('/domain/clock/timer', "QEMU's pit knows no tickpolicy 'merge'");
  }
}
