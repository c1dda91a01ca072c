import type { Command } from 'commander';
import { parseDuration } from 'base/duration.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { fail } from '../../../engine/error-codes.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readNumber } from '../../read-number.ts';
