/** USB devices that a client far away lends, and the rules for which. */
import { device, type Argv } from '../argv/options.js';
import { chardevArgs, chardevId } from '../chardev/chardev.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Redirdev } from '../domain-parts.js';
import { addressProps } from './device-address.js';

export const redirdevs: Builder = (context) => each('redirdev', context.domain.devices.redirdev, (one, at) => redirdev(context, one, at));

function redirdev(context: Context, one: Redirdev, at: string): Argv {
  const alias = aliasOf(one, at);
  const id = chardevId(alias);
  return [
    ...chardevArgs(context, one, { id, alias, spiceName: 'usbredir', at }),
    ...device({
      driver: 'usb-redir',
      chardev: id,
      id: alias,
      filter: filterText(context),
      bootindex: context.bootIndex.get(alias),
      ...addressProps(context, one, at),
    }),
  ];
}

/** Class, vendor, product, version and verdict of each rule; -1 is any. */
function filterText({ domain }: Context): string | undefined {
  const rules = domain.devices.redirfilter?.usbdev;
  return rules
    ?.map((rule) =>
      [number(rule.class, 2), number(rule.vendor, 4), number(rule.product, 4), versionText(rule.version), rule.allow ? 1 : 0].join(':'),
    )
    .join('|');
}

const number = (value: number | undefined, digits: number): string =>
  value === undefined ? '-1' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;

/** `2.56` in binary coded decimals. */
function versionText(version: string | undefined): string {
  if (version === undefined) return '-1';
  const [major = '0', minor = '0'] = version.split('.');
  return `0x${major.padStart(2, '0')}${minor.padEnd(2, '0')}`;
}
