import type { Command } from 'commander';
import { openOut } from 'base/terminal/out.ts';
import { buildProgram } from './program.ts';

const WIDTH = 80;

const HEAD = `# Command line

How a command finds the platform: the one at \`--url\`; else the one that runs on the data folder
(\`DATA_DIR\`), with the admin key of that folder; else one in its own process, closed at its end.

With \`--json\` standard output carries one JSON document, or one for each line of a log or a watched
run, whose last is \`{"kind": "end", "run": …}\`. Errors are on standard error: \`error: … [code]\`, and
\`hint: …\` with what to do next; the codes are in [errors.md](errors.md).

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | \`verify\` or \`doctor\` found something that fails |
| 2 | a mistake in the command, a config or the data |
| 3 | not allowed |
| 4 | no such thing |
| 5 | in conflict with the present state; a run was cancelled |
| 6 | not now; a later try may succeed |
| 70 | a mistake of ours |
| 130, 143 | ended by Ctrl-C, by SIGTERM |
`;

/** docs/reference/cli.md, from the help of every command. */
export function renderCliReference(): string {
  const program = buildProgram({ env: {}, exitWith: () => {}, openOut: () => openOut(false, {}) });
  const sections = [program, ...leavesOf(program)].map(
    (command) => `## ${nameOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  return [HEAD, ...sections].join('\n');
}

function leavesOf(command: Command): Command[] {
  return command.commands.flatMap((child) =>
    child.commands.length > 0 ? leavesOf(child) : [child],
  );
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** The options of all commands are told once, with the program. */
function helpOf(command: Command): string {
  let help = '';
  command
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      getOutHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
      writeOut: (text) => void (help += text),
    })
    .outputHelp();
  return help.trim();
}
