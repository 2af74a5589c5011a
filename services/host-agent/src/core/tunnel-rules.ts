import { firewallTable } from './nft-rules.js';

/**
 * What must not pass between hosts of one network, as text for `nft -f -`: each host lends addresses, and is a router, to its own guests
 * only. Bridge family, both ways, whatever the bridge itself sends included.
 */
export function tunnelRules(link: string): string {
  const rules = ['udp dport { 67, 68, 546, 547 } drop', 'icmpv6 type { nd-router-solicit, nd-router-advert } drop'];
  const both = ['iifname', 'oifname'].flatMap((side) => rules.map((rule) => `    ${side} "${link}" ${rule}\n`)).join('');
  const out = rules.map((rule) => `    oifname "${link}" ${rule}\n`).join('');
  const into = rules.map((rule) => `    iifname "${link}" ${rule}\n`).join('');
  const chain = (name: string, lines: string) =>
    `  chain ${name} {\n    type filter hook ${name} priority filter; policy accept;\n${lines}  }\n`;
  const table = `bridge ${firewallTable(link)}`;
  return `${tunnelRulesRemoval(link)}table ${table} {\n${chain('forward', both)}${chain('input', into)}${chain('output', out)}}\n`;
}

export const tunnelRulesRemoval = (link: string): string => {
  const table = `bridge ${firewallTable(link)}`;
  return `table ${table} {}\ndelete table ${table}\n`;
};
