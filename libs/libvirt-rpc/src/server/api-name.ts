/** Parts of names that libvirt's C interface writes in capitals. */
const capitals: Readonly<Record<string, string>> = {
  xml: 'XML',
  uuid: 'UUID',
  id: 'ID',
  os: 'OS',
  cpu: 'CPU',
  nmi: 'NMI',
  fs: 'FS',
  fsinfo: 'FSInfo',
  fd: 'FD',
  fsfreeze: 'FSFreeze',
  fsthaw: 'FSThaw',
  fstrim: 'FSTrim',
  iothread: 'IOThread',
  pm: 'PM',
  sev: 'SEV',
  mac: 'MAC',
  dhcp: 'DHCP',
  nwfilter: 'NWFilter',
  nwfilters: 'NWFilters',
  iothreadinfo: 'IOThreadInfo',
  ssh: 'SSH',
};

/** The C function behind a procedure: what libvirt names in its errors. `domain_get_xml_desc` is virDomainGetXMLDesc. */
export const apiName = (procedure: string): string =>
  `vir${procedure
    .split('_')
    .map((part) => capitals[part] ?? part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')}`;
