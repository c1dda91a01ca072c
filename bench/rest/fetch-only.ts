import { tellUsage } from '../measure/fresh-run.ts';

/** A process of its own: asks for one page after the other and drops them. No client can be faster. */
const { baseUrl, pages } = JSON.parse(process.argv[2] ?? '') as { baseUrl: string; pages: number };
const startMs = performance.now();
for (let page = 1; page <= pages; page++) {
  const response = await fetch(`${baseUrl}/orders?page=${page}`);
  await response.arrayBuffer();
}
tellUsage({ rows: 0, wallSeconds: (performance.now() - startMs) / 1000 });
