/** Field rules that the contracts share. Each reads as one decorator on a field. */
import { applyRule } from './rule.js';

/** libvirt's UUIDs need not follow RFC 4122: any 8-4-4-4-12 hex digits. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const HOST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The largest XML document that is looked at, in bytes of UTF-8. */
export const MAX_XML_BYTES = 1024 * 1024;
/** The file system's limit: a volume is a file, and libvirt keeps a definition in one. */
const MAX_NAME_BYTES = 255;

const isText = (value: unknown): value is string => typeof value === 'string';

export const isLibvirtUuid = (value: unknown): value is string => isText(value) && UUID.test(value);

export const IsLibvirtUuid = applyRule('isLibvirtUuid', isLibvirtUuid, 'must be a UUID (8-4-4-4-12 hex digits)');

export const IsMacAddress = applyRule('isMacAddress', (value) => isText(value) && MAC.test(value), 'must be a MAC address in lower case');

export const isHostId = (value: unknown): boolean => isText(value) && HOST_ID.test(value);

export const IsHostId = applyRule('isHostId', isHostId, 'must be 1 to 64 letters, digits, _ or -');

const PCI_ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

export const IsPciAddress = applyRule(
  'isPciAddress',
  (value) => isText(value) && PCI_ADDRESS.test(value),
  'must be a PCI address, as 0000:03:10.1',
);

/** IFNAMSIZ is 16 with its closing zero. */
export const isLinkName = (value: unknown): value is string =>
  isText(value) && value.length > 0 && Buffer.byteLength(value) <= 15 && !/[\s/]/.test(value);

export const IsLinkName = applyRule('isLinkName', isLinkName, 'must be a network device name of 1 to 15 bytes');

export const isObjectName = (value: unknown): value is string =>
  isText(value) && value.length > 0 && Buffer.byteLength(value) <= MAX_NAME_BYTES && !/[/\n\0]/.test(value);

export const IsObjectName = applyRule(
  'isObjectName',
  isObjectName,
  `must be a name of 1 to ${MAX_NAME_BYTES} bytes without / or a line break`,
);

/** Fit for a subject, a URL and a host name. */
export const isProjectName = (value: unknown): value is string => isText(value) && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value);

export const IsProjectName = applyRule('isProjectName', isProjectName, 'must be 1 to 63 lower-case letters, digits and inner hyphens');

export const IsXmlText = applyRule(
  'isXmlText',
  (value) => isText(value) && Buffer.byteLength(value) <= MAX_XML_BYTES,
  `must be XML of at most ${MAX_XML_BYTES} bytes`,
);

export const IsTokenId = applyRule('isTokenId', (value) => isText(value) && /^[0-9a-f]{16}$/.test(value), 'must be 16 hex digits');

export const IsTokenHash = applyRule(
  'isTokenHash',
  (value) => isText(value) && /^[A-Za-z0-9_-]{43}$/.test(value),
  'must be a SHA-256 in base64url',
);

const isBase64Of = (bytes: number) => {
  const characters = Math.ceil(bytes / 3) * 4;
  return (value: unknown): boolean => isText(value) && value.length === characters && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
};
export const IsScramSalt = applyRule('isScramSalt', isBase64Of(16), 'must be 16 bytes in base64');
export const IsScramKey = applyRule('isScramKey', isBase64Of(32), 'must be 32 bytes in base64');

export const IsBase64Text = applyRule('isBase64Text', (value) => isText(value) && /^[A-Za-z0-9+/]*={0,2}$/.test(value), 'must be base64');
