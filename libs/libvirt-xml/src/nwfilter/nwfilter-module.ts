import { errorDomains } from '../errors/error-codes.js';

/** The module that libvirt names in errors about network filters. */
export const { NWFILTER } = errorDomains;
