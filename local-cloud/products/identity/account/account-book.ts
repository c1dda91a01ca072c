import { KeptMap } from '../../../control-plane/kept-map.ts';
import type { Records } from '../../../control-plane/records.ts';
import { StatusError } from '../../../protocol/status-error.ts';
import { makeAccount } from './service-account.ts';
import type { ServiceAccount } from './service-account.ts';

/** Accounts that a project makes; those of Google's own services are not among them. */
const OWN = /^(?!service-\d+@)[^@]+@[a-z0-9.-]+\.iam\.gserviceaccount\.com$/;

/** The service accounts of all projects. */
export class AccountBook {
  readonly #kept: KeptMap<ServiceAccount>;

  constructor(records: Records) {
    this.#kept = new KeptMap(records, 'iam.account');
  }

  create(project: string, wanted: Parameters<typeof makeAccount>[1]): ServiceAccount {
    const account = makeAccount(project, wanted);
    if (this.#kept.get(account.name)) {
      const what = `Service account ${wanted.accountId} already exists`;
      throw new StatusError('ALREADY_EXISTS', `${what} within project projects/${project}.`);
    }
    this.#kept.put(account);
    return account;
  }

  of(project: string): readonly ServiceAccount[] {
    return this.#kept.values().filter(({ projectId }) => projectId === project);
  }

  /** By email or unique id, in that project or (`-`) in any. */
  find(project: string, id: string): ServiceAccount | undefined {
    return this.#kept
      .values()
      .find(
        (account) =>
          (project === '-' || account.projectId === project) &&
          (account.email === id || account.uniqueId === id),
      );
  }

  require(project: string, id: string): ServiceAccount {
    const account = this.find(project, id);
    if (account) return account;
    throw new StatusError('NOT_FOUND', 'Unknown service account');
  }

  delete({ name }: ServiceAccount): void {
    this.#kept.delete([name]);
  }

  /** Whether a policy may name it: also accounts that are not of a project's making. */
  isKnown(email: string): boolean {
    return !OWN.test(email) || this.find('-', email) !== undefined;
  }
}
