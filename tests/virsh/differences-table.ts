/** Where virtbus answers virsh otherwise than libvirtd does, and why. A line stands for each time that it is asked. */
export interface Difference {
  readonly lines: readonly string[];
  readonly why: string;
}

export const differences: readonly Difference[] = [
  {
    why: "The messages about XML that is not well-formed are the parser's own; libvirt shows libxml2's",
    lines: ['define @broken.xml', 'detach-device web @broken.xml --live'],
  },
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
];
