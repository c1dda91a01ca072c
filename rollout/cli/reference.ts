import type { Command } from 'commander';
import { openOut } from 'base/terminal/out.ts';
import { buildProgram } from './program.ts';

const WIDTH = 80;

const HEAD = `# Command line of Rollout

A command finds its service by an environment of \`rollout.yaml\`, or by \`--service\`, \`--region\` and
\`--project\` from any folder of any machine. The project \`local\` is local-cloud: its address is read
from \`.local-cloud/endpoints.json\`, here or in a folder above, or where \`LOCAL_CLOUD_HOME\` says.
Anything else is Google Cloud with Application Default Credentials.

With \`--json\` standard output carries one JSON document, or one for each record of a rollout that is
followed, whose last is \`{"kind": "end", "rollout": …}\`. Errors are on standard error:
\`error: … [code]\`, and \`hint: …\` with what to do next.

| Exit code | Meaning |
| --- | --- |
| 0 | done; of a rollout: promoted |
| 1 | \`verify\`, \`doctor\` or the checks after a rollback found something that fails |
| 2 | a mistake in the command or in rollout.yaml, or a build that fails |
| 3 | not allowed |
| 4 | no such thing |
| 5 | in conflict with the present state, such as another rollout of the service |
| 6 | not now; a later try may succeed |
| 10 | the release is not in service: rolled back, failed its proof, or aborted |
| 11 | held: a person has to decide |
| 70 | a mistake of ours |
| 130, 143 | ended by Ctrl-C, by SIGTERM; the rollout waits in its journal |
`;

/** docs/reference/rollout-cli.md, from the help of every command. */
export function renderCliReference(): string {
  const program = buildProgram({
    env: {},
    folder: '.',
    exitWith: () => {},
    openOut: () => openOut(false, {}),
  });
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
