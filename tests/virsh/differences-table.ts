/** Where virtbus answers virsh otherwise than libvirtd does, and why. A line stands for each time that it is asked. */
export interface Difference {
  readonly lines: readonly string[];
  readonly why: string;
}

export const differences: readonly Difference[] = [
  {
    why: 'No document type is read at all, whatever comes after it: that is promised to whoever lets strangers define domains',
    lines: ['define @doctype.xml'],
  },
  {
    why: "The filters that libvirt's packages install as files are there from the beginning",
    lines: ['nwfilter-list'],
  },
  {
    why: 'Each host of a fleet has a kernel of its own, that merges pages as its operator says',
    lines: ['node-memory-tune'],
  },
  {
    why: 'A serial line has no terminal on its host: it is carried to whoever opens it, wherever that is',
    lines: ['ttyconsole web'],
  },
  {
    why: 'The memory of guests is not saved to files yet',
    lines: ['save web /nonexistent/file'],
  },
  {
    why: 'Guests do not migrate, and are not saved, dumped, backed up or kept at points in time yet',
    lines: [
      'dump web /nonexistent/core',
      'restore /nonexistent/file',
      'save-image-define /nonexistent/file @web.xml',
      'save-image-dumpxml /nonexistent/file',
      'save-image-edit /nonexistent/file',
      'migrate-compcache web',
      'migrate-getmaxdowntime web',
      'migrate-getspeed web',
      'migrate-postcopy web',
      'migrate-setmaxdowntime web 10',
      'migrate-setspeed web 10',
      'backup-begin web',
      'backup-dumpxml web',
      'checkpoint-create-as web one',
    ],
  },
  {
    why: 'Not done yet for guests: I/O threads and processors one by one, jobs on disks, counters of the kernel',
    lines: [
      'domdirtyrate-calc web',
      'domdirtyrate-calc web --seconds 90',
      'iothreadadd web 1 --live',
      'iothreadset web 1 --poll-max-ns 1',
      'iothreaddel web 1 --live',
      'iothreadpin web 1 0 --live',
      'setvcpu web 0 --disable --live',
      'setvcpu web 1 --enable --live',
      'blockcommit web vda',
      'blockcopy web vda /nonexistent',
      'blockpull web vda',
      'perf web',
      'perf web --disable frob',
    ],
  },
  {
    why: "The fleet is no machine: what only one host could answer for or lend is its operator's",
    lines: [
      'allocpages 4 1',
      'cpu-compare @cpu-bad.xml',
      'hypervisor-cpu-compare @cpu-bad.xml',
      'cpu-baseline @cpu-bad.xml',
      'hypervisor-cpu-baseline @cpu-bad.xml',
      'nodedev-create @nodedev.xml',
      'nodedev-define @nodedev.xml',
      'find-storage-pool-sources-as netfs nobody.invalid',
    ],
  },
  {
    why: 'A filter is put on a link that is there, and goes with it: libvirtd keeps one for a link that may come',
    lines: ['nwfilter-binding-create @binding.xml', 'nwfilter-binding-delete vnet99'],
  },
  {
    why: "The filter of a guest's interface, which a project's profile may ask for, is changed with the interface and not taken off by hand",
    lines: ['nwfilter-binding-delete filtered0'],
  },
  {
    why: 'A MAC address has one owner on a network',
    lines: ['net-port-create lab @port-twin.xml', 'net-port-delete lab 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0f9'],
  },
  {
    why: "QEMU says on the guest's host what libvirtd looks up itself",
    lines: ['attach-disk web /nonexistent.img vdz --live'],
  },
];
