import { parseSpec } from 'base/document/parse-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import { z } from 'zod';
import type { Finding } from './finding.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;

const allowListDocument = z.strictObject({
  allow: z.array(
    z.strictObject({
      fingerprint: z.string().regex(/^[0-9a-f]{16}$/, 'the 16 digits that a finding is told with'),
      until: z
        .string()
        .refine(
          (text) => DAY.test(text) && !Number.isNaN(Date.parse(text)),
          'a day such as 2027-01-31',
        ),
      reason: z.string().min(1),
    }),
  ),
});

/** A break that somebody answers for, up to the end of a day (UTC). */
export type Allowance = z.infer<typeof allowListDocument>['allow'][number];

/** Reads a list of allowed findings; every mistake with its place. */
export function readAllowList(
  file: string,
  text: string,
): { readonly allowances: readonly Allowance[]; readonly problems: readonly Problem[] } {
  const { document, problems } = readYaml(file, text);
  if (document === null) return { allowances: [], problems };
  const reading = parseSpec(document, allowListDocument);
  return { allowances: reading.value?.allow ?? [], problems: [...problems, ...reading.problems] };
}

/** Who answers for a finding today; null: nobody, or no longer. */
export function allowanceOf(
  { fingerprint }: Finding,
  allowances: readonly Allowance[],
  today: Date,
): Allowance | null {
  const day = today.toISOString().slice(0, 10);
  return allowances.find((one) => one.fingerprint === fingerprint && one.until >= day) ?? null;
}
