import { Refusal, type Keys } from '@virtbus/contracts';
import { linuxOfUsb, linuxOfUsbModifiers, qnumOfLinux } from './keycode-table.js';

const FIRST_USB_MODIFIER = 0xe0;
/** From here on the kernel's numbers are its own. */
const FIRST_OWN_LINUX = 84;

const ofLinux = (code: number): number | undefined => (code > 0 && code < FIRST_OWN_LINUX ? code : qnumOfLinux[code]);

function ofUsb(code: number): number | undefined {
  const linux = code >= FIRST_USB_MODIFIER ? linuxOfUsbModifiers[code - FIRST_USB_MODIFIER] : linuxOfUsb[code];
  return linux === undefined ? undefined : ofLinux(linux);
}

const same = (code: number): number | undefined => (code > 0 && code <= 0xff ? code : undefined);

/** Codesets whose numbers are known here. `rfb` is the name that `qnum` had before. */
const translations: Partial<Record<NonNullable<Keys['codeset']>, (code: number) => number | undefined>> = {
  linux: ofLinux,
  qnum: same,
  rfb: same,
  usb: ofUsb,
};

/** The keys' numbers as QEMU's `send-key` takes them. @throws Refusal operation_unsupported, invalid_argument */
export function qemuKeys({ codeset = 'linux', keycodes }: Keys): number[] {
  const translate = translations[codeset];
  if (!translate) {
    const known = Object.keys(translations).join(', ');
    throw new Refusal('operation_unsupported', `Operation not supported: codeset '${codeset}' is not known here; known are ${known}`);
  }
  return keycodes.map((code) => {
    const key = translate(code);
    if (key !== undefined) return key;
    throw new Refusal('invalid_argument', `invalid argument: cannot translate keycode ${code} of ${codeset} codeset to qnum keycode`, {
      path: 'keys.keycodes',
    });
  });
}
