/** As in package.json; a test holds them together. */
export const VERSION = '0.1.0';

/** The release whose names, options and output shapes the command line follows. */
export const LIBVIRT_VERSION = '9.0.0';
