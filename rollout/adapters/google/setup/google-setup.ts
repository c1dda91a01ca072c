import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import { accountEmail } from '../../../engine/setup/identity.ts';
import { describePiece } from '../../../engine/setup/piece.ts';
import type { Member, Piece, SetupPlatform, Site } from '../../../engine/setup/piece.ts';
import { GoogleCalls } from './google-calls.ts';
import type { GoogleAnswer } from './google-calls.ts';
import { grantRequests } from './grant-requests.ts';
import type { GrantRequests } from './grant-requests.ts';
import { pieceRequests } from './piece-requests.ts';

export interface GoogleSetupOptions {
  readonly site: Site;
  /** Of local-cloud; null: Google itself. */
  readonly endpoint: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

type Role = Extract<Piece, { kind: 'role' }>;

/** Somebody else wrote meanwhile, or an account that was just made is not known yet. */
const AGAIN = [400, 404, 409, 412];
const TRIES = 6;

/** Google Cloud, made ready over its REST APIs. */
export class GoogleSetup implements SetupPlatform {
  readonly #options: GoogleSetupOptions;
  readonly #calls: GoogleCalls;
  #number: string | undefined;

  constructor(options: GoogleSetupOptions) {
    this.#options = options;
    this.#calls = new GoogleCalls(options.endpoint);
  }

  async has(piece: Piece): Promise<boolean | null> {
    if (piece.kind === 'role') return this.#hasRole(piece);
    const { read } = this.#requests(piece);
    const answer = await this.#calls.ask(read);
    if (answer === null) return null;
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw refused(piece, answer);
    if (piece.kind === 'api') return answer.body['state'] === 'ENABLED';
    return answer.body['state'] !== 'DELETED';
  }

  async make(piece: Piece): Promise<void> {
    if (piece.kind === 'role') return this.#giveRole(piece);
    const { write } = this.#requests(piece);
    const answer = await this.#calls.ask(write);
    // Somebody else was faster: what is there now has been asked for.
    if (answer === null || answer.status === 409) return;
    if (answer.status !== 200) throw refused(piece, answer);
    await this.#calls.finish(write.api, answer);
  }

  async #hasRole(piece: Role): Promise<boolean | null> {
    const { read, isGiven } = await this.#grant(piece);
    const answer = await this.#calls.ask(read);
    if (answer === null) return null;
    // What it is about is not there yet, in a dry run.
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw refused(piece, answer);
    return isGiven(answer.body);
  }

  async #giveRole(piece: Role): Promise<void> {
    const { read, write } = await this.#grant(piece);
    for (let tries = 1; ; tries++) {
      const found = await this.#calls.ask(read);
      if (found?.status !== 200) throw refused(piece, found);
      const answer = await this.#calls.ask(write(found.body));
      if (answer?.status === 200) return;
      if (!answer || !AGAIN.includes(answer.status) || tries === TRIES)
        throw refused(piece, answer);
      await this.#options.clock.sleep(1000 * tries);
    }
  }

  async #grant(piece: Role): Promise<GrantRequests> {
    return grantRequests(piece, await this.#memberName(piece.member), this.#options.site);
  }

  #requests(piece: Exclude<Piece, Role>) {
    const { site, clock, env } = this.#options;
    const secretOf = (variable: string): string => {
      const value = env[variable];
      if (value) return value;
      throw fail('flag_invalid', `the environment variable ${variable} is not set`, {
        hint: 'It holds the value of a secret that --secret names.',
      });
    };
    return pieceRequests(piece, site, { now: clock.now(), secretOf });
  }

  async #memberName(member: Member): Promise<string> {
    const { project } = this.#options.site;
    if (member.kind === 'account') return `serviceAccount:${accountEmail(member.name, project)}`;
    const pool = `projects/${await this.#projectNumber()}/locations/global/workloadIdentityPools/${member.pool}`;
    return `principalSet://iam.googleapis.com/${pool}/attribute.repository/${member.repository}`;
  }

  async #projectNumber(): Promise<string> {
    const { project } = this.#options.site;
    if (this.#number !== undefined) return this.#number;
    const path = `/v1/projects/${project}`;
    const request = { api: 'cloudresourcemanager', method: 'GET', path } as const;
    const { projectNumber } = (await this.#calls.ask(request))?.body ?? {};
    this.#number = projectNumber as string | undefined;
    if (this.#number !== undefined) return this.#number;
    throw fail('effect_refused', `${project} has no number that can be read`);
  }
}

function refused(piece: Piece, answer: GoogleAnswer | null): Error {
  const { message } = (answer?.body['error'] ?? {}) as { readonly message?: string };
  const words = `${describePiece(piece)}: ${message ?? `HTTP ${answer?.status}`}`;
  return fail('effect_refused', words, { hint: 'Mend that, and run it again: it goes on there.' });
}
