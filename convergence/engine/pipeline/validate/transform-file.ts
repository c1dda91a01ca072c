import { parseConfig } from '../document/parse-config.ts';
import { readYaml } from 'base/document/yaml-document.ts';
import type { YamlDocument } from 'base/document/yaml-document.ts';
import type { Problem } from 'base/document/problem.ts';
import { transformHeaderSpec } from '../spec/transform-spec.ts';
import type { TransformSpec } from '../spec/transform-spec.ts';

export interface TransformReading {
  readonly document: YamlDocument | null;
  readonly spec: TransformSpec | null;
  readonly problems: readonly Problem[];
}

const MODEL_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

/**
 * A file of `transforms/`: a YAML header in the comment at its very top, as a block or as lines
 * that begin with two dashes, and below it the SQL. The file may do without a header.
 */
export function readTransform(file: string, text: string): TransformReading {
  const { header, body } = splitHeader(text);
  const { document, problems: yamlProblems } = readYaml(file, header);
  if (!document) return { document, spec: null, problems: yamlProblems };
  const headed = { ...document, value: document.value ?? {} };
  const parsed = parseConfig(headed, transformHeaderSpec);
  const problems = [...yamlProblems, ...parsed.problems, ...checkBody(file, body)];
  const name = nameOf(file);
  if (!MODEL_NAME.test(name)) problems.push(badName(file, name));
  if (!parsed.value) return { document: headed, spec: null, problems };
  const spec = { name, file, header: parsed.value, template: body.template, firstLine: body.line };
  return { document: headed, spec, problems };
}

interface Body {
  readonly template: string;
  readonly line: number;
}

/** The header keeps its line and column: whatever is not header is blank in it. */
function splitHeader(text: string): { header: string; body: Body } {
  const source = text.replace(/^\uFEFF/, '');
  const end = headerEnd(source);
  const rest = source.slice(end);
  const gap = rest.length - rest.trimStart().length;
  return {
    header: blankMarks(source.slice(0, end)),
    body: {
      template: rest.trimStart(),
      line: source.slice(0, end + gap).split('\n').length,
    },
  };
}

/** Where the leading comment ends. One that is no `key: value` is a remark and part of the SQL. */
function headerEnd(text: string): number {
  const block = /^\s*\/\*[\s\S]*?\*\//.exec(text)?.[0];
  const lines = /^(?:[ \t]*\n)*(?:[ \t]*--[^\n]*(?:\n|$))+/.exec(text)?.[0];
  const comment = block ?? lines ?? '';
  return /^[ \t]*(?:\/\*+|--)?[ \t]*(?:#.*|\w+:(?:\s.*)?)$/m.test(comment) ? comment.length : 0;
}

function blankMarks(comment: string): string {
  const isBlock = comment.trimStart().startsWith('/*');
  const marks = isBlock ? /^\s*\/\*+|\*+\/$/g : /^[ \t]*--/gm;
  return comment.replaceAll(marks, (mark) => mark.replaceAll(/[^\n]/g, ' '));
}

function checkBody(file: string, body: Body): Problem[] {
  const sql = body.template.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, '').trim();
  if (sql !== '') return [];
  const expected = 'one SELECT below the header';
  return [{ file, line: body.line, column: 1, path: '', message: 'there is no SQL', expected }];
}

function badName(file: string, name: string): Problem {
  const message = `'${name}' cannot be the name of a table`;
  const expected = 'a file named with letters, digits and _, as daily_delays.sql';
  return { file, line: 1, column: 1, path: '', message, expected };
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.sql$/i, '');
}
