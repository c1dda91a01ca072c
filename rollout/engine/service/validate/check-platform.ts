import type { Environment, ServiceSpec } from '../rollout-spec.ts';
import type { LooseFault } from './check-runtime.ts';

/** What the place where an environment runs needs, and what it cannot have. */
export function checkPlatform(service: ServiceSpec, environment: Environment): LooseFault[] {
  const { image, runtime, project } = environment;
  const faults: LooseFault[] = [];
  const isLocal = project === 'local';
  const hasImage = image !== `local/${service.name}`;
  if (!isLocal && !hasImage) {
    const expected =
      service.build.kind === 'none' ? 'the image to deploy' : 'the repository to push images to';
    faults.push({ key: 'image', message: "'image' is missing", expected });
  }
  if (isLocal && !hasImage && service.build.kind === 'none' && runtime.command.length === 0) {
    const expected = 'the program to run on this machine, or an image';
    faults.push({ key: 'command', message: "'command' is missing", expected });
  }
  if (!isLocal && runtime.workingDir !== null) {
    const message = `'workingDir' is for project: local; the project is ${project}`;
    faults.push({ key: 'workingDir', message, suggestion: 'set WORKDIR in the Dockerfile' });
  }
  if (service.build.kind !== 'none' && /[:@][^/]*$/.test(image)) {
    const expected = 'a repository without tag or digest: each build gets its own';
    faults.push({ key: 'image', message: `'image' is '${image}'`, expected });
  }
  return faults;
}
