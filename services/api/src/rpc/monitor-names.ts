import { createContext, Script } from 'node:vm';
import { invalidArgument } from './refusals.js';

/** virConnectDomainQemuMonitorEventRegisterFlags. */
export const monitorFlags = { regex: 1, noCase: 2 } as const;

const MAX_PATTERN = 256;
/** Of one attempt at one name. Milliseconds. */
const MATCHING_MS = 250;
/** So many names are remembered; QEMU has fewer. */
const MAX_NAMES = 256;

const test = new Script('pattern.test(name)');

/**
 * Which of QEMU's events a client wants to hear. A pattern may stand anywhere in the name, as libvirt has it; it is JavaScript's here,
 * which differs from PCRE in what nobody needs for such names.
 * @throws RemoteError invalid argument
 */
export function nameMatcher(pattern: string | undefined, flags: number): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const noCase = (flags & monitorFlags.noCase) !== 0;
  if ((flags & monitorFlags.regex) !== 0) return remembered(bounded(compiled(pattern, noCase)));
  return noCase ? (name) => name.toLowerCase() === pattern.toLowerCase() : (name) => name === pattern;
}

function compiled(pattern: string, noCase: boolean): RegExp {
  if (pattern.length > MAX_PATTERN) throw invalidArgument(`a regex has at most ${MAX_PATTERN} characters`);
  try {
    return new RegExp(pattern, noCase ? 'i' : '');
  } catch (error) {
    throw invalidArgument(`failed to compile regex '${pattern}': ${error instanceof Error ? error.message : ''}`);
  }
}

/** A pattern can be made to take for ever. One that takes too long matches nothing any more: other clients wait meanwhile. */
function bounded(pattern: RegExp): (name: string) => boolean {
  const context = createContext({ pattern, name: '' });
  let hopeless = false;
  return (name) => {
    if (hopeless) return false;
    context['name'] = name;
    try {
      return test.runInContext(context, { timeout: MATCHING_MS }) === true;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      hopeless = true;
      return false;
    }
  };
}

const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function remembered(matches: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const answer = matches(name);
    if (known.size < MAX_NAMES) known.set(name, answer);
    return answer;
  };
}
