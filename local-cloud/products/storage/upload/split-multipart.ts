import { StorageError } from '../storage-error.ts';

export interface Part {
  readonly contentType: string;
  readonly content: Buffer;
}

/** Two parts of a multipart/related body (RFC 2387): the resource, then the content. */
export function splitMultipart(body: Buffer, contentType: string): readonly [Part, Part] {
  // gcloud quotes it as Python does.
  const boundary = /boundary=(["']?)([^;"']+)\1/i.exec(contentType)?.[2]?.trim();
  if (boundary === undefined || !/^multipart\//i.test(contentType))
    throw new StorageError('invalid', `Expected a multipart body, but this is ${contentType}.`);
  const newline = newlineOf(body, boundary);
  const delimiter = `${newline}--${boundary}`;
  // The first one need not have a line before it.
  const rest = Buffer.concat([Buffer.from(newline), body]);
  const places: number[] = [];
  for (let at = rest.indexOf(delimiter); at !== -1; at = rest.indexOf(delimiter, at + 1))
    places.push(at);
  const parts = places
    .slice(0, -1)
    .map((at, index) => rest.subarray(at + delimiter.length, places[index + 1]))
    .map((part) => readPart(part, newline));
  const [resource, media] = parts;
  if (resource && media && parts.length === 2) return [resource, media];
  throw new StorageError(
    'invalid',
    `A multipart upload has 2 parts, but this has ${parts.length}.`,
  );
}

/** gcloud ends lines with LF alone, and Cloud Storage takes it. */
function newlineOf(body: Buffer, boundary: string): string {
  const lineEnd = body.indexOf('\n', body.indexOf(`--${boundary}`));
  return body[lineEnd - 1] === '\r'.charCodeAt(0) ? '\r\n' : '\n';
}

function readPart(part: Buffer, newline: string): Part {
  const headEnd = part.indexOf(`${newline}${newline}`);
  if (headEnd === -1) throw new StorageError('invalid', 'A part of the body has no headers.');
  const head = part.subarray(0, headEnd).toString();
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1] ?? '';
  return { contentType, content: part.subarray(headEnd + 2 * newline.length) };
}
