import type { DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { readOption } from './read-option.ts';

interface ResourceDescriptor {
  readonly type?: string;
  readonly pattern?: readonly string[];
}

/** By type such as `run.googleapis.com/Service`, the patterns of its names. */
export type ResourcePatterns = ReadonlyMap<string, readonly string[]>;

/** Of messages that are resources and of types that a file only defines. */
export function readResourcePatterns(registry: FileRegistry): ResourcePatterns {
  const found: ResourceDescriptor[] = [];
  for (const file of registry.files) {
    const defined = readOption(registry, file, 'google.api.resource_definition');
    found.push(...((defined as ResourceDescriptor[] | undefined) ?? []));
    for (const message of withNested(file.messages)) {
      const own = readOption(registry, message, 'google.api.resource');
      if (own !== undefined) found.push(own as ResourceDescriptor);
    }
  }
  return new Map(found.map(({ type, pattern }) => [type ?? '', pattern ?? []]));
}

function withNested(messages: readonly DescMessage[]): readonly DescMessage[] {
  return messages.flatMap((message) => [message, ...withNested(message.nestedMessages)]);
}
