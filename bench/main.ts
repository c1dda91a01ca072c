import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOM = fileURLToPath(new URL('.', import.meta.url));
const known = (await readdir(ROOM)).filter((name) => existsSync(`${ROOM}/${name}/main.ts`));

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(
    `No benchmark is called ${unknown.join(', ')}; there are ${known.join(', ')}\n`,
  );
  process.exit(2);
}

// One after the other: they would take the processors from each other.
for (const name of asked.length > 0 ? asked : known) {
  process.stdout.write(`\n${name}\n`);
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const child = spawn(process.execPath, [`${ROOM}/${name}/main.ts`, ...flags], {
    stdio: 'inherit',
  });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  // The others still run; the whole ends as a failure.
  if (exitCode !== 0) process.exitCode = 1;
}
