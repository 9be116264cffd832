#!/usr/bin/env node
// The operator's command: starts the gateway, and administers it with or without a running one.
//   npm run llmp -- keys create --name laptop

import { spawn } from 'node:child_process';
import { systemClock } from '../../shared/runtime/clock.ts';
import { runLlmp } from './run.ts';
import type { Program } from './world.ts';

/** Whoever reads the output may stop reading, as `head` does. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

process.exitCode = await runLlmp(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  runProgram,
});

/** Takes the place of this process, so that signals and its memory are the program's own. */
async function runProgram({ file, args, env }: Program): Promise<number> {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  if (process.platform !== 'win32' && process.execve) process.execve(file, [file, ...args], given);
  const child = spawn(file, args, { env: given, stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
