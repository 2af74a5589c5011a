import type { DiskDef } from './disk.js';

/** Position that a name such as `sdb` or `vdaa` stands for, from 0; undefined when it is no such name. */
export function diskIndex(dev: string): number | undefined {
  const match = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)\d*$/.exec(dev);
  if (!match?.[1]) return undefined;
  return [...match[1]].reduce((index, letter) => index * 26 + letter.charCodeAt(0) - 96, 0) - 1;
}

const orderOf = (disk: DiskDef): number => diskIndex(disk.target.dev ?? '') ?? -1;

/** Puts a disk behind those of its bus whose names come before its own; a bus's first one goes to the end. */
export function insertDisk(list: readonly DiskDef[], added: DiskDef): readonly DiskDef[] {
  const same = [...list.entries()].filter(([, disk]) => disk.target.bus === added.target.bus);
  const after = same.find(([, disk]) => orderOf(disk) > orderOf(added));
  const last = same.at(-1);
  return list.toSpliced(after?.[0] ?? (last ? last[0] + 1 : list.length), 0, added);
}
