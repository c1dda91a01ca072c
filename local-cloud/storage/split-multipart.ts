import { StorageError } from './storage-error.ts';

export interface Part {
  readonly contentType: string;
  readonly content: Buffer;
}

/** Two parts of a multipart/related body (RFC 2387): the resource, then the content. */
export function splitMultipart(body: Buffer, contentType: string): readonly [Part, Part] {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined || !/^multipart\//i.test(contentType))
    throw new StorageError('invalid', `Expected a multipart body, but this is ${contentType}.`);
  const delimiter = `\r\n--${boundary}`;
  // The first one need not have a line before it.
  const rest = Buffer.concat([Buffer.from('\r\n'), body]);
  const places: number[] = [];
  for (let at = rest.indexOf(delimiter); at !== -1; at = rest.indexOf(delimiter, at + 1))
    places.push(at);
  const parts = places
    .slice(0, -1)
    .map((at, index) => readPart(rest.subarray(at + delimiter.length, places[index + 1])));
  const [resource, media] = parts;
  if (resource && media && parts.length === 2) return [resource, media];
  throw new StorageError(
    'invalid',
    `A multipart upload has 2 parts, but this has ${parts.length}.`,
  );
}

function readPart(part: Buffer): Part {
  const headEnd = part.indexOf('\r\n\r\n');
  if (headEnd === -1) throw new StorageError('invalid', 'A part of the body has no headers.');
  const head = part.subarray(0, headEnd).toString();
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1] ?? '';
  return { contentType, content: part.subarray(headEnd + 4) };
}
