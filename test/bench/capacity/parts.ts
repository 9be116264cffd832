// What `npm run bench -- capacity` can do, each by name.

export const PARTS: readonly string[] = ['plan', 'shared', 'single', 'spread'];
