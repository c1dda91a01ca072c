import { AppError } from 'base/error.ts';
import type { ErrorKind } from 'base/error.ts';
import { ERROR_CODES } from '../../engine/error-codes.ts';
import type { ErrorCode } from '../../engine/error-codes.ts';
import type { FileProblem } from '../../server/api/contract/config/pipeline.ts';
import type { ProblemDocument } from '../../server/api/contract/problem-document.ts';

/** The refusal of a platform as the error that it was there. */
export async function errorOfAnswer(response: Response): Promise<AppError> {
  const problem = await readProblem(response);
  if (!problem) {
    return new AppError({
      code: 'platform_unreachable',
      kind: kindOfStatus(response.status),
      message: `${new URL(response.url).origin} answered ${response.status} without saying why`,
      hint: 'Is this the address of a Convergence API?',
    });
  }
  const mistakes = problem.errors?.map(({ path, message }) => `  ${path}: ${message}`) ?? [];
  return new AppError({
    code: problem.code,
    kind: ERROR_CODES[problem.code as ErrorCode]?.[0] ?? kindOfStatus(response.status),
    message: [problem.detail, ...mistakes].join('\n'),
    hint: problem.hint,
    details: problem.details,
  });
}

/** Problems of files in an error, where it carries some. */
export function fileProblemsOf(error: AppError): readonly FileProblem[] {
  const { problems } = error.details as { problems?: readonly Partial<FileProblem>[] };
  return (problems ?? []).filter((problem): problem is FileProblem => problem.file !== undefined);
}

async function readProblem(response: Response): Promise<ProblemDocument | null> {
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = type.includes('json') ? await response.json().catch(() => null) : null;
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
    ? (body as ProblemDocument)
    : null;
}

function kindOfStatus(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'access';
  if (status === 404) return 'absent';
  if (status === 409) return 'conflict';
  if (status === 429 || (status >= 502 && status <= 504)) return 'transient';
  return status >= 500 ? 'broken' : 'input';
}
