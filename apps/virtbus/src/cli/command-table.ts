/**
 * Every command: a file in `commands/` and a line here. The file is loaded when the command is named, so that the table costs
 * nothing however long it grows.
 */
import type { Command } from './command.js';

/** Keyword and title, in the order of the help page. */
export const groups = {
  domain: 'Domains',
  monitor: 'What domains do',
  network: 'Networks',
  filter: 'Network filters',
  host: 'Hosts of the fleet',
  definition: 'Definitions, without a fleet',
  access: 'Who may do what',
  virtbus: 'virtbus itself',
} as const;

export interface Entry {
  readonly group: keyof typeof groups;
  /** For the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: Command }>;
}

export const commands: Readonly<Record<string, Entry>> = {
  'attach-device': { group: 'domain', summary: 'plug a device from an XML file', load: () => import('./commands/attach-device.js') },
  'attach-interface': { group: 'domain', summary: 'plug a network interface', load: () => import('./commands/attach-interface.js') },
  autostart: { group: 'domain', summary: 'let a domain start with the fleet', load: () => import('./commands/autostart.js') },
  console: { group: 'domain', summary: "connect to a guest's serial console", load: () => import('./commands/console.js') },
  create: { group: 'domain', summary: 'start a transient domain from an XML file', load: () => import('./commands/create.js') },
  define: { group: 'domain', summary: 'keep a domain from an XML file', load: () => import('./commands/define.js') },
  desc: { group: 'domain', summary: 'show or change the description or title of a domain', load: () => import('./commands/desc.js') },
  destroy: { group: 'domain', summary: 'end a domain at once', load: () => import('./commands/destroy.js') },
  'detach-device': { group: 'domain', summary: 'unplug a device from an XML file', load: () => import('./commands/detach-device.js') },
  'detach-device-alias': {
    group: 'domain',
    summary: 'unplug a device by its alias',
    load: () => import('./commands/detach-device-alias.js'),
  },
  'detach-interface': { group: 'domain', summary: 'unplug a network interface', load: () => import('./commands/detach-interface.js') },
  domid: { group: 'domain', summary: 'number of a domain', load: () => import('./commands/domid.js') },
  'domif-setlink': {
    group: 'domain',
    summary: 'plug or pull the cable of an interface',
    load: () => import('./commands/domif-setlink.js'),
  },
  domiftune: { group: 'domain', summary: 'show or change what an interface may carry', load: () => import('./commands/domiftune.js') },
  domname: { group: 'domain', summary: 'name of a domain', load: () => import('./commands/domname.js') },
  domuuid: { group: 'domain', summary: 'UUID of a domain', load: () => import('./commands/domuuid.js') },
  dumpxml: { group: 'domain', summary: 'XML of a domain', load: () => import('./commands/dumpxml.js') },
  'inject-nmi': { group: 'domain', summary: 'send a non-maskable interrupt to a guest', load: () => import('./commands/inject-nmi.js') },
  metadata: { group: 'domain', summary: 'show or change metadata of a domain', load: () => import('./commands/metadata.js') },
  'qemu-agent-command': { group: 'domain', summary: "ask a guest's agent", load: () => import('./commands/qemu-agent-command.js') },
  'qemu-monitor-command': {
    group: 'domain',
    summary: "ask the monitor of a guest's QEMU",
    load: () => import('./commands/qemu-monitor-command.js'),
  },
  reboot: { group: 'domain', summary: 'ask a guest to start over', load: () => import('./commands/reboot.js') },
  reset: { group: 'domain', summary: 'start a guest over at once', load: () => import('./commands/reset.js') },
  resume: { group: 'domain', summary: 'let a suspended domain go on', load: () => import('./commands/resume.js') },
  screenshot: { group: 'domain', summary: 'keep a picture of what a guest shows', load: () => import('./commands/screenshot.js') },
  'send-key': { group: 'domain', summary: 'press keys of a guest', load: () => import('./commands/send-key.js') },
  setmaxmem: { group: 'domain', summary: 'change the most memory of a domain', load: () => import('./commands/setmaxmem.js') },
  setmem: { group: 'domain', summary: 'change the memory of a domain', load: () => import('./commands/setmem.js') },
  setvcpus: { group: 'domain', summary: 'change the number of processors of a domain', load: () => import('./commands/setvcpus.js') },
  shutdown: { group: 'domain', summary: 'ask a guest to power off', load: () => import('./commands/shutdown.js') },
  start: { group: 'domain', summary: 'start a defined domain', load: () => import('./commands/start.js') },
  suspend: { group: 'domain', summary: "stop a domain's processors", load: () => import('./commands/suspend.js') },
  undefine: { group: 'domain', summary: "forget a domain's definition", load: () => import('./commands/undefine.js') },
  'update-device': { group: 'domain', summary: 'change a device to an XML file', load: () => import('./commands/update-device.js') },

  domifaddr: { group: 'monitor', summary: 'addresses of a running guest', load: () => import('./commands/domifaddr.js') },
  'cpu-stats': { group: 'monitor', summary: 'processor time of a domain', load: () => import('./commands/cpu-stats.js') },
  domblkinfo: { group: 'monitor', summary: 'size of a disk', load: () => import('./commands/domblkinfo.js') },
  domblklist: { group: 'monitor', summary: 'disks of a domain', load: () => import('./commands/domblklist.js') },
  domblkstat: { group: 'monitor', summary: 'what a disk has read and written', load: () => import('./commands/domblkstat.js') },
  domcontrol: { group: 'monitor', summary: 'whether a domain takes orders', load: () => import('./commands/domcontrol.js') },
  domdisplay: { group: 'monitor', summary: 'URI of a screen', load: () => import('./commands/domdisplay.js') },
  'domif-getlink': {
    group: 'monitor',
    summary: 'whether the cable of an interface is plugged',
    load: () => import('./commands/domif-getlink.js'),
  },
  domiflist: { group: 'monitor', summary: 'interfaces of a domain', load: () => import('./commands/domiflist.js') },
  'domif-rxfilter': {
    group: 'monitor',
    summary: "what a guest's network card lets through",
    load: () => import('./commands/domif-rxfilter.js'),
  },
  domifstat: { group: 'monitor', summary: 'what an interface has carried', load: () => import('./commands/domifstat.js') },
  dominfo: { group: 'monitor', summary: 'what is known of a domain', load: () => import('./commands/dominfo.js') },
  domjobinfo: { group: 'monitor', summary: 'long work on a domain', load: () => import('./commands/domjobinfo.js') },
  dommemstat: { group: 'monitor', summary: 'memory of a domain', load: () => import('./commands/dommemstat.js') },
  domstate: { group: 'monitor', summary: 'state of a domain', load: () => import('./commands/domstate.js') },
  domstats: { group: 'monitor', summary: 'what domains use', load: () => import('./commands/domstats.js') },
  event: { group: 'monitor', summary: 'wait for events of domains', load: () => import('./commands/event.js') },
  list: { group: 'monitor', summary: 'list domains', load: () => import('./commands/list.js') },
  vcpucount: { group: 'monitor', summary: 'number of processors of a domain', load: () => import('./commands/vcpucount.js') },
  vcpuinfo: { group: 'monitor', summary: 'processors of a domain', load: () => import('./commands/vcpuinfo.js') },
  vncdisplay: { group: 'monitor', summary: 'VNC display of a domain', load: () => import('./commands/vncdisplay.js') },

  'net-autostart': { group: 'network', summary: 'let a network start with the fleet', load: () => import('./commands/net-autostart.js') },
  'net-create': { group: 'network', summary: 'start a transient network from an XML file', load: () => import('./commands/net-create.js') },
  'net-define': { group: 'network', summary: 'keep a network from an XML file', load: () => import('./commands/net-define.js') },
  'net-destroy': { group: 'network', summary: 'stop a network', load: () => import('./commands/net-destroy.js') },
  'net-dhcp-leases': {
    group: 'network',
    summary: 'addresses that a network has leased',
    load: () => import('./commands/net-dhcp-leases.js'),
  },
  'net-dumpxml': { group: 'network', summary: 'XML of a network', load: () => import('./commands/net-dumpxml.js') },
  'net-event': { group: 'network', summary: 'wait for events of networks', load: () => import('./commands/net-event.js') },
  'net-info': { group: 'network', summary: 'what is known of a network', load: () => import('./commands/net-info.js') },
  'net-list': { group: 'network', summary: 'list networks', load: () => import('./commands/net-list.js') },
  'net-name': { group: 'network', summary: 'name of a network', load: () => import('./commands/net-name.js') },
  'net-port-dumpxml': { group: 'network', summary: 'XML of a network port', load: () => import('./commands/net-port-dumpxml.js') },
  'net-port-list': { group: 'network', summary: 'ports of an active network', load: () => import('./commands/net-port-list.js') },
  'net-start': { group: 'network', summary: 'start a defined network', load: () => import('./commands/net-start.js') },
  'net-undefine': { group: 'network', summary: "forget a network's definition", load: () => import('./commands/net-undefine.js') },
  'net-update': { group: 'network', summary: 'change a part of a network', load: () => import('./commands/net-update.js') },
  'net-uuid': { group: 'network', summary: 'UUID of a network', load: () => import('./commands/net-uuid.js') },

  'nwfilter-binding-dumpxml': {
    group: 'filter',
    summary: 'which filter a link has',
    load: () => import('./commands/nwfilter-binding-dumpxml.js'),
  },
  'nwfilter-binding-list': {
    group: 'filter',
    summary: 'links that have a filter',
    load: () => import('./commands/nwfilter-binding-list.js'),
  },
  'nwfilter-define': {
    group: 'filter',
    summary: 'keep a network filter from an XML file',
    load: () => import('./commands/nwfilter-define.js'),
  },
  'nwfilter-dumpxml': { group: 'filter', summary: 'XML of a network filter', load: () => import('./commands/nwfilter-dumpxml.js') },
  'nwfilter-list': { group: 'filter', summary: 'list network filters', load: () => import('./commands/nwfilter-list.js') },
  'nwfilter-undefine': { group: 'filter', summary: 'forget a network filter', load: () => import('./commands/nwfilter-undefine.js') },

  cordon: { group: 'host', summary: 'close a host to new domains', load: () => import('./commands/cordon.js') },
  hosts: { group: 'host', summary: 'list the hosts', load: () => import('./commands/hosts.js') },
  uncordon: { group: 'host', summary: 'open a host to new domains again', load: () => import('./commands/uncordon.js') },

  'domxml-to-native': {
    group: 'definition',
    summary: "QEMU's command line for a domain",
    load: () => import('../offline/domxml-to-native.js'),
  },
  format: { group: 'definition', summary: 'XML as the fleet would give it back', load: () => import('../offline/format.js') },
  validate: { group: 'definition', summary: 'whether XML could be defined', load: () => import('../offline/validate.js') },

  login: { group: 'access', summary: 'keep a gateway and a token for it', load: () => import('./commands/login.js') },
  context: { group: 'access', summary: 'gateways by name', load: () => import('./commands/context.js') },
  'token-create': { group: 'access', summary: 'make an API token', load: () => import('./commands/token-create.js') },
  'token-list': { group: 'access', summary: 'list the API tokens', load: () => import('./commands/token-list.js') },
  'token-revoke': { group: 'access', summary: 'end an API token', load: () => import('./commands/token-revoke.js') },

  completion: { group: 'virtbus', summary: "print a shell's completion", load: () => import('./commands/completion.js') },
  help: { group: 'virtbus', summary: 'describe the commands', load: () => import('./commands/help.js') },
  up: { group: 'virtbus', summary: 'run the whole fleet on this machine', load: () => import('./commands/up.js') },
  version: { group: 'virtbus', summary: 'version of virtbus', load: () => import('./commands/version.js') },
};
