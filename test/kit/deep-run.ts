// Global setup of the deep run: sets its default duration and prints the seed that repeats it.

const ROUNDS = '100';
/** Enough for all rounds of nine properties in ten. */
const MS_PER_PROPERTY = '30000';

export default function deepRun(): void {
  const { env } = process;
  env['PROPERTY_ROUNDS'] ??= ROUNDS;
  env['PROPERTY_MS'] ??= MS_PER_PROPERTY;
  env['PROPERTY_SEED'] ??= String(Math.floor(Math.random() * 2 ** 31));
  process.stderr.write(
    `Every property for ${env['PROPERTY_ROUNDS']} rounds or ${env['PROPERTY_MS']} ms; ` +
      `PROPERTY_SEED=${env['PROPERTY_SEED']} repeats them.\n`,
  );
}
