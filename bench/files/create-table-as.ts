import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tellUsage } from '../measure/fresh-run.ts';
import type { Input } from './write-input.ts';

/** The peer: DuckDB with its defaults, one statement over the file, into a database file. */
const { path } = JSON.parse(process.argv[2] ?? '') as Input;
const folder = await mkdtemp(join(tmpdir(), 'bench-peer-'));
const instance = await DuckDBInstance.create(join(folder, 'peer.duckdb'));
const connection = await instance.connect();

const startedAt = performance.now();
await connection.run(`CREATE TABLE orders AS SELECT * FROM '${path}'`);
const wallSeconds = (performance.now() - startedAt) / 1000;
const counted = await connection.runAndReadAll('SELECT count(*) FROM orders');

connection.closeSync();
instance.closeSync();
await rm(folder, { recursive: true });
tellUsage({ rows: Number(counted.getRows()[0]?.[0]), wallSeconds });
