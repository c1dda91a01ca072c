import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { runCommand } from './run-command.ts';
import { ShellTestRunner } from './test-runner.ts';

async function run(commandLine: string) {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const { exitCode } = await new ShellTestRunner().run(commandLine, tmpdir(), { onLine });
  return { exitCode, lines };
}

test('gives the exit code and the lines of both outputs', async () => {
  const { exitCode, lines } = await run('echo one; echo two >&2; printf three; exit 3');
  assert.equal(exitCode, 3);
  assert.deepEqual(lines.toSorted(), ['one', 'three', 'two']);
});

test('runs in the folder, by the shell', async () => {
  assert.deepEqual(await run('test "$(pwd -P)" = "$(cd "$PWD" && pwd -P)" && echo $((1 + 1))'), {
    exitCode: 0,
    lines: ['2'],
  });
});

test('a command that is killed or not there has an exit code like in a shell', async () => {
  assert.deepEqual(await run('kill -9 $$'), { exitCode: 137, lines: [] });
  const lines: string[] = [];
  const { exitCode } = await runCommand(
    { program: '/nowhere/tool', args: [], folder: tmpdir() },
    { onLine: (line) => lines.push(line) },
  );
  assert.deepEqual({ exitCode, lines }, { exitCode: 127, lines: ['spawn /nowhere/tool ENOENT'] });
});

test('gives a program its input', async () => {
  const lines: string[] = [];
  const command = { program: 'sort', args: [], folder: tmpdir(), input: 'b\na\n' };
  await runCommand(command, { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ['a', 'b']);
});

test('an abort ends what it started, and all that that started', async () => {
  const controller = new AbortController();
  // The output stays open until the last of them has ended.
  const running = new ShellTestRunner().run('sleep 60 & echo up; wait', tmpdir(), {
    onLine: () => controller.abort(new Error('enough')),
    signal: controller.signal,
  });
  await assert.rejects(running, /^Error: enough$/);
});
