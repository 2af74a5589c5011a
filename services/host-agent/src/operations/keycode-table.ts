/** Key numbers of input-event-codes(h) that QEMU's own numbers (XT scan codes, 0x80 for extended keys) differ from. Below 89 they agree. */
export const qnumOfLinux: Readonly<Record<number, number>> = {
  84: 0x54,
  85: 0x76,
  86: 0x56,
  87: 0x57,
  88: 0x58,
  89: 0x73,
  90: 0x78,
  91: 0x77,
  92: 0x79,
  93: 0x70,
  94: 0x7b,
  95: 0x5c,
  96: 0x9c,
  97: 0x9d,
  98: 0xb5,
  99: 0x54,
  100: 0xb8,
  101: 0x5b,
  102: 0xc7,
  103: 0xc8,
  104: 0xc9,
  105: 0xcb,
  106: 0xcd,
  107: 0xcf,
  108: 0xd0,
  109: 0xd1,
  110: 0xd2,
  111: 0xd3,
  112: 0xef,
  113: 0xa0,
  114: 0xae,
  115: 0xb0,
  116: 0xde,
  117: 0x59,
  118: 0xce,
  119: 0xc6,
  121: 0x7e,
  124: 0x7d,
  125: 0xdb,
  126: 0xdc,
  127: 0xdd,
  183: 0x5d,
  184: 0x5e,
  185: 0x5f,
};

/** Usage numbers of the USB keyboard page (HID usage tables, page 7), each with its number in the table above. */
export const linuxOfUsb: readonly (number | undefined)[] = [
  ...[undefined, undefined, undefined, undefined],
  // a … z
  ...[30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44],
  // 1 … 9, 0
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  // Enter, Esc, Backspace, Tab, Space, - = [ ] \ # ; ' ` , . /
  ...[28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53],
  // Caps Lock, F1 … F12
  ...[58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88],
  // Print, Scroll Lock, Pause, Insert, Home, Page Up, Delete, End, Page Down, Right, Left, Down, Up
  ...[99, 70, 119, 110, 102, 104, 111, 107, 109, 106, 105, 108, 103],
  // Num Lock, keypad / * - + Enter 1 … 9 0 .
  ...[69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83],
  // 102nd, Compose, Power, keypad =
  ...[86, 127, 116, 117],
];

/** Usages 0xe0 … 0xe7: Control, Shift, Alt and Meta, left then right. */
export const linuxOfUsbModifiers: readonly number[] = [29, 42, 56, 125, 97, 54, 100, 126];
