import { BigQueryError } from '../bigquery-error.ts';

interface Part {
  readonly contentType: string;
  readonly content: Buffer;
}

/** Two parts of a multipart/related body (RFC 2387): the resource, then the file. */
export function splitMultipart(body: Buffer, contentType: string): readonly [Part, Part] {
  // Python's clients quote it with an apostrophe.
  const boundary = /boundary=(["']?)([^;"']+)\1/i.exec(contentType)?.[2]?.trim();
  if (boundary === undefined || !/^multipart\//i.test(contentType))
    throw new BigQueryError('badRequest', `Expected a multipart body, but this is ${contentType}.`);
  const lineEnd = body.indexOf('\n', body.indexOf(`--${boundary}`));
  const newline = body[lineEnd - 1] === '\r'.charCodeAt(0) ? '\r\n' : '\n';
  const delimiter = `${newline}--${boundary}`;
  // The first one need not have a line before it.
  const rest = Buffer.concat([Buffer.from(newline), body]);
  const places: number[] = [];
  for (let at = rest.indexOf(delimiter); at !== -1; at = rest.indexOf(delimiter, at + 1))
    places.push(at);
  const [resource, file, ...more] = places
    .slice(0, -1)
    .map((at, index) => readPart(rest.subarray(at + delimiter.length, places[index + 1]), newline));
  if (resource && file && more.length === 0) return [resource, file];
  throw new BigQueryError('badRequest', 'A multipart upload has 2 parts.');
}

function readPart(part: Buffer, newline: string): Part {
  const headEnd = part.indexOf(`${newline}${newline}`);
  if (headEnd === -1) throw new BigQueryError('badRequest', 'A part of the body has no headers.');
  const contentType =
    /^content-type:\s*(.+?)\s*$/im.exec(part.subarray(0, headEnd).toString())?.[1] ?? '';
  return { contentType, content: part.subarray(headEnd + 2 * newline.length) };
}
