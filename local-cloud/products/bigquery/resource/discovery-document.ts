import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** A type in a discovery document: https://developers.google.com/discovery/v1/type-format. */
export interface DiscoveryType {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: DiscoveryType;
  readonly properties?: Readonly<Record<string, DiscoveryType>>;
  readonly additionalProperties?: DiscoveryType;
}

export interface DiscoveryDocument {
  readonly schemas: Readonly<Record<string, DiscoveryType>>;
  readonly [field: string]: unknown;
}

const IN_SDK = join('platform', 'bq', 'discovery_next', 'bigquery.json');
const FOLDERS = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/opt/google-cloud-sdk',
];

/** Google's own, as it comes with the Cloud SDK; null where that is not installed. */
export function readDiscoveryDocument(): DiscoveryDocument | null {
  const file = [...sdkFolders()].map((folder) => join(folder, IN_SDK)).find(existsSync);
  return file === undefined ? null : (JSON.parse(readFileSync(file, 'utf8')) as DiscoveryDocument);
}

function* sdkFolders(): Generator<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const bq = join(folder, 'bq');
    // A link to the SDK's own folder of programs, or a script there.
    if (existsSync(bq)) yield dirname(dirname(realpathSync(bq)));
  }
  yield* FOLDERS;
}
