import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { masterKeyListAnswer, rewrapAnswer } from '../../contract/key/master-key.ts';
import type { MasterKeyListAnswer } from '../../contract/key/master-key.ts';

const config = { access: 'admin' } as const;
const tags = ['master keys'];
const root = '/api/v1/admin/master-keys';

type MasterKeyDeps = Pick<ApiDeps, 'masterKeys'>;

export function addMasterKeyRoutes(api: Api, { masterKeys }: MasterKeyDeps): void {
  const listing = { tags, response: { 200: masterKeyListAnswer } };
  api.get(root, { config, schema: listing }, () => listMasterKeys(masterKeys));

  const rewrap = {
    tags,
    summary: 'Bring everything under the newest master key; may be broken off and repeated.',
    response: { 200: rewrapAnswer },
  };
  api.post(`${root}/rewrap`, { config, schema: rewrap }, async () => {
    const { rewrapped, refused } = await masterKeys.rewrapper.rewrapAll();
    return { rewrapped, refused: [...refused] };
  });
}

async function listMasterKeys({
  kms,
  rewrapper,
}: ApiDeps['masterKeys']): Promise<MasterKeyListAnswer> {
  const [versions, counts] = await Promise.all([kms.listVersions(), rewrapper.countByVersion()]);
  const known = versions.map(({ version, createdAt }, at) => ({
    version,
    created_at: createdAt.toISOString(),
    is_newest: at === versions.length - 1,
    values: counts.get(version) ?? 0,
  }));
  const lost = [...counts].filter(([name]) => !versions.some(({ version }) => version === name));
  return {
    master_keys: [
      ...lost.map(([version, values]) => ({ version, created_at: null, is_newest: false, values })),
      ...known,
    ],
  };
}
