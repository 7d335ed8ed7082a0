#!/usr/bin/env node
import 'reflect-metadata';
import { runProgram } from './program.js';
import { abortOnSignals } from './terminal/signals.js';
import { Terminal } from './terminal/terminal.js';

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: new Terminal(),
  signal: abortOnSignals(),
});
