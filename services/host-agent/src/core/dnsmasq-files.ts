/** Where one network's dnsmasq has its files. Its configuration names the last four; the caller writes that text. */
export interface DnsmasqFiles {
  readonly configFile: string;
  /** What runs, and with which configuration: read after a restart of the host-agent. */
  readonly recordFile: string;
  readonly pidFile: string;
  readonly hostsFile: string;
  readonly addnHostsFile: string;
  readonly leaseFile: string;
}

export const dnsmasqDirectory = (stateDir: string): string => `${stateDir}/dnsmasq`;

/** A network's name may hold anything but `/` and a line break; a file's name here holds letters, digits and a few marks. */
export function dnsmasqFiles(stateDir: string, network: string): DnsmasqFiles {
  const base = `${dnsmasqDirectory(stateDir)}/${encodeURIComponent(network)}`;
  return {
    configFile: `${base}.conf`,
    recordFile: `${base}.json`,
    pidFile: `${base}.pid`,
    hostsFile: `${base}.hostsfile`,
    addnHostsFile: `${base}.addnhosts`,
    leaseFile: `${base}.leases`,
  };
}
