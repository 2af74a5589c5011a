/** What came of a volume's bytes is told once: that all are there, why not, or that the client gave up. */
import { Refusal } from '@virtbus/contracts';
import type { Download, Upload } from '@virtbus/messaging';

/** Says once what came of something that was audited; `thrown` is why it did not end well. */
export type Settle = (thrown?: unknown) => Promise<void>;

const badly =
  (settle: Settle) =>
  async (thrown: unknown): Promise<never> => {
    await settle(thrown);
    throw thrown;
  };

const givenUp = (): Refusal => new Refusal('operation_failed', 'operation failed: the client ended the stream before its end');

/** @throws Refusal */
export async function toldUpload(settle: Settle, begin: () => Promise<Upload>): Promise<Upload> {
  const upload = await begin().catch(badly(settle));
  return {
    send: (bytes) => upload.send(bytes).catch(badly(settle)),
    sendHole: (length) => upload.sendHole(length).catch(badly(settle)),
    finish: async () => {
      await upload.finish().catch(badly(settle));
      await settle();
    },
    abort: async () => {
      await Promise.all([settle(givenUp()), upload.abort()]);
    },
  };
}

/** @throws Refusal */
export async function toldDownload(settle: Settle, begin: () => Promise<Download>): Promise<Download> {
  const download = await begin().catch(badly(settle));
  const done = download.done.then(() => settle(), badly(settle));
  done.catch(() => undefined);
  return { done, abort: () => download.abort() };
}
