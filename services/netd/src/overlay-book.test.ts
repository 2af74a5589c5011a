import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { OVERLAY_NAMESPACE, parseNetwork } from '@virtbus/libvirt-xml';
import { OverlayBook } from './overlay-book.js';
import { MemoryVnis } from './testing.js';

const [one, two] = ['81ff0d90-c91e-6742-64da-4a736edb9a9b', '11111111-2222-3333-4444-555555555555'] as const;
const lab = (attributes: string | undefined) =>
  parseNetwork(
    `<network><name>lab</name>${attributes === undefined ? '' : `<metadata><v:overlay xmlns:v='${OVERLAY_NAMESPACE}' ${attributes}/></metadata>`}</network>`,
  );

let vnis: MemoryVnis;
let book: OverlayBook;
let now: number;
beforeEach(() => {
  now = 0;
  vnis = new MemoryVnis();
  book = new OverlayBook(vnis, () => new Date(now));
});

describe('a network identifier', () => {
  test('is not taken for a network of one host', async () => {
    expect(await book.of(lab(undefined), one)).toBeUndefined();
    expect(vnis.numbers.size).toBe(0);
  });

  test('is one for a network, another for another', async () => {
    const first = await book.of(lab("type='vxlan'"), one);
    expect(await book.of(lab("type='vxlan'"), one)).toEqual(first);
    expect((await book.of(lab("type='vxlan'"), two))?.vni).not.toBe(first?.vni);
    expect(first?.port).toBe(4789);
  });

  test('that is asked for is given, unless another network has it', async () => {
    expect(await book.of(lab("type='vxlan' vni='7' port='8472'"), one)).toEqual({ vni: 7, port: 8472 });
    const refused: unknown = await book.of(lab("type='vxlan' vni='7'"), two).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'operation_failed', message: expect.stringContaining(one) });
  });

  test('changes when another one is asked for, and the old one is free', async () => {
    await book.of(lab("type='vxlan' vni='7'"), one);
    expect(await book.of(lab("type='vxlan' vni='8'"), one)).toMatchObject({ vni: 8 });
    expect([...vnis.numbers.keys()]).toEqual([8]);
  });

  test('taken before a crash is found again', async () => {
    const { vni } = (await book.of(lab("type='vxlan'"), one))!;
    vnis.networks.clear();
    expect((await book.of(lab("type='vxlan'"), one))?.vni).toBe(vni);
  });

  test('of a network that is gone is given back, not of one that is there', async () => {
    await book.of(lab("type='vxlan'"), one);
    await book.of(lab("type='vxlan'"), two);
    now = 10 * 60_000;
    await book.sweep(async (uuid) => uuid === two);
    expect([...vnis.networks.keys()]).toEqual([two]);
    expect([...vnis.numbers.values()].map((each) => each.networkUuid)).toEqual([two]);
  });
});
