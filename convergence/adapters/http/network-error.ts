import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';

/** System, undici and zlib errors that a second attempt may cure. */
const BROKEN_OFF =
  /^(E(CONN|HOST|NET|PIPE|AI_AGAIN|NOTFOUND|TIMEDOUT)|UND_ERR_|HPE_|Z_|ERR_STREAM|ERR__?ZSTD|ERR_PADDING|ERR_BROTLI)/;
const CERTIFICATE = /CERT|TLS|SSL|SIGNED|ALTNAME/;

/** What went wrong between us and a source; `label` is the request. */
export function translateNetworkError(error: unknown, label: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const extra = { cause: error };
  if (code === 'ENOSPC') {
    return fail('disk_full', 'No space is left for the responses of the source', extra);
  }
  if (CERTIFICATE.test(code)) {
    return fail('source_refused', `${label}: no trusted connection (${code})`, extra);
  }
  if (!BROKEN_OFF.test(code)) return error;
  return fail('source_unreachable', `${label} broke off: ${reasonOf(code)}`, {
    ...extra,
    hint: "Is 'base_url' right, and is the source up? 'timeout' is the longest silence allowed.",
  });
}

function reasonOf(code: string): string {
  if (/TIMEOUT|TIMEDOUT/.test(code)) return `no sign of life in time (${code})`;
  if (/NOTFOUND|EAI_AGAIN/.test(code)) return `its host has no address (${code})`;
  return code;
}
