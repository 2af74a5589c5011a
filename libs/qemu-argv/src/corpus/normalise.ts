/**
 * Takes out of a command line what its surroundings put in: descriptor numbers, the domain's own directories, the bytes of
 * encrypted secrets, and the order of keys inside JSON. Order of options, ids, addresses and properties stay.
 */
import type { CommandLine } from './args-file.js';

/** Variables that tell where the test ran, not what the domain asks for. */
const surroundings = /^(LC_ALL|PATH|HOME|USER|LOGNAME|TMPDIR|XDG_[A-Z_]+|SASL_CONF_PATH|QEMU_AUDIO_DRV)$/;

export function normalise({ environment, program, argv }: CommandLine): CommandLine {
  const kept = Object.entries(environment).filter(([name]) => !surroundings.test(name));
  return { environment: Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1))), program, argv: argv.map(normaliseArgument) };
}

const normaliseArgument = (argument: string): string => withoutSurroundings(argument.startsWith('{') ? sortKeys(argument) : argument);

const rewrites: readonly (readonly [RegExp, string])[] = [
  // fd=7, vhostfd=7, and the JSON forms with one number or several.
  [/\b((?:vhost)?fd)=\d+/g, '$1=FD'],
  [/"((?:vhost)?fds?)":"(\d+(?::\d+)*)"/g, '"$1":"FD"'],
  // domain-ID-NAME, where the id of a domain that never ran is -1.
  [/\/(?:tmp\/lib|var\/lib\/libvirt\/qemu)\/((?:\w+\/)*)domain-(?:-1|\d+)-/g, '/LIB/$1domain-'],
  [/\/tmp\/lib(?=\/|$)/g, '/LIB'],
  [/\/var\/lib\/libvirt\/qemu(?=\/|$)/g, '/LIB'],
  // The directory of a socket is the host's; its name is told apart by what it serves.
  [/"path":"[^"]*\/([^"/]+\.socket)"/g, '"path":"$1"'],
  [/"(data|iv)":"[A-Za-z0-9+/=]+"/g, '"$1":"SECRET"'],
];

function withoutSurroundings(argument: string): string {
  return rewrites.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), argument);
}

/** The same JSON with every object's keys in order; text that is no JSON comes back as it is. Numbers keep their digits. */
function sortKeys(argument: string): string {
  try {
    // A world wide name has 64 bits: numbers that a double cannot hold are compared as text.
    return JSON.stringify(ordered(JSON.parse(argument.replaceAll(/:(\d{16,})(?=[,}\]])/g, ':"#$1"'))));
  } catch {
    return argument;
  }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, ordered(member)]),
  );
}
