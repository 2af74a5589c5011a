/** Controllers: their numbers, their order, and those that nobody wrote down. */
import type { ControllerDef } from '../devices/controller.js';

export type ControllerType = ControllerDef['type'];
type List = readonly ControllerDef[];

export const findController = (list: List, type: ControllerType, index: number): ControllerDef | undefined =>
  list.find((controller) => controller.type === type && controller.index === index);

/** Adds a controller at the end unless there is one of that type and number. */
export function ensureController(list: List, added: ControllerDef & { readonly index: number }): List {
  return findController(list, added.type, added.index) ? list : [...list, added];
}

const usb2 = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'];

/** Gives a number to each controller that has none: the lowest free one of its type; parts of one USB 2 controller share theirs. */
export function numberControllers(list: List): List {
  const numbered: ControllerDef[] = [...list];
  for (const [position, controller] of list.entries()) {
    if (controller.index !== undefined) continue;
    numbered[position] = { ...controller, index: usb2Index(controller, numbered) ?? freeIndex(controller.type, numbered) };
  }
  return numbered;
}

function freeIndex(type: ControllerType, list: List): number {
  let index = 0;
  while (findController(list, type, index)) index += 1;
  return index;
}

/** The number of a USB 2 controller that lacks this part of it. */
function usb2Index(controller: ControllerDef, list: List): number | undefined {
  if (controller.type !== 'usb' || !usb2.includes(controller.model ?? '') || controller.model === 'ich9-ehci1') return undefined;
  const parts = list.filter((other) => other.type === 'usb' && usb2.includes(other.model ?? '') && other.index !== undefined);
  const lacking = parts.filter(
    ({ index }) => !parts.some((other) => other.type === 'usb' && other.index === index && other.model === controller.model),
  );
  return lacking[0]?.index;
}
