import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import { accountEmail } from '../../../engine/setup/identity.ts';
import { describePiece } from '../../../engine/setup/piece.ts';
import type { Member, Piece, SetupPlatform, Site } from '../../../engine/setup/piece.ts';
import { GoogleCalls } from './google-calls.ts';
import type { GoogleAnswer, GoogleRequest } from './google-calls.ts';
import { pieceRequests, scopeApi, scopePath } from './piece-requests.ts';

export interface GoogleSetupOptions {
  readonly site: Site;
  /** Of local-cloud; null: Google itself. */
  readonly endpoint: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

type Role = Extract<Piece, { kind: 'role' }>;

interface Policy {
  readonly etag?: string;
  readonly bindings?: readonly { readonly role: string; readonly members: readonly string[] }[];
}

/** Somebody else wrote the policy meanwhile, or an account that was just made is not known yet. */
const AGAIN = [400, 404, 409];
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
    const member = await this.#memberName(piece.member);
    const answer = await this.#calls.ask(this.#policyRequest(piece, 'get'));
    if (answer === null) return null;
    // What it is about is not there yet, in a dry run.
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw refused(piece, answer);
    const { bindings = [] } = answer.body as Policy;
    return bindings.some((one) => one.role === piece.role && one.members.includes(member));
  }

  async #giveRole(piece: Role): Promise<void> {
    const member = await this.#memberName(piece.member);
    for (let tries = 1; ; tries++) {
      const read = await this.#calls.ask(this.#policyRequest(piece, 'get'));
      if (read?.status !== 200) throw refused(piece, read);
      const policy = withRole(read.body, piece.role, member);
      const write = { ...this.#policyRequest(piece, 'set'), body: { policy } };
      const answer = await this.#calls.ask(write);
      if (answer?.status === 200) return;
      if (!answer || !AGAIN.includes(answer.status) || tries === TRIES)
        throw refused(piece, answer);
      await this.#options.clock.sleep(1000 * tries);
    }
  }

  #policyRequest({ on }: Role, verb: 'get' | 'set'): GoogleRequest {
    const api = scopeApi(on);
    const path = `${scopePath(on, this.#options.site)}:${verb}IamPolicy`;
    const isRead = verb === 'get' && (on.kind === 'secret' || on.kind === 'key');
    if (isRead) return { api, method: 'GET', path: `${path}?options.requestedPolicyVersion=3` };
    // Else conditions of others would be lost by writing back what was read.
    const body = { options: { requestedPolicyVersion: 3 } };
    return { api, method: 'POST', path, ...(verb === 'get' && { body }) };
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

function withRole(policy: Policy, role: string, member: string): Policy {
  const { bindings = [] } = policy;
  // A binding under a condition is somebody else's.
  const own = bindings.find((one) => one.role === role && !('condition' in one));
  const others = bindings.filter((one) => one !== own);
  const members = [...new Set([...(own?.members ?? []), member])];
  return { ...policy, bindings: [...others, { role, members }] };
}

function refused(piece: Piece, answer: GoogleAnswer | null): Error {
  const { message } = (answer?.body['error'] ?? {}) as { readonly message?: string };
  const words = `${describePiece(piece)}: ${message ?? `HTTP ${answer?.status}`}`;
  return fail('effect_refused', words, { hint: 'Mend that, and run it again: it goes on there.' });
}
