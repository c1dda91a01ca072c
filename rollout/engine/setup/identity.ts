/** Who GitHub's tokens are from: https://docs.github.com/actions/concepts/security/openid-connect */
export const ISSUER = 'https://token.actions.githubusercontent.com';

/** What is kept of such a token. */
export const ATTRIBUTES = {
  'google.subject': 'assertion.sub',
  'attribute.repository': 'assertion.repository',
};

/** Only workflows of this repository get in: GitHub signs tokens for everybody's. */
export function githubCondition(repository: string): string {
  return `assertion.repository == '${repository}'`;
}

export function accountEmail(name: string, project: string): string {
  return `${name}@${project}.iam.gserviceaccount.com`;
}
