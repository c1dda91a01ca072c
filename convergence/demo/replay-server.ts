import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vegaDataset } from './vega-dataset.ts';

interface Movie {
  readonly id: number;
}

interface Earthquake {
  readonly properties: { readonly updated: number };
}

interface Feeds {
  /** In order of id. */
  readonly movies: readonly Movie[];
  /** In order of the last update. */
  readonly earthquakes: readonly Earthquake[];
}

export interface ReplayServer {
  readonly url: string;
  /** Publishes the records that were held back, as a feed does overnight. */
  releaseNewRecords(): void;
  close(): Promise<void>;
}

const HELD_BACK = 40;

/**
 * Real data of the package `vega-datasets` behind two paged feeds, which stumble as real ones do:
 * the third page of movies answers 429 once, the second page of earthquakes 503 once.
 */
export async function startReplayServer(): Promise<ReplayServer> {
  const all = await readFeeds();
  let feeds = holdBack(all);
  const stumbled = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!stumbled.has(url.pathname) && stumble(url, response)) stumbled.add(url.pathname);
    else if (url.pathname === '/movies') sendMovies(url, feeds.movies, response);
    else if (url.pathname === '/earthquakes') sendEarthquakes(url, feeds.earthquakes, response);
    else send(response, { status: 404, body: { error: 'no such feed' } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    releaseNewRecords: () => void (feeds = all),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readFeeds(): Promise<Feeds> {
  const movies = JSON.parse(await readFile(vegaDataset('movies.json'), 'utf8')) as object[];
  const quakes = JSON.parse(await readFile(vegaDataset('earthquakes.json'), 'utf8')) as {
    features: Earthquake[];
  };
  return {
    // The dataset has no key, and every feed of records has one: their number.
    movies: movies.map((movie, index) => ({ id: index + 1, ...movie })),
    earthquakes: quakes.features.toSorted((a, b) => a.properties.updated - b.properties.updated),
  };
}

function holdBack(feeds: Feeds): Feeds {
  const { movies, earthquakes } = feeds;
  return { movies: movies.slice(0, -HELD_BACK), earthquakes: earthquakes.slice(0, -HELD_BACK) };
}

function stumble(url: URL, response: ServerResponse): boolean {
  if (url.pathname === '/movies' && url.searchParams.get('page') === '3') {
    const headers = { 'retry-after': '1' };
    send(response, { status: 429, headers, body: { error: 'too many requests' } });
    return true;
  }
  if (url.pathname === '/earthquakes' && url.searchParams.has('cursor')) {
    send(response, { status: 503, body: { error: 'try again' } });
    return true;
  }
  return false;
}

/** Pages by number; RFC 8288 names the next one in the Link header. */
function sendMovies(url: URL, movies: readonly Movie[], response: ServerResponse): void {
  const number = (name: string, fallback: number) => Number(url.searchParams.get(name) ?? fallback);
  const page = number('page', 1);
  const size = number('per_page', 100);
  const asked = movies.filter((movie) => movie.id > number('since_id', 0));
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const headers: Record<string, string> =
    page * size < asked.length ? { link: `<${next.pathname}${next.search}>; rel="next"` } : {};
  send(response, { status: 200, headers, body: asked.slice((page - 1) * size, page * size) });
}

/** Pages by a cursor in the body: the number of records that were sent before. */
function sendEarthquakes(
  url: URL,
  earthquakes: readonly Earthquake[],
  response: ServerResponse,
): void {
  const after = Number(url.searchParams.get('updated_after') ?? 0);
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const to = from + Number(url.searchParams.get('limit') ?? 100);
  const asked = earthquakes.filter((quake) => quake.properties.updated > after);
  const metadata = { count: asked.length, next_cursor: to < asked.length ? String(to) : null };
  send(response, { status: 200, body: { metadata, features: asked.slice(from, to) } });
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
