import { fail } from '../../../engine/error-codes.ts';
import type { TenantConfig } from '../../../engine/pipeline/tenant-config.ts';
import type { SqlJudgement } from './judge-transforms.ts';

export interface SqlJudge {
  judge(config: TenantConfig): Promise<SqlJudgement>;
  close(): Promise<void>;
}

/**
 * Google's own analyzer of GoogleSQL, which needs no Google. It takes half a second to start, and is
 * installed for development only.
 * @throws program_missing
 */
export async function openSqlJudge(): Promise<SqlJudge> {
  const { GoogleSql } = await import('googlesql/googlesql.ts').catch(notInstalled);
  const sql = (await GoogleSql.start()) ?? notInstalled();
  const { judgeTransforms } = await import('./judge-transforms.ts');
  return { judge: (config) => judgeTransforms(sql, config), close: () => sql.close() };
}

function notInstalled(cause?: unknown): never {
  throw fail('program_missing', 'ZetaSQL, which analyzes the SQL of BigQuery, is not installed', {
    hint: 'Run `npm install --no-save @fivetrandevelopers/zetasql@1.13.0` where Convergence is installed (107 MB, for Linux and macOS), or validate where `npm ci` ran without --omit=dev.',
    cause,
  });
}
