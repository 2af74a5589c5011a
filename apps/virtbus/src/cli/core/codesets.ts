/** The tables of key numbers that a guest's host knows. */
export const codesets = ['linux', 'usb', 'qnum', 'rfb'] as const;
