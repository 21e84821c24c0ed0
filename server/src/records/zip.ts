import type { Readable } from "node:stream";
import yauzl from "yauzl";
import { bomb, truncated } from "./problems.ts";

const ZIP_LIMITS = {
  entries: 200_000,
  /** Of one entry, unpacked. */
  entryBytes: 8 * 2 ** 30,
  /** Unpacked to packed, looked at from `ratioAfter` bytes on: text of a spreadsheet reaches about 40. */
  ratio: 200,
  ratioAfter: 32 * 2 ** 20,
};

export type Zip = { readonly entries: readonly yauzl.Entry[]; stream(entry: yauzl.Entry): Promise<Readable>; close(): void };

export const openZip = (path: string): Promise<Zip> =>
  new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: false }, (error, zip) => {
      if (error) {
        reject(truncated(error));
        return;
      }
      const entries: yauzl.Entry[] = [];
      const fail = (cause: unknown) => {
        zip.close();
        reject(cause as Error);
      };
      zip.on("error", (cause) => fail(truncated(cause)));
      zip.on("entry", (entry: yauzl.Entry) => {
        if (entries.length >= ZIP_LIMITS.entries) fail(bomb(`${ZIP_LIMITS.entries} entries`));
        else if (tooLarge(entry.uncompressedSize, entry.compressedSize)) fail(bomb(`${ZIP_LIMITS.ratio}:1`));
        else {
          entries.push(entry);
          zip.readEntry();
        }
      });
      zip.on("end", () =>
        resolve({
          entries,
          close: () => zip.close(),
          stream: (entry) =>
            new Promise((done, refuse) => {
              zip.openReadStream(entry, (cause, stream) => (cause ? refuse(truncated(cause)) : done(stream)));
            }),
        }),
      );
      zip.readEntry();
    });
  });

const tooLarge = (unpacked: number, packed: number): boolean =>
  unpacked > ZIP_LIMITS.entryBytes || (unpacked > ZIP_LIMITS.ratioAfter && unpacked > packed * ZIP_LIMITS.ratio);

export const listZip = async (path: string): Promise<readonly yauzl.Entry[]> => {
  const zip = await openZip(path);
  zip.close();
  return zip.entries;
};

/**
 * Bytes of an entry. The sizes that the archive states have been looked at; yauzl itself breaks off where an entry
 * unpacks to more than it states.
 */
export async function* entryBytes(zip: Zip, entry: yauzl.Entry): AsyncGenerator<Buffer> {
  const stream = await zip.stream(entry);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw truncated(cause);
  } finally {
    stream.destroy();
  }
}
