/**
 * Answers of the agent in a guest (QEMU's qga/qapi-schema.json), as libvirt passes them on. They are the guest's own word: what is not of the
 * right form is left out, and there is an end to it.
 */

import type { GuestQuestion } from './operation.js';

/** As libvirt's protocol has them. */
type TypedValue =
  | { readonly type: 'int' | 'uint'; readonly value: number }
  | { readonly type: 'ullong'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string };

/** One of the fields that libvirt makes of an answer. */
export interface GuestParam {
  readonly field: string;
  readonly value: TypedValue;
}

/** More than any guest has; a guest says what it likes. */
const MOST = 256;

const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MOST) : []);
const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, 4096) : undefined);
const wholeIn = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined);

export interface FileSystem {
  readonly mountpoint: string;
  readonly name: string;
  readonly fstype: string;
  readonly dev_aliases: readonly string[];
}

export const fileSystemsOf = (answer: unknown): FileSystem[] =>
  listIn(answer).flatMap((each) => {
    const said = fieldsOf(each);
    const [mountpoint, name, fstype] = [textIn(said.get('mountpoint')), textIn(said.get('name')), textIn(said.get('type'))];
    const disks = listIn(said.get('disk')).flatMap((disk) => textIn(fieldsOf(disk).get('dev')) ?? []);
    return mountpoint === undefined || name === undefined || fstype === undefined ? [] : [{ mountpoint, name, fstype, dev_aliases: disks }];
  });

/** Seconds and nanoseconds of a number of nanoseconds. JSON's numbers end at 2⁵³, so the last digits are not the guest's. */
export function timeOf(answer: unknown): { readonly seconds: bigint; readonly nseconds: number } | undefined {
  if (typeof answer !== 'number' || !Number.isFinite(answer) || answer < 0) return undefined;
  const all = BigInt(Math.trunc(answer));
  return { seconds: all / 1_000_000_000n, nseconds: Number(all % 1_000_000_000n) };
}

export const hostnameOf = (answer: unknown): string | undefined => textIn(fieldsOf(answer).get('host-name'));

/** A user's keys; undefined when the answer is none of that form. */
export function keysOf(answer: unknown): string[] | undefined {
  const keys = fieldsOf(answer).get('keys');
  return Array.isArray(keys) ? listIn(keys).flatMap((key) => textIn(key) ?? []) : undefined;
}

/** A number of file systems. */
export const countOf = (answer: unknown): number => Math.max(0, wholeIn(answer) ?? 0);

/** Processors as virsh's `guestvcpus` shows them: which there are, which are on, and which could be off. */
export function guestVcpusOf(answer: unknown): GuestParam[] {
  const cpus = listIn(answer).flatMap((each) => {
    const said = fieldsOf(each);
    const id = wholeIn(said.get('logical-id'));
    return id === undefined ? [] : [{ id, online: said.get('online') === true, offlinable: said.get('can-offline') === true }];
  });
  const ranges = (field: string, of: typeof cpus): GuestParam => ({
    field,
    value: { type: 'string', value: rangesOf(of.map(({ id }) => id)) },
  });
  return [
    ranges('vcpus', cpus),
    ranges(
      'online',
      cpus.filter(({ online }) => online),
    ),
    ranges(
      'offlinable',
      cpus.filter(({ offlinable }) => offlinable),
    ),
  ];
}

/** `0-2,5` */
function rangesOf(ids: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && id <= last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

const param = (field: string, value: TypedValue | undefined): GuestParam[] => (value === undefined ? [] : [{ field, value }]);
const uint = (value: number): TypedValue => ({ type: 'uint', value });

function text(field: string, given: unknown): GuestParam[] {
  const value = textIn(given);
  return param(field, value === undefined ? undefined : { type: 'string', value });
}

/** The agent's fields, and libvirt's names for them. */
const osNames = [
  'id',
  'name',
  'pretty-name',
  'version',
  'version-id',
  'kernel-release',
  'kernel-version',
  'machine',
  'variant',
  'variant-id',
];

/** One part of what `guestinfo` shows: the agent's question, and how its answer reads. */
export interface InfoPart {
  readonly command: GuestQuestion;
  readonly paramsOf: (answer: unknown) => GuestParam[];
}

/** virDomainGuestInfoTypes, by their bits. */
export const infoParts: ReadonlyMap<number, InfoPart> = new Map<number, InfoPart>([
  [1, { command: 'guest-get-users', paramsOf: usersOf }],
  [2, { command: 'guest-get-osinfo', paramsOf: (answer) => osNames.flatMap((name) => text(`os.${name}`, fieldsOf(answer).get(name))) }],
  [4, { command: 'guest-get-timezone', paramsOf: zoneOf }],
  [8, { command: 'guest-get-host-name', paramsOf: (answer) => text('hostname', hostnameOf(answer)) }],
  [16, { command: 'guest-get-fsinfo', paramsOf: fsOf }],
]);

function usersOf(answer: unknown): GuestParam[] {
  const users = listIn(answer).map((each) => fieldsOf(each));
  const each = users.flatMap((user, index) => [
    ...text(`user.${index}.name`, user.get('user')),
    ...text(`user.${index}.domain`, user.get('domain')),
    ...param(`user.${index}.login-time`, millisecondsOf(user.get('login-time'))),
  ]);
  return [...param('user.count', uint(users.length)), ...each];
}

const millisecondsOf = (seconds: unknown): TypedValue | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? { type: 'ullong', value: BigInt(Math.trunc(seconds * 1000)) }
    : undefined;

function zoneOf(answer: unknown): GuestParam[] {
  const said = fieldsOf(answer);
  const offset = wholeIn(said.get('offset'));
  return [
    ...text('timezone.name', said.get('zone')),
    ...param('timezone.offset', offset === undefined ? undefined : { type: 'int', value: offset }),
  ];
}

function fsOf(answer: unknown): GuestParam[] {
  const all = fileSystemsOf(answer);
  const each = all.flatMap(({ mountpoint, name, fstype }, index) => [
    ...text(`fs.${index}.mountpoint`, mountpoint),
    ...text(`fs.${index}.name`, name),
    ...text(`fs.${index}.fstype`, fstype),
  ]);
  return [...param('fs.count', uint(all.length)), ...each];
}
