import { describe, expect, it } from 'vitest';
import { compiledModule, storedModule } from '../../../kit/build-scan.ts';

describe('the compiled kernel', () => {
  it('is what its sources compile to', async () => {
    const isSame = (await compiledModule()) === storedModule();
    expect(isSame, 'run `npm run build:scan`').toBe(true);
  });
});
