import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOM = fileURLToPath(new URL('.', import.meta.url));
const VENV = `${ROOM}.venv`;
const PYTHON = `${VENV}/bin/python`;

/**
 * Path of a Python that has the peers; made on first use, and again when `requirements.txt` changes.
 * Needs `python3` (3.10 or newer) with venv, and a package index.
 */
export async function preparePeerPython(): Promise<string> {
  const requirements = await readFile(`${ROOM}requirements.txt`);
  const wanted = createHash('sha256').update(requirements).digest('hex');
  const mark = `${VENV}/made-from`;
  const found = await readFile(mark, 'utf8').catch(() => '');
  if (found === wanted) return PYTHON;
  process.stderr.write('Making the Python environment of the peers\n');
  await rm(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]);
  await run(PYTHON, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--requirement',
    `${ROOM}requirements.txt`,
  ]);
  await writeFile(mark, wanted);
  return PYTHON;
}
