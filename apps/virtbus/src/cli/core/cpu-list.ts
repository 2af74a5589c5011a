import { parseCpuset } from '@virtbus/libvirt-xml';

export type CpuList =
  | { readonly type: 'cpus'; readonly cpus: readonly number[] }
  | { readonly type: 'refused'; readonly lines: readonly string[] };

export const everyCpu = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

/** Processors as virsh takes them: `0-3,^2`, `r` for all that there are. A comma may end it. */
export function readCpuList(text: string, count: number): CpuList {
  if (text === 'r') return { type: 'cpus', cpus: everyCpu(count) };
  const cpus = parseCpuset(text.replace(/,$/, ''));
  const invalid = `Invalid cpulist '${text}'`;
  if (!cpus)
    return {
      type: 'refused',
      lines: text.trim().startsWith('^') ? [invalid] : [invalid, `invalid argument: Failed to parse bitmap '${text}'`],
    };
  if (cpus.length === 0) return { type: 'refused', lines: [invalid] };
  const highest = cpus.at(-1) ?? 0;
  return highest < count
    ? { type: 'cpus', cpus }
    : { type: 'refused', lines: [`CPU ${highest} in cpulist '${text}' exceed the maxcpu ${count}`] };
}
