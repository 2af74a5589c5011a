import type { ControllerDef } from './controller.js';

type List = readonly ControllerDef[];

const isCompanion = (controller: ControllerDef): boolean => controller.master !== undefined;

/**
 * Puts a controller after those of its type with a lower number and before its companions; a type's first one goes to
 * the end, and one without a number behind the last of its type.
 */
export function insertController(list: List, added: ControllerDef): List {
  let at: number | undefined;
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const current = list[index];
    if (!current || current.type !== added.type) continue;
    if (added.index === undefined) {
      at = index + 1;
      break;
    }
    if (goesBefore(added, current)) at = index;
    else at ??= index + 1;
  }
  return list.toSpliced(at ?? list.length, 0, added);
}

function goesBefore(added: ControllerDef, current: ControllerDef): boolean {
  const [own, other] = [added.index ?? -1, current.index ?? -1];
  return other > own || (other === own && !isCompanion(added) && isCompanion(current));
}
