import { gzipSync } from 'node:zlib';

export interface BadFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly resource?: object;
  readonly code: string;
  readonly message: string;
}

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function cutGzip(): Uint8Array {
  const rows = Array.from({ length: 3_000 }, (_, index) => `${index},${Math.sin(index)}`);
  const whole = gzipSync(`id,value\n${rows.join('\n')}\n`);
  return whole.subarray(0, whole.length - 200);
}

const merge = (key: string): object => ({ write_disposition: 'merge', primary_key: key });

/** Files of which nothing can be loaded, each with what a person is told. */
export const BAD_FILES: readonly BadFile[] = [
  {
    name: 'ragged.csv',
    content: 'id,name\n1,a\n2,b,c,d\n3\n',
    code: 'file_unreadable',
    message:
      'data/ragged.csv cannot be read as csv: CSV Error on Line: 3; Original Line: 2,b,c,d; Expected Number of Columns: 2 Found: 3',
  },
  {
    name: 'cut.csv.gz',
    content: cutGzip(),
    code: 'file_unreadable',
    message: 'data/cut.csv.gz is no whole gzip file',
  },
  {
    name: 'plain.csv.gz',
    content: 'id\n1\n',
    code: 'file_unreadable',
    message: 'data/plain.csv.gz is no gzip',
  },
  {
    name: 'text.parquet',
    content: 'hello',
    code: 'file_unreadable',
    message: 'data/text.parquet is no parquet',
  },
  {
    name: 'footless.parquet',
    content: 'PAR1xxxxxxxxxxxPAR1',
    code: 'file_unreadable',
    message:
      "data/footless.parquet cannot be read as parquet: Footer length error in file 'data/footless.parquet'",
  },
  {
    name: 'latin.csv',
    content: latin('id,name\n1,M\xfcller\n'),
    code: 'file_unreadable',
    message:
      'data/latin.csv cannot be read as csv: CSV Error on Line: 2; Original Line: 1,M?ller; Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded.',
  },
  {
    name: 'utf16.csv',
    content: Buffer.from('\ufeffid,name\n1,a\n', 'utf16le'),
    code: 'file_unreadable',
    message: 'data/utf16.csv is UTF-16 text, not csv',
  },
  {
    name: 'page.json',
    content: '<html></html>',
    code: 'file_unreadable',
    message: 'data/page.json is HTML, not json',
  },
  {
    name: 'torn.json',
    content: '[{"id":1},{"id":',
    code: 'file_unreadable',
    message:
      'data/torn.json cannot be read as json: Malformed JSON in file "data/torn.json", at byte 7 in record/value 3: unexpected end of data.',
  },
  {
    name: 'deep.json',
    content: '['.repeat(100_000),
    code: 'file_unreadable',
    message:
      'data/deep.json cannot be read as json: Malformed JSON in file "data/deep.json", at byte 100000 in record/value 2: unexpected end of data.',
  },
  {
    name: 'elsewhere.csv',
    content: 'id\n1\n',
    resource: { path: 'data/nothing-*.csv' },
    code: 'no_files',
    message: "resource 'elsewhere': no file matches data/nothing-*.csv",
  },
  {
    name: 'keyless.csv',
    content: 'id,name\n1,a\n,b\n',
    resource: merge('id'),
    code: 'primary_key_missing',
    message: "1 rows for table 'keyless' have no id",
  },
  {
    name: 'other_key.csv',
    content: 'id,name\n1,a\n',
    resource: merge('uid'),
    code: 'primary_key_missing',
    message: "a merge into table 'other_key' has no column 'uid'",
  },
  {
    name: 'missing_rule.csv',
    content: 'id,name\n1,a\n',
    resource: { checks: 'checks/missing.yml' },
    code: 'audit_failed',
    message:
      "table missing_rule: not_be_null:nmae cannot be tested: there is no column 'nmae'; did you mean 'name'?",
  },
];
