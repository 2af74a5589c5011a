import type { DiskDef } from './disk.js';

/** Position that a name such as `sdb` or `vdaa` stands for, from 0; undefined when it is no such name. */
export function diskIndex(dev: string): number | undefined {
  const match = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)\d*$/.exec(dev);
  if (!match?.[1]) return undefined;
  return [...match[1]].reduce((index, letter) => index * 26 + letter.charCodeAt(0) - 96, 0) - 1;
}

/** Puts a disk behind those of its bus whose names come before its own; a bus's first one goes to the end. */
export function insertDisk(list: readonly DiskDef[], added: DiskDef): readonly DiskDef[] {
  const own = diskIndex(added.target.dev ?? '') ?? -1;
  let at: number | undefined;
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const current = list[index];
    if (!current || current.target.bus !== added.target.bus) continue;
    if ((diskIndex(current.target.dev ?? '') ?? -1) > own) at = index;
    else at ??= index + 1;
  }
  return list.toSpliced(at ?? list.length, 0, added);
}
